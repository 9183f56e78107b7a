// SPDX-License-Identifier: GPL-2.0
/* Reports: names that are no text, what is listed, and snapshots. */
#include "unit.h"

#include "user/report.h"

static int set_up(void **state)
{
	struct session *session = session_new();

	*state = session;
	return !session ||
	       feed(session, "{'t':'meta','schema':'netmem-check/1',"
			     "'tier':'tracepoint'}");
}

static int tear_down(void **state)
{
	session_free(*state);
	return 0;
}

/* A pool of this device, with a window that lost events. */
static void feed_gap(struct session *session, uint32_t slot, const char *device)
{
	struct fact pool = { .type = FACT_pool,
			     .pool = { .slot = slot,
				       .seq = 1,
				       .device = device,
				       .judged = true } };
	struct fact window = { .type = FACT_window,
			       .window = { .slot = slot,
					   .seq = 1,
					   .events = 1,
					   .result = CLOSED_GAP } };

	fact_complete(pool.type, &pool.has);
	fact_complete(window.type, &window.has);
	assert_int_equal(session_feed(session, &pool), 0);
	assert_int_equal(session_feed(session, &window), 0);
}

/* The JSON report, parsed. */
static json_t *load_report(struct session *session)
{
	struct verdict verdict;
	char *text = NULL;
	json_t *report;
	size_t size;
	FILE *to;

	session_finish(session);
	assert_int_equal(verdict_reach(session, &verdict), 0);
	to = open_memstream(&text, &size);
	assert_non_null(to);
	assert_int_equal(report_json(to, session, &verdict), 0);
	fclose(to);
	verdict_clear(&verdict);
	report = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(report);
	return report;
}

/* Is one about this device in the list, and has it this code? */
static bool has_reason(json_t *report, const char *device, const char *code)
{
	json_t *codes = json_object_get(report, "warning_codes"), *warning;
	size_t i;

	json_array_foreach (json_object_get(report, "warnings"), i, warning)
		if (!strncmp(json_string_value(warning), device,
			     strlen(device)))
			return !strcmp(
				json_string_value(json_array_get(codes, i)),
				code);
	return false;
}

/* A device is called as its owner likes; no reason is lost for that. */
static void names_that_are_not_utf8_stay_in_reasons(void **state)
{
	json_t *report;

	feed_gap(*state, 1, "eth\xff");
	feed_gap(*state, 2, "eth\xc3\xa9");
	report = load_report(*state);
	assert_true(has_reason(report, "eth\\xff: ", "pool_gaps"));
	assert_true(has_reason(report, "eth\xc3\xa9: ", "pool_gaps"));
	assert_int_equal(
		json_array_size(json_object_get(report, "warnings")),
		json_array_size(json_object_get(report, "warning_codes")));
	json_decref(report);
}

/* A code beside each text; old recordings have none. */
static void notes_have_their_codes(void **state)
{
	json_t *report, *codes;

	assert_int_equal(feed(*state, "{'t':'note','text':'a'}"), 0);
	assert_int_equal(
		feed(*state,
		     "{'t':'note','code':'device_vanished','text':'b'}"),
		0);
	assert_int_not_equal(
		feed(*state, "{'t':'note','code':'no_such_code','text':'c'}"),
		0);
	report = load_report(*state);
	codes = json_object_get(report, "note_codes");
	assert_int_equal(json_array_size(json_object_get(report, "notes")), 2);
	assert_int_equal(json_array_size(codes), 2);
	assert_true(json_is_null(json_array_get(codes, 0)));
	assert_string_equal(json_string_value(json_array_get(codes, 1)),
			    "device_vanished");
	json_decref(report);
}

static void the_age_of_what_is_listed_is_asked_for(void **state)
{
	struct session *session = *state;

	session->min_age_ms = 4200;
	assert_false(is_old_enough(session, 4199));
	assert_true(is_old_enough(session, 4200));
	assert_true(is_old_enough(session, -1));
	session->min_age_ms = 0;
	assert_true(is_old_enough(session, 0));
}

/* A snapshot of which @members are said; its verdict, and its reason codes. */
static enum exit_code look_once(const char *members, struct verdict *verdict)
{
	struct session *session = session_new();
	char line[256];

	assert_non_null(session);
	snprintf(line, sizeof(line),
		 "{'t':'meta','schema':'netmem-check/1','tier':'snapshot'%s}",
		 members);
	assert_int_equal(feed(session, line), 0);
	session_finish(session);
	assert_int_equal(verdict_reach(session, verdict), 0);
	session_free(session);
	return verdict->code;
}

/* No traffic was watched, so that no event was seen is no reason. */
static void a_snapshot_doubts_only_what_is_hidden(void **state)
{
	struct verdict verdict;

	assert_int_equal(look_once("", &verdict), EXIT_PASS);
	assert_int_equal(verdict.reasons.count, 0);
	assert_int_equal(verdict.warnings.count, 0);
	verdict_clear(&verdict);
	assert_int_equal(look_once(",'hidden':'older'", &verdict),
			 EXIT_INCONCLUSIVE);
	assert_int_equal(verdict.reasons.count, 1);
	assert_true(reasons_have(&verdict.reasons, REASON_NO_SIGNATURE));
	verdict_clear(&verdict);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(names_that_are_not_utf8_stay_in_reasons),
		TEST(notes_have_their_codes),
		TEST(the_age_of_what_is_listed_is_asked_for),
		TEST(a_snapshot_doubts_only_what_is_hidden),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
