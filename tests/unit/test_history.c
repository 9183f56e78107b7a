// SPDX-License-Identifier: GPL-2.0
/* A store is written as a monitor does, and read back. */
#include "history.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>

/* ---- what is read ---- */

static void test_numbers(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	const struct history_pool *pool;
	struct history history;
	int64_t at;

	for (at = 1; at <= 100; at++)
		sample(store, BEGIN + at, at == 50 ? 9000 : 800, at * 1000);
	end(store, BEGIN + 100, EXIT_PASS);
	read_whole(&history);
	assert_int_equal(history.code, EXIT_PASS);
	assert_int_equal(history.shown_count, POOLS);
	pool = history.shown[0];
	assert_int_equal(pool->samples, 100);
	assert_int_equal(pool->peak, 9000);
	assert_int_equal(pool->peak_at, BEGIN + 50);
	assert_int_equal(pool->inflight, 800);
	assert_int_equal(history_out(pool), 770);
	assert_int_equal(pool->oldest_ms, -1);
	assert_int_equal(pool->events, 100000);
	assert_int_equal(pool->conclusive, 50000);
	assert_int_equal(history.bucket_s, 1);
	assert_true(pool->series[HISTORY_INFLIGHT][50].high == 9000);
	assert_true(pool->series[HISTORY_INFLIGHT][51].high == 800);
	assert_true(pool->series[HISTORY_EVENTS][51].high == 1000);
	assert_true(pool->series[HISTORY_COVERAGE][51].low == 50);
	assert_true(isnan(pool->series[HISTORY_OLDEST][51].high));
	history_clear(&history);
}

/* Two hours: a bucket has eight seconds, or a part of a minute. */
static void test_peak_stays(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	const struct history_range *bucket;
	struct history history;
	size_t i, peaks = 0;
	int64_t at;

	for (at = 0; at < 7200; at++)
		sample(store, BEGIN + at, at == 100 || at == 7000 ? 9000 : 800,
		       at * 10);
	end(store, BEGIN + 7200, EXIT_PASS);
	read_whole(&history);
	assert_true(history.bucket_count <= HISTORY_BUCKETS);
	for (i = 0; i < history.bucket_count; i++) {
		bucket = &history.shown[0]->series[HISTORY_INFLIGHT][i];
		peaks += bucket->high == 9000;
		if (bucket->high == 9000)
			assert_true(bucket->low == 800);
		/* The last second has no sample. */
		if (i < history.bucket_count - 1)
			assert_false(isnan(bucket->high));
	}
	/* The first is that of a minute. */
	assert_int_equal(peaks, 60 / history.bucket_s + 2);
	history_clear(&history);
}

/* Of a part, events count from its first sample. */
static void test_part_of_the_time(void **state)
{
	const struct history_span span = { true, true, BEGIN + 40, BEGIN + 60 };
	struct store *store = begin(BEGIN, "0f");
	struct history history;
	char why[256];
	int64_t at;

	for (at = 1; at <= 100; at++)
		sample(store, BEGIN + at, 800, at * 1000);
	end(store, BEGIN + 100, EXIT_PASS);
	assert_int_equal(history_read(&history, path, &span, why, sizeof(why)),
			 0);
	assert_int_equal(history.shown[0]->samples, 20);
	assert_int_equal(history.shown[0]->events, 19000);
	assert_int_equal(history.run_count, 1);
	no_line(&history, "no run is stored");
	history_clear(&history);
}

/* More was asked for than there is. */
static void test_ends_of_the_time(void **state)
{
	const struct history_span near = { true, true, BEGIN - 10, BEGIN + 70 };
	const struct history_span far = { true, true, BEGIN - 11, BEGIN + 61 };
	struct history history;
	char why[256];

	end(begin(BEGIN, "0f"), BEGIN + 60, EXIT_PASS);
	assert_int_equal(history_read(&history, path, &near, why, sizeof(why)),
			 0);
	no_line(&history, "no run is stored");
	history_clear(&history);
	assert_int_equal(history_read(&history, path, &far, why, sizeof(why)),
			 0);
	expect_line(&history, true, "no run is stored");
	assert_int_equal(history.asked.from, BEGIN - 11);
	history_clear(&history);
}

/* Seconds that came twice are mixed up: sums that fell for it are no new ones. */
static void test_clock_set_back(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	struct history history;
	int64_t at;

	for (at = 1; at <= 60; at++)
		sample(store, BEGIN + at, 800, at * 1000);
	for (at = 20; at <= 30; at++)
		sample(store, BEGIN + at, 800, (at + 50) * 1000);
	end(store, BEGIN + 60, EXIT_PASS);
	read_whole(&history);
	assert_int_equal(history.shown[0]->events, 80000);
	assert_int_equal(history.shown[0]->conclusive, 40000);
	expect_line(&history, true, "the wall clock was set");
	history_clear(&history);
}

static void test_order_of_pools(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	struct history history;

	sample(store, BEGIN + 1, 800, 1);
	end(store, BEGIN + 9, EXIT_PASS);
	/* The third is gone, but was found to leak. */
	change("INSERT INTO findings VALUES(1, 'leaked', 'FAIL', 3, 3,"
	       " '{\"check\":\"leaked\"}', 1800000005, 1800000009);"
	       "INSERT INTO samples SELECT step, time + 5, pool, state, 1, 1, 1,"
	       " 1, 1, 1, 9, 9, pool FROM samples WHERE pool < 3");
	read_whole(&history);
	assert_int_equal(history.shown[0]->id, 3);
	assert_true(history.shown[0]->gone);
	assert_int_equal(history.shown[1]->id, 2);
	assert_int_equal(history.shown[2]->id, 1);
	history_clear(&history);
}

/* As text has fewer holders than there are, and says so. */
static void test_many_holders(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	struct history history;
	char *text = NULL;
	size_t size;
	FILE *to;

	sample(store, BEGIN + 5, 1, 1);
	end(store, BEGIN + 9, EXIT_PASS);
	change("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	       " WHERE i < 11) INSERT INTO holders SELECT 1800000005, 2,"
	       " 'socket', '', 'holder ' || i, i, 4, 5, 6 FROM n");
	read_whole(&history);
	to = open_memstream(&text, &size);
	assert_int_equal(history_write_text(to, &history), 0);
	fclose(to);
	assert_non_null(strstr(text, "and 3 more holders, all in JSON"));
	free(text);
	history_clear(&history);
}

/* ---- what is refused ---- */

static void test_no_such_time(void **state)
{
	const struct history_span later = { .has_from = true,
					    .from = BEGIN + 99999 };
	const struct history_span between = { true, true, BEGIN + 100,
					      BEGIN + 200 };

	end(begin(BEGIN, "0f"), BEGIN + 60, EXIT_PASS);
	end(begin(BEGIN + 600, "1f"), BEGIN + 700, EXIT_PASS);
	refuses(&later, -ENOENT, "no run of that time");
	refuses(&between, -ENOENT, "no run of that time");
}

static void test_not_ours(void **state)
{
	change("CREATE TABLE mine(a)");
	refuses(&whole, -EPROTO, "of another program");
}

static void test_other_version(void **state)
{
	end(begin(BEGIN, "0f"), 0, 0);
	change("PRAGMA user_version = 77");
	refuses(&whole, -EPROTO, "of version 77");
}

static void test_empty(void **state)
{
	change("PRAGMA journal_mode = WAL");
	refuses(&whole, -ENOENT, "no monitor has written");
}

static void test_cut(void **state)
{
	struct store *store = begin(BEGIN, "0f");
	int64_t at;

	for (at = 1; at <= 2000; at++)
		sample(store, BEGIN + at, 800, at);
	end(store, BEGIN + 2000, EXIT_PASS);
	assert_int_equal(truncate(path, 40000), 0);
	refuses(&whole, -EUCLEAN, "damaged");
}

static void test_unknown_check(void **state)
{
	end(begin(BEGIN, "0f"), BEGIN + 5, EXIT_PASS);
	change("INSERT INTO findings VALUES(1, 'later', 'FAIL', 3, NULL,"
	       " '{}', 1800000005, 1800000009)");
	refuses(&whole, -EBADMSG, "cannot read");
}

/* Numbers that no monitor writes. */
static void test_absurd_numbers(void **state)
{
	struct history history;

	end(begin(BEGIN, "0f"), BEGIN + 90, EXIT_PASS);
	change("INSERT INTO pools VALUES(7, 1, 1, 1, 'x', '', '', -5, -1, -1, -1,"
	       " 1800000000)");
	change("INSERT INTO samples VALUES(1, 1800000005, 7, 9,"
	       " 9223372036854775807, NULL, NULL, 9223372036854775807,"
	       " 9223372036854775807, 9223372036854775807,"
	       " 9223372036854775807, 1, -9223372036854775807),"
	       " (1, 1800000006, 7, 0, -9223372036854775807, 1, 2,"
	       " 3, 4, 5, -9223372036854775807, 1, 9223372036854775807)");
	read_whole(&history);
	assert_int_equal(history.shown_count, 1);
	history_clear(&history);
	change("UPDATE runs SET last = 9223372036854775807");
	refuses(&whole, -EBADMSG, "cannot read");
	change("UPDATE runs SET last = started, exit_code = 7");
	refuses(&whole, -EBADMSG, "cannot read");
}

static void test_unknown_severity(void **state)
{
	end(begin(BEGIN, "0f"), BEGIN + 5, EXIT_PASS);
	change("INSERT INTO findings VALUES(1, 'leaked', 'MAYBE', 3, NULL,"
	       " '{}', 1800000005, 1800000009)");
	refuses(&whole, -EBADMSG, "cannot read");
}

/* A number that is 0 in 32 bits */
static void test_wide_code(void **state)
{
	end(begin(BEGIN, "0f"), BEGIN + 5, EXIT_FAIL);
	change("UPDATE runs SET exit_code = -4294967296");
	refuses(&whole, -EBADMSG, "cannot read");
}

/* Another one made the tables, and left out what each store has. */
static void test_null_texts(void **state)
{
	static const char *const texts[][2] = {
		{ "epochs", "boot_id" },    { "runs", "version" },
		{ "runs", "kernel" },	    { "runs", "machine" },
		{ "gaps", "why" },	    { "pools", "address" },
		{ "pools", "device" },	    { "pools", "driver" },
		{ "findings", "check_id" }, { "findings", "severity" },
		{ "findings", "evidence" }, { "holders", "kind" },
		{ "holders", "place" },	    { "holders", "name" },
		{ "losses", "kind" },	    { "losses", "why" },
		{ "reasons", "code" },	    { "reasons", "text" },
	};
	char sql[512];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct store *store = begin(BEGIN, "0f");

		sample(store, BEGIN + 5, 1, 1);
		end(store, BEGIN + 9, EXIT_PASS);
		change("INSERT INTO gaps VALUES(1, 1800000005, 1800000006, 'clock');"
		       "INSERT INTO findings VALUES(1, 'leaked', 'WARN', 3, 2,"
		       " '{\"check\":\"leaked\"}', 1800000005, 1800000009);"
		       "INSERT INTO holders VALUES(1800000005, 1, 'socket', '',"
		       " 'a', 3, 4, 5, 6);"
		       "INSERT INTO losses VALUES(1, 'pools', '', 3, 1800000005);"
		       "INSERT INTO reasons VALUES(1, 'held', 1, 'a', 3,"
		       " 1800000005, 1800000005)");
		code_of();
		snprintf(sql, sizeof(sql),
			 "CREATE TABLE copy AS SELECT * FROM %1$s;"
			 "PRAGMA foreign_keys = OFF; DROP TABLE %1$s;"
			 "ALTER TABLE copy RENAME TO %1$s;"
			 "UPDATE %1$s SET %2$s = NULL",
			 texts[i][0], texts[i][1]);
		change(sql);
		refuses(&whole, -EBADMSG, "cannot read");
		assert_int_equal(unlink(path), 0);
	}
}

/* Another program has it for itself. */
static void test_locked(void **state)
{
	sqlite3 *db;

	end(begin(BEGIN, "0f"), BEGIN + 5, EXIT_PASS);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA locking_mode = EXCLUSIVE;"
				      "BEGIN EXCLUSIVE;"
				      "CREATE TABLE more(a)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	refuses(&whole, -EBUSY, "locked");
	sqlite3_close(db);
}

/* It is read while its monitor writes. */
static void test_open_store(void **state)
{
	struct store *store = begin(BEGIN, "0f");

	sample(store, BEGIN + 5, 1, 1);
	assert_int_equal(code_of(), EXIT_INCONCLUSIVE);
	sample(store, BEGIN + 6, 1, 1);
	assert_int_equal(store_missed(store), 0);
	store_close(store);
}

/* What is left of an open store when its files with these ends are copied. */
static void leave(const char *ends)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "cd %s && for end in %s; do cp \"$(ls *.db)$end\""
		 " \"copy$end\" || exit; done && rm *.db* &&"
		 " for end in %s; do mv \"copy$end\" \"a #%%?.db$end\"; done",
		 directory, ends, ends);
	assert_int_equal(system(command), 0);
}

static int count_files(void)
{
	DIR *list = opendir(directory);
	int count = -2;

	assert_non_null(list);
	while (readdir(list))
		count++;
	closedir(list);
	return count;
}

/* The verdict is in the log alone. */
static void fail_in_log(const char *ends)
{
	struct store *store = begin(BEGIN, "0f");

	sample(store, BEGIN + 5, 1, 1);
	store_end(store, BEGIN + 10, &(struct verdict){ .code = EXIT_FAIL });
	leave(ends);
	store_close(store);
}

static void test_log_without_index(void **state)
{
	fail_in_log("'' -wal");
	assert_int_equal(code_of(), EXIT_FAIL);
	assert_int_equal(count_files(), 2);
}

/* SQLite looks for the log beside what the link leads to. */
static void test_symbolic_link(void **state)
{
	struct history history;
	char link[128], why[256];

	fail_in_log("'' -wal -shm");
	snprintf(link, sizeof(link), "%s/link", directory);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(history_read(&history, link, &whole, why, sizeof(why)),
			 0);
	assert_int_equal(history.code, EXIT_FAIL);
	assert_string_equal(history.path, link);
	history_clear(&history);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(numbers),
		TEST(peak_stays),
		TEST(part_of_the_time),
		TEST(clock_set_back),
		TEST(ends_of_the_time),
		TEST(order_of_pools),
		TEST(many_holders),
		TEST(no_such_time),
		TEST(not_ours),
		TEST(other_version),
		TEST(empty),
		TEST(cut),
		TEST(unknown_check),
		TEST(unknown_severity),
		TEST(wide_code),
		TEST(null_texts),
		TEST(locked),
		TEST(absurd_numbers),
		TEST(open_store),
		TEST(log_without_index),
		TEST(symbolic_link),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
