// SPDX-License-Identifier: GPL-2.0
/* The store: what is thinned, what is kept, and which files are refused. */
#include "unit.h"
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/monitor/store.h"
#include "user/util/util.h"

#define BEGIN 1800000000LL /* a whole hour */
#define HOUR 3600LL
#define DAY (24 * HOUR)
#define POOLS 3

static int set_up(void **state)
{
	return make_place("store.db");
}

static struct store *open_at(int64_t time_s, int *err)
{
	const struct store_run run = {
		.time_s = time_s,
		.boot_id = "0f0f",
		.armed_ns = 17,
		.kernel = "6.18",
		.machine = "x86_64",
	};

	return store_open(path, &run, err);
}

static struct store *open_whole(int64_t time_s)
{
	struct store *store;
	int err;

	store = open_at(time_s, &err);
	assert_non_null(store);
	assert_int_equal(err, 0);
	return store;
}

static void refused(int wanted)
{
	int err;

	assert_null(open_at(BEGIN, &err));
	assert_int_equal(err, wanted);
}

/* The first column of the first row. */
static int64_t ask(const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
			 SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

static void change(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* How far the wall's clock is from where it should be. */
static int64_t wrong_s;

static void sample(struct store *store, int64_t time_s, int64_t inflight)
{
	struct view_pool pools[POOLS] = {};
	struct view view = { .time_s = time_s,
			     .boot_s = time_s - wrong_s - BEGIN + 100,
			     .pools = pools,
			     .pool_count = POOLS };
	size_t i;

	for (i = 0; i < POOLS; i++) {
		pools[i].slot = i + 1;
		pools[i].seq = 1;
		pools[i].queue = i;
		snprintf(pools[i].device, sizeof(pools[i].device), "eth%zu", i);
		pools[i].inflight = inflight + i;
		pools[i].cache = 60;
		pools[i].ring = 500;
		pools[i].oldest_ms = 86400000;
		pools[i].events = (time_s - BEGIN) * 1000;
		pools[i].conclusive = pools[i].events;
		pools[i].stalled_ms = -1;
	}
	store_sample(store, &view);
}

/* Two hours, with a peak of one second in the first. */
static void test_seconds_become_minutes(void **state)
{
	struct store *store = open_whole(BEGIN);
	int64_t at;

	for (at = BEGIN; at <= BEGIN + 2 * HOUR; at++)
		sample(store, at, at == BEGIN + 125 ? 9000 : 800);
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM samples WHERE step = 60"),
			 POOLS * 60);
	assert_int_equal(ask("SELECT count(*) FROM samples WHERE step = 1"),
			 POOLS * (HOUR + 1));
	assert_int_equal(ask("SELECT min(time) FROM samples WHERE step = 1"),
			 BEGIN + HOUR);
	assert_int_equal(ask("SELECT inflight_max FROM samples WHERE step = 60"
			     " AND pool = 1 AND time = 1800000120"),
			 9000);
	/* Not of the minute beside it, nor as the number at its end. */
	assert_int_equal(ask("SELECT inflight_max FROM samples WHERE step = 60"
			     " AND pool = 1 AND time = 1800000180"),
			 800);
	assert_int_equal(ask("SELECT inflight FROM samples WHERE step = 60"
			     " AND pool = 1 AND time = 1800000120"),
			 800);
	assert_int_equal(ask("SELECT events FROM samples WHERE step = 60"
			     " AND pool = 1 AND time = 1800000120"),
			 179000);
	assert_int_equal(ask("SELECT count(*) FROM gaps"), 0);
}

/* Ten minutes without a sample, at whose end the clock is set back over them. */
static void test_gap_behind_a_clock(void **state)
{
	struct store *store = open_whole(BEGIN);

	sample(store, BEGIN, 800);
	sample(store, BEGIN + 5, 800);
	wrong_s = -595;
	sample(store, BEGIN + 10, 800);
	wrong_s = 0;
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM gaps"), 1);
	assert_int_equal(ask("SELECT last - first FROM gaps"
			     " WHERE why = 'not_sampled'"),
			 5);
}

static void test_minutes_become_hours(void **state)
{
	struct store *store = open_whole(BEGIN);
	int64_t at;

	for (at = BEGIN; at <= BEGIN + 9 * DAY; at += 60)
		sample(store, at, at == BEGIN + 7200 + 60 ? 3 : 800);
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM samples WHERE step = 3600"),
			 POOLS * 2 * 24);
	assert_int_equal(
		ask("SELECT inflight_min FROM samples WHERE step = 3600"
		    " AND pool = 1 AND time = 1800007200"),
		3);
	assert_int_equal(ask("SELECT count(*) FROM pools"), POOLS);
	assert_true(ask("SELECT count(*) FROM gaps WHERE why = 'not_sampled'") >
		    0);
}

/* What a year of 200 pools may take: docs/store.md. */
static void test_bytes_of_a_sample(void **state)
{
	struct store *store = open_whole(BEGIN);
	struct stat status;
	int64_t at;

	for (at = BEGIN; at < BEGIN + HOUR; at++)
		sample(store, at, 800);
	store_close(store);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size / (POOLS * HOUR) < 64);
	print_message("bytes of a sample: %lld\n",
		      (long long)(status.st_size / (POOLS * HOUR)));
}

static void test_clock_set_back(void **state)
{
	struct store *store = open_whole(BEGIN);

	sample(store, BEGIN + 100, 1);
	sample(store, BEGIN + 101, 1);
	sample(store, BEGIN + 50, 1);
	sample(store, BEGIN + 51, 1);
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM gaps WHERE why = 'clock'"),
			 1);
	assert_int_equal(ask("SELECT count(*) FROM samples"), 4 * POOLS);
}

/* The same seconds come twice: what they had at most stays. */
static void test_seconds_twice(void **state)
{
	struct store *store = open_whole(BEGIN);

	sample(store, BEGIN + 100, 9000);
	sample(store, BEGIN + 101, 1);
	wrong_s = -1;
	sample(store, BEGIN + 100, 800);
	wrong_s = 0;
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM samples"), 2 * POOLS);
	assert_int_equal(ask("SELECT inflight FROM samples WHERE pool = 1"
			     " AND time = 1800000100"),
			 800);
	assert_int_equal(ask("SELECT inflight_max FROM samples WHERE pool = 1"
			     " AND time = 1800000100"),
			 9000);
}

static int64_t seconds_kept(void)
{
	return ask("SELECT count(*) FROM samples WHERE step = 1 AND pool = 1");
}

/* The clock jumps ahead: samples of the last hour stay, until they are an hour old. */
static void test_clock_jumps_ahead(void **state)
{
	struct store *store = open_whole(BEGIN);
	int64_t at;

	for (at = BEGIN; at < BEGIN + 1800; at++)
		sample(store, at, 800);
	change("INSERT INTO holders VALUES(1800000100, 1, 'socket', 'a', 'b',"
	       " NULL, 1, 1, NULL)");
	wrong_s = 30 * DAY;
	for (; at < BEGIN + 3500; at++)
		sample(store, at + wrong_s, 800);
	assert_int_equal(seconds_kept(), 3500);
	assert_int_equal(ask("SELECT count(*) FROM holders"), 1);
	assert_int_equal(ask("SELECT count(*) FROM gaps WHERE why = 'clock'"),
			 1);
	for (; at < BEGIN + 3 * HOUR; at++)
		sample(store, at + wrong_s, 800);
	wrong_s = 0;
	store_close(store);
	/* Those of before are minutes by now, and an hour of seconds is left. */
	assert_int_equal(ask("SELECT count(*) FROM samples WHERE step = 1"
			     " AND time < 1800003600"),
			 0);
	assert_int_equal(ask("SELECT count(*) FROM samples WHERE step = 60"
			     " AND time < 1800003600 AND pool = 1"),
			 30);
	assert_in_range(seconds_kept(), HOUR, HOUR + 180);
}

/* Ahead and back again: nothing is lost. */
static void test_clock_jumps_and_returns(void **state)
{
	struct store *store = open_whole(BEGIN);
	int64_t at;

	for (at = BEGIN; at < BEGIN + 1000; at++)
		sample(store, at, 800);
	wrong_s = 30 * DAY;
	for (; at < BEGIN + 1100; at++)
		sample(store, at + wrong_s, 800);
	wrong_s = 0;
	for (; at < BEGIN + 2000; at++)
		sample(store, at, 800);
	store_close(store);
	assert_int_equal(seconds_kept(), 2000);
}

/* While no monitor ran nobody knows whether the clock jumped. */
static void test_clock_jumps_between_runs(void **state)
{
	struct store *store = open_whole(BEGIN);
	int64_t at;

	for (at = BEGIN; at < BEGIN + 1000; at++)
		sample(store, at, 800);
	store_close(store);
	wrong_s = 30 * DAY;
	store = open_whole(at + wrong_s);
	for (; at < BEGIN + 1200; at++)
		sample(store, at + wrong_s, 800);
	assert_int_equal(seconds_kept(), 1200);
	for (; at < BEGIN + 1200 + HOUR; at++)
		sample(store, at + wrong_s, 800);
	wrong_s = 0;
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM samples WHERE step = 1"
			     " AND time < 1800003600"),
			 0);
}

#define HOLDER(place, pages)                                                  \
	"{'t':'holder','walk':1,'slot':1,'life':1,'kind':'socket',"           \
	"'what':'tcp','place':'" place "','pages':" #pages ",'bytes':" #pages \
	",'oldest_ms':" #pages ",'confidence':'certain'}"

/* A look at a stalled pool with three holders, of which two say the same. */
static void look(struct store *store, int64_t time_s)
{
	static const char *const facts[] = {
		"{'t':'meta','schema':'netmem-check/1','tier':'tracepoint'}",
		"{'t':'pool','slot':1,'life':1,'pool':'0x1','device':'eth0',"
		"'judged':true}",
		"{'t':'state','slot':1,'life':1,'state':'stalled',"
		"'inflight':60}",
		"{'t':'walk','walk':1,'took_us':1,'kernel_us':1,"
		"'namespaces':1,'sockets':1,'packets':1}",
		HOLDER("receive queue", 10),
		HOLDER("receive queue", 20),
		HOLDER("backlog", 30),
	};
	struct view_look taken = { .session = session_new(), .time_s = time_s };
	size_t i;

	for (i = 0; i < ARRAY_LEN(facts); i++)
		assert_int_equal(feed(taken.session, facts[i]), 0);
	store_look(store, &taken);
	view_look_clear(&taken);
}

/* Alike holders are one row, and of hours that are over one look stays. */
static void test_holders(void **state)
{
	struct store *store = open_whole(BEGIN);
	int64_t at;

	for (at = BEGIN; at < BEGIN + 4 * HOUR; at += 60) {
		sample(store, at, 60);
		look(store, at);
	}
	store_close(store);
	assert_int_equal(ask("SELECT count(*) FROM holders"
			     " WHERE time = (SELECT max(time) FROM holders)"),
			 2);
	assert_int_equal(ask("SELECT pages FROM holders"
			     " WHERE place = 'receive queue'"),
			 30);
	assert_int_equal(ask("SELECT oldest_ms FROM holders"
			     " WHERE place = 'receive queue'"),
			 20);
	assert_int_equal(ask("SELECT count(DISTINCT time) FROM holders"),
			 2 + 2 * 60);
	assert_int_equal(ask("SELECT min(time) FROM holders"),
			 BEGIN + HOUR - 60);
}

/* Opened anew by the same monitor: nothing was missed, or what it could not store. */
static void test_reopened(void **state)
{
	struct store_run run = {
		.time_s = BEGIN + 6,
		.boot_id = "0f0f",
		.armed_ns = 17,
		.kernel = "6.18",
		.machine = "x86_64",
		.reopened = true,
	};
	struct store *store = open_whole(BEGIN);
	int err;

	sample(store, BEGIN + 5, 1);
	store_close(store);
	store_close(store_open(path, &run, &err));
	assert_int_equal(ask("SELECT count(*) FROM gaps"), 0);
	run.time_s = BEGIN + 600;
	store_close(store_open(path, &run, &err));
	assert_int_equal(ask("SELECT count(*) FROM gaps"
			     " WHERE why = 'not_stored'"),
			 1);
}

static void test_next_run_shows_the_gap(void **state)
{
	struct store *store = open_whole(BEGIN);
	struct stat status;

	sample(store, BEGIN + 5, 1);
	store_close(store);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	store_close(open_whole(BEGIN + 600));
	assert_int_equal(ask("SELECT count(*) FROM runs"), 2);
	assert_int_equal(ask("SELECT count(*) FROM epochs"), 1);
	assert_int_equal(ask("SELECT last - first FROM gaps"
			     " WHERE why = 'not_running'"),
			 595);
}

static void test_second_writer(void **state)
{
	struct store *store = open_whole(BEGIN);

	refused(-EBUSY);
	store_close(store);
	store_close(open_whole(BEGIN));
}

static void test_other_version(void **state)
{
	store_close(open_whole(BEGIN));
	change("PRAGMA user_version = 77");
	refused(-EPROTO);
}

static void test_other_program(void **state)
{
	change("CREATE TABLE mine(a); INSERT INTO mine VALUES(1)");
	refused(-EPROTO);
	assert_int_equal(ask("SELECT count(*) FROM sqlite_schema"), 1);
}

/* Whoever made it was killed before its tables were there. */
static void test_empty_database(void **state)
{
	change("PRAGMA journal_mode = WAL");
	store_close(open_whole(BEGIN));
	assert_int_equal(ask("SELECT count(*) FROM runs"), 1);
}

static void write_text(const char *text, size_t size)
{
	FILE *to = fopen(path, "w");

	assert_non_null(to);
	assert_int_equal(fwrite(text, 1, size, to), size);
	fclose(to);
}

static void test_no_database(void **state)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	write_text(text, sizeof(text));
	refused(-EMEDIUMTYPE);
	/* It is as it was. */
	assert_int_equal(truncate(path, 0), 0);
	store_close(open_whole(BEGIN));
}

static void test_cut_file(void **state)
{
	struct store *store = open_whole(BEGIN);
	struct stat status;
	int64_t at;

	for (at = BEGIN; at < BEGIN + 600; at++)
		sample(store, at, 800);
	store_close(store);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size / 2), 0);
	refused(-EUCLEAN);
}

/* A page in the middle that is no page. */
static void test_damaged_page(void **state)
{
	struct store *store = open_whole(BEGIN);
	char bytes[4096];
	int64_t at;
	int fd;

	for (at = BEGIN; at < BEGIN + 600; at++)
		sample(store, at, 800);
	store_close(store);
	memset(bytes, 0xa5, sizeof(bytes));
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 20 * 4096),
			 sizeof(bytes));
	close(fd);
	refused(-EUCLEAN);
}

static void test_link(void **state)
{
	char other[128];

	snprintf(other, sizeof(other), "%s/other", directory);
	assert_int_equal(symlink(other, path), 0);
	refused(-ELOOP);
	assert_int_equal(access(other, F_OK), -1);
}

static void test_no_regular_file(void **state)
{
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(-EINVAL);
	snprintf(path, sizeof(path), "%s/none/store.db", directory);
	refused(-ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_seconds_become_minutes),
		TEST(test_gap_behind_a_clock),
		TEST(test_minutes_become_hours),
		TEST(test_bytes_of_a_sample),
		TEST(test_clock_set_back),
		TEST(test_seconds_twice),
		TEST(test_clock_jumps_ahead),
		TEST(test_clock_jumps_and_returns),
		TEST(test_clock_jumps_between_runs),
		TEST(test_holders),
		TEST(test_reopened),
		TEST(test_next_run_shows_the_gap),
		TEST(test_second_writer),
		TEST(test_other_version),
		TEST(test_other_program),
		TEST(test_empty_database),
		TEST(test_no_database),
		TEST(test_cut_file),
		TEST(test_damaged_page),
		TEST(test_link),
		TEST(test_no_regular_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
