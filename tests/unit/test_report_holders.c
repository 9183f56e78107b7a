// SPDX-License-Identifier: GPL-2.0
/* Holder walks in reports: names of holders, and what each format says. */
#include "walks.h"

#include "user/report.h"

/* @members: what its name is made of; the others must only be there. */
static void assert_named(const char *members, const char *name)
{
	json_t *json = parse(members), *others = parse(HOLDER(1, 1, 2, ""));
	struct holder_fact holder;
	char text[256], why[200];

	assert_int_equal(json_object_update_missing(json, others), 0);
	assert_int_equal(
		fact_decode(FACT_holder, json, &holder, why, sizeof(why)), 0);
	assert_string_equal(holder_name(&holder, text, sizeof(text)), name);
	assert_int_equal(strlen(holder_name(&holder, text, 4)), 3);
	fact_clear(FACT_holder, &holder);
	json_decref(others);
	json_decref(json);
}

static void holders_have_names(void **state)
{
	assert_named(
		"{'kind':'socket','what':'tcp','local':'10.0.0.1:5201','remote':'10.0.0.2:40312','state':'ESTABLISHED','pid':1234,'comm':'iperf3','processes':1}",
		"tcp 10.0.0.1:5201 < 10.0.0.2:40312  iperf3[1234]");
	assert_named(
		"{'kind':'socket','what':'tcp','local':'10.0.0.1:5201','remote':'10.0.0.2:40312','state':'CLOSE_WAIT'}",
		"tcp 10.0.0.1:5201 < 10.0.0.2:40312 CLOSE_WAIT  no process");
	assert_named(
		"{'kind':'socket','what':'udp','local':'0.0.0.0:53','pid':7,'comm':'dnsmasq','processes':3}",
		"udp 0.0.0.0:53  dnsmasq[7] and 2 more");
	assert_named("{'kind':'socket','what':'packet','inode':99,'pid':0}",
		     "packet inode 99  no process");
	assert_named("{'kind':'cpu','what':'cpu 1','cpu':1}", "cpu 1");
	assert_named(
		"{'kind':'qdisc','what':'tbf','device':'eth0','queue':2,'cpu':-1}",
		"tbf on eth0, queue 2");
	assert_named("{'kind':'map','what':'cpumap','cpu':3,'queue':-1}",
		     "cpumap, cpu 3");
	assert_named("{'kind':'device','what':'veth0','device':'veth0'}",
		     "veth0");
}

/* What report_holders() prints; free it. */
static char *print_holders(const struct session *session)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(report_holders(to, session), 0);
	fclose(to);
	return text;
}

static void assert_in_order(const char *text, const char *const *parts)
{
	const char *at = text;

	for (; *parts; parts++) {
		at = strstr(at, *parts);
		if (!at)
			fail_msg("no '%s' (after those before it) in\n%s",
				 *parts, text);
	}
}

static void holders_of_all_pools_biggest_first(void **state)
{
	static const char *const parts[] = {
		"POOL",
		"dut0/2",
		"12",
		"4.2 s",
		"no process",
		"receive queue",
		"certain",
		"dut0/1",
		"comm",
		"dut0/1: 3 pages out, 1 with a holder; 2 without",
		"dut0/2: 12 pages out, 12 with a holder",
		"walks: 2; the last one took 34.1 ms (12.8 ms in the kernel) for 1,210 sockets and 57 packets in 3 network namespaces",
		"blind spot: qdiscs: no layout of qdiscs",
		NULL
	};
	struct session *s = *state;
	char *text;

	feed_stalled(s);
	feed_first_walk(s);
	feed(s, PLACE(1, "qdiscs", false));
	feed(s, WALK(2));
	feed(s, PLACE(2, "sockets", true));
	feed(s, HOLDER(2, 1, 1, ",'pid':3,'comm':'comm\\u001b[31m'"));
	feed(s, HELD(2, 1, 3, 1, 2));
	feed(s, HOLDER(2, 2, 12, ""));
	feed(s, HELD(2, 2, 12, 12, 0));
	session_finish(s);
	text = print_holders(s);
	assert_in_order(text, parts);
	/* Nothing that drives a terminal. */
	assert_null(strchr(text, '\033'));
	free(text);
}

static void pools_not_asked_for_are_not_in_it(void **state)
{
	struct session *s = *state;
	char *text;

	feed(s, POOL(2, false));
	feed(s, WALK(1));
	feed(s, HOLDER(1, 2, 12, ""));
	feed(s, HELD(1, 2, 12, 12, 0));
	session_finish(s);
	text = print_holders(s);
	assert_null(strstr(text, "dut0/2"));
	assert_non_null(strstr(text, "walks: 1; it took"));
	free(text);
}

static void without_a_walk_it_says_so(void **state)
{
	char *text;

	feed(*state, "{'t':'blind','check':'leaked','why':'no BTF'}");
	session_finish(*state);
	text = print_holders(*state);
	assert_string_equal(text, "no holder walk was done: no BTF\n");
	free(text);
}

/* What report_text(), report_json() or report_ktap() prints; free it. */
static char *print_report(const struct session *session,
			  int (*report)(FILE *to, const struct session *session,
					const struct verdict *verdict))
{
	struct verdict verdict;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(verdict_reach(session, &verdict), 0);
	assert_int_equal(report(to, session, &verdict), 0);
	fclose(to);
	verdict_clear(&verdict);
	return text;
}

/* The JSON report, parsed. */
static json_t *load_report(const struct session *session)
{
	char *text = print_report(session, report_json);
	json_t *report = json_loads(text, 0, NULL);

	free(text);
	assert_non_null(report);
	return report;
}

static void the_json_report_has_it_all(void **state)
{
	struct session *s = *state;
	json_t *report, *pool, *other;
	json_int_t number;
	const char *text;

	feed_leak(s);
	feed(s, NUDGE);
	feed(s, NUDGED(1, 131, 3));
	session_finish(s);
	report = load_report(s);
	pool = json_array_get(json_object_get(report, "pools"), 0);
	other = json_array_get(json_object_get(report, "pools"), 1);
	assert_int_equal(
		json_unpack(pool, "{s:[{s:s}]}", "holders", "what", &text), 0);
	assert_null(json_object_get(
		json_array_get(json_object_get(pool, "holders"), 0), "slot"));
	assert_int_equal(
		json_unpack(pool, "{s:{s:I}}", "held", "unheld", &number), 0);
	assert_int_equal(number, 2);
	assert_int_equal(json_array_size(json_object_get(pool, "unheld_pages")),
			 2);
	assert_true(json_is_null(json_object_get(other, "held")));
	assert_int_equal(json_array_size(json_object_get(other, "holders")), 0);
	assert_true(json_is_array(json_object_get(other, "holders")));
	assert_int_equal(json_unpack(report, "{s:{s:I, s:[{s:s}]}}", "walks",
				     "count", &number, "places", "place",
				     &text),
			 0);
	assert_int_equal(number, 2);
	assert_string_equal(text, "sockets");
	assert_int_equal(json_unpack(report, "{s:{s:[{s:I}]}}", "nudge",
				     "pools", "before", &number),
			 0);
	assert_int_equal(number, 131);
	json_decref(report);
}

static void without_walks_the_json_report_has_null(void **state)
{
	json_t *report;

	session_finish(*state);
	report = load_report(*state);
	assert_true(json_is_null(json_object_get(report, "walks")));
	assert_true(json_is_null(json_object_get(report, "nudge")));
	json_decref(report);
}

static void the_report_tells_of_walks_and_nudge(void **state)
{
	static const char *const parts[] = {
		"leaked: ",
		"allocation   driver_refill+0x1",
		"others       frame 0x1001",
		"holders      dut0/1: 3 pages out, 1 with a holder; 2 without",
		"no holder: 2 pages, not found in two walks of all places",
		"walks        2;",
		"kick         128 pages of dut0/1 returned",
		"8 CPUs kicked",
		NULL
	};
	char *text;

	feed(*state,
	     "{'t':'hold_stack','slot':1,'life':1,'stack':['driver_refill+0x1']}");
	feed_leak(*state);
	feed(*state, NUDGE);
	feed(*state, NUDGED(1, 131, 3));
	session_finish(*state);
	text = print_report(*state, report_text);
	assert_in_order(text, parts);
	free(text);
}

static void many_holders_are_cut_in_the_report(void **state)
{
	char *text;
	int i;

	feed_stalled(*state);
	feed(*state, WALK(1));
	for (i = 0; i < 13; i++)
		feed(*state, HOLDER(1, 1, 1, ""));
	feed(*state, HELD(1, 1, 3, 3, 0));
	session_finish(*state);
	text = print_report(*state, report_text);
	assert_non_null(strstr(text, "and 3 more"));
	assert_non_null(strstr(text, "severity     WARN"));
	free(text);
}

static void a_blind_spot_skips_the_check(void **state)
{
	char *text;

	feed_leak(*state);
	feed(*state, PLACE(2, "qdiscs", false));
	session_finish(*state);
	text = print_report(*state, report_ktap);
	assert_non_null(strstr(
		text, "leaked # SKIP the walks could not inspect qdiscs"));
	assert_non_null(strstr(
		text,
		"possibly in a place that could not be inspected: qdiscs"));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(holders_have_names),
		TEST(holders_of_all_pools_biggest_first),
		TEST(pools_not_asked_for_are_not_in_it),
		TEST(without_a_walk_it_says_so),
		TEST(the_json_report_has_it_all),
		TEST(without_walks_the_json_report_has_null),
		TEST(the_report_tells_of_walks_and_nudge),
		TEST(many_holders_are_cut_in_the_report),
		TEST(a_blind_spot_skips_the_check),
	};

	return cmocka_run_group_tests_name("report holders", tests, NULL, NULL);
}
