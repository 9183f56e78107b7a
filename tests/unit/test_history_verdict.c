// SPDX-License-Identifier: GPL-2.0
/* The verdict of a store, and its reasons. */
#include "history.h"

static void test_killed_run(void **state)
{
	struct store *store = begin(BEGIN, "0f");

	sample(store, BEGIN + 5, 1, 1);
	end(store, 0, 0);
	assert_int_equal(code_of(), EXIT_INCONCLUSIVE);
	/* The next one of the same attach judges all of it. */
	end(begin(BEGIN + 60, "0f"), BEGIN + 90, EXIT_PASS);
	assert_int_equal(code_of(), EXIT_PASS);
}

static void test_epochs(void **state)
{
	struct history history;

	end(begin(BEGIN, "0f"), BEGIN + 60, EXIT_PASS);
	end(begin(BEGIN + 600, "1f"), BEGIN + 700, EXIT_INCONCLUSIVE);
	assert_int_equal(code_of(), EXIT_INCONCLUSIVE);
	end(begin(BEGIN + 900, "2f"), BEGIN + 960, EXIT_FAIL);
	end(begin(BEGIN + 1900, "3f"), BEGIN + 1960, EXIT_PASS);
	assert_int_equal(code_of(), EXIT_FAIL);
	read_whole(&history);
	assert_int_equal(history.epoch_count, 4);
	assert_int_equal(history.gap_count, 3);
	assert_true(history.gaps[0].unwatched);
	history_clear(&history);
}

/* Whatever a run said, and though its evidence has a hostile name. */
static void test_finding(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	const struct history_finding *row;
	struct history history;
	struct finding finding;
	struct session *session;

	sample(store, BEGIN + 5, 1, 1);
	end(store, BEGIN + 10, EXIT_PASS);
	change("INSERT INTO findings VALUES(1, 'leaked', 'FAIL', 3, 2,"
	       " '{\"check\":\"leaked\",\"slot\":2,\"life\":1,"
	       "\"comm\":\"<script>\"}', 1800000005, 1800000009)");
	read_whole(&history);
	assert_int_equal(history.code, EXIT_FAIL);
	row = &history.findings[0];
	assert_int_equal(row->count, 3);
	assert_int_equal(row->pool->queue, 1);
	session = history_session(&history, row, &finding);
	assert_non_null(session);
	assert_non_null(finding_pool(session, &finding));
	assert_string_equal(finding_pool(session, &finding)->device, "eth0");
	session_free(session);
	history_clear(&history);
}

static void test_gap_inside(void **state)
{
	struct history history;

	end(begin(BEGIN, "0f"), 0, 0);
	end(begin(BEGIN + 600, "0f"), BEGIN + 700, EXIT_PASS);
	read_whole(&history);
	assert_int_equal(history.gap_count, 1);
	assert_false(history.gaps[0].unwatched);
	assert_int_equal(history.code, EXIT_PASS);
	history_clear(&history);
}

/* Nobody watched at the end of what is shown; who looked later found it. */
static void test_gap_at_the_end(void **state)
{
	const struct history_span into = { .has_to = true, .to = BEGIN + 300 };
	const struct history_span before = { .has_to = true, .to = BEGIN + 60 };
	struct history history;
	char why[256];

	end(begin(BEGIN, "0f"), BEGIN + 60, EXIT_PASS);
	end(begin(BEGIN + 600, "1f"), BEGIN + 700, EXIT_PASS);
	assert_int_equal(history_read(&history, path, &into, why, sizeof(why)),
			 0);
	assert_int_equal(history.gap_count, 1);
	assert_int_equal(history.code, EXIT_INCONCLUSIVE);
	assert_int_equal(history.epochs[0].code, EXIT_PASS);
	expect_line(&history, false, "nobody watched");
	history_clear(&history);
	assert_int_equal(
		history_read(&history, path, &before, why, sizeof(why)), 0);
	assert_int_equal(history.gap_count, 1);
	assert_int_equal(history.code, EXIT_PASS);
	history_clear(&history);
}

static void test_earlier_run(void **state)
{
	struct history history;

	end(begin(BEGIN, "0f"), BEGIN + 60, EXIT_INCONCLUSIVE);
	end(begin(BEGIN + 100, "0f"), BEGIN + 160, EXIT_PASS);
	change("INSERT INTO reasons VALUES(1, 'no_traffic', 0, 'idle', 1,"
	       " 1800000059, 1800000059)");
	assert_int_equal(code_of(), EXIT_PASS);
	change("INSERT INTO losses VALUES(1, 'pools', '', 3, 1800000059)");
	assert_int_equal(code_of(), EXIT_INCONCLUSIVE);
	change("DELETE FROM losses");
	change("INSERT INTO reasons VALUES(1, 'events_lost', 0, '9 lost', 1,"
	       " 1800000059, 1800000059)");
	read_whole(&history);
	assert_int_equal(history.code, EXIT_INCONCLUSIVE);
	expect_line(&history, false, "run 1: 9 lost");
	history_clear(&history);
	/* One of an earlier look was settled in the run. */
	change("UPDATE reasons SET last = 1800000005 WHERE text = '9 lost'");
	assert_int_equal(code_of(), EXIT_PASS);
	change("DELETE FROM reasons");
	assert_int_equal(code_of(), EXIT_INCONCLUSIVE);
	change("UPDATE runs SET exit_code = 1 WHERE id = 1");
	read_whole(&history);
	assert_int_equal(history.code, EXIT_FAIL);
	expect_line(&history, false, "run 1 ended with FAIL");
	history_clear(&history);
}

/* The last looks of a run that passed had none. */
static void test_old_reasons(void **state)
{
	struct history history;

	end(begin(BEGIN, "0f"), BEGIN + 6000, EXIT_PASS);
	change("INSERT INTO reasons VALUES(1, 'no_traffic', 0, 'idle', 1,"
	       " 1800000059, 1800000059), (1, 'events_lost', 1, 'some', 1,"
	       " 1800000059, 1800000059)");
	read_whole(&history);
	no_line(&history, "idle");
	no_line(&history, "some");
	history_clear(&history);
	change("UPDATE reasons SET last = 1800005999");
	read_whole(&history);
	no_line(&history, "idle");
	expect_line(&history, true, "some");
	history_clear(&history);
}

static void test_gaps_of_samples(void **state)
{
	struct history history;

	end(begin(BEGIN, "0f"), BEGIN + 600, EXIT_PASS);
	change("INSERT INTO gaps VALUES"
	       "(1, 1800000010, 1800000040, 'not_stored'),"
	       "(1, 1800000050, 1800000080, 'not_sampled')");
	read_whole(&history);
	assert_int_equal(history.code, EXIT_PASS);
	expect_line(&history, true, "2 times, 1 m 0 s together");
	no_line(&history, "clock");
	history_clear(&history);
	change("INSERT INTO gaps VALUES(1, 1800000090, 1800000080, 'clock')");
	read_whole(&history);
	expect_line(&history, true, "the wall clock was set 1 time");
	history_clear(&history);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(killed_run),  TEST(epochs),	  TEST(finding),
		TEST(gap_inside),  TEST(gap_at_the_end),  TEST(earlier_run),
		TEST(old_reasons), TEST(gaps_of_samples),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
