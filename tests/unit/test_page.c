// SPDX-License-Identifier: GPL-2.0
/*
 * HTML reports: elements are closed in order, names of others are text, and
 * pages are of the size that they may have. In a browser: tests/live/html.sh.
 */
#include "unit.h"
#include "place.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "user/collect/replay.h"
#include "user/history/history.h"
#include "user/judge/session.h"
#include "user/monitor/store.h"
#include "user/report.h"
#include "user/report/page.h"
#include "user/util/utf8.h"

#define BEGIN 1800000000LL
#define DEEP 64

/* ---- a page that is looked at ---- */

static bool is_void(const char *name)
{
	return !strcmp(name, "meta") || !strcmp(name, "link") ||
	       !strcmp(name, "!DOCTYPE");
}

/* Behind a tag, whose name goes to @name; no markup is in its attributes. */
static const char *skip_tag(const char *at, char name[16])
{
	size_t length = 0;
	bool quoted = false;

	for (at++; *at && (quoted || *at != '>'); at++) {
		assert_true(*at != '<');
		if (*at == '"')
			quoted = !quoted;
		if (!isspace((unsigned char)*at) && length < 15)
			name[length++] = *at;
		else if (!quoted && isspace((unsigned char)*at))
			length = 15;
	}
	assert_int_equal(*at, '>');
	return at + 1;
}

static void name_of(const char *tag, char name[16])
{
	size_t length = strcspn(tag, " >\n");

	assert_true(length < 16);
	memcpy(name, tag, length);
	name[length] = '\0';
}

/* Each element that is opened is closed, in order. Returns how many scripts. */
static int must_be_well_formed(const char *text)
{
	char open[DEEP][16], name[16], skipped[16];
	int depth = 0, scripts = 0;
	const char *at = text;

	while ((at = strchr(at, '<'))) {
		name_of(at + 1, name);
		at = skip_tag(at, skipped);
		if (is_void(name))
			continue;
		if (*name == '/') {
			assert_true(depth > 0);
			assert_string_equal(name + 1, open[--depth]);
			continue;
		}
		assert_true(depth < DEEP);
		strcpy(open[depth++], name);
		if (strcmp(name, "script") && strcmp(name, "style"))
			continue;
		scripts += !strcmp(name, "script");
		/* Raw text, which only its own end ends. */
		at = strstr(at, *name == 's' && name[1] == 'c' ? "</script" :
								 "</style");
		assert_non_null(at);
	}
	assert_int_equal(depth, 0);
	assert_true(utf8_is_valid(text));
	return scripts;
}

/* ---- text ---- */

static void reads(const char *from, const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	page_text(to, from);
	fclose(to);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_text(void **state)
{
	reads("eth0/2 \xc3\xa9", "eth0/2 \xc3\xa9");
	reads("<script>", "&lt;script&gt;");
	reads("\"'&amp;", "&quot;&#39;&amp;amp;");
	reads("\xff\xfe-\xc3", "??"
			       "-?");
	reads("a\x1b[1m\r\x7f", "a?[1m??");
	reads("\xe2\x80\xae", "?");
	reads("", "");
	reads(NULL, "");
}

/* ---- recordings ---- */

static void check_recording(const char *path)
{
	struct session *session = session_new();
	struct verdict verdict = {};
	char why[256], wanted[64], *text = NULL;
	size_t size;
	FILE *to;

	assert_int_equal(replay(path, session_sink(session), why, sizeof(why)),
			 0);
	if (!session->has_probe) {
		session_finish(session);
		assert_int_equal(verdict_reach(session, &verdict), 0);
		to = open_memstream(&text, &size);
		assert_int_equal(report_html(to, session, &verdict), 0);
		fclose(to);
		assert_int_equal(must_be_well_formed(text), 0);
		snprintf(wanted, sizeof(wanted), "\">%s</p>",
			 verdict_name(&verdict));
		assert_non_null(strstr(text, wanted));
		verdict_clear(&verdict);
		free(text);
	}
	session_free(session);
}

static void test_recordings(void **state)
{
	DIR *directory = opendir("tests/golden");
	const struct dirent *entry;
	char path[512];
	int count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (!strstr(entry->d_name, ".jsonl"))
			continue;
		snprintf(path, sizeof(path), "tests/golden/%s", entry->d_name);
		check_recording(path);
		count++;
	}
	closedir(directory);
	assert_true(count > 30);
}

/* ---- a store ---- */

static int set_up(void **state)
{
	return make_place("store.db");
}

static void change(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* A store of @pools pools, minutes of @days days; hostile where it has names. */
static void make_store(int pools, int days, const char *name)
{
	const struct store_run run = { .time_s = BEGIN,
				       .boot_id = "<b>",
				       .armed_ns = 17,
				       .kernel = name,
				       .machine = "'\"<i>" };
	char sql[2048], *quoted, *said;
	struct store *store;
	int err;

	store = store_open(path, &run, &err);
	assert_non_null(store);
	store_close(store);
	quoted = sqlite3_mprintf("%Q", name);
	/* A monitor's own JSON is UTF-8. */
	said = sqlite3_mprintf("%Q", utf8_is_valid(name) ? name : "<s>");
	snprintf(
		sql, sizeof(sql),
		"BEGIN; UPDATE runs SET last = %lld;"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < %d) INSERT INTO pools SELECT i, 1, i, 1, '0x10', %s,"
		" %s, i, 1, 2, i, %lld FROM n;"
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 60 FROM n"
		" WHERE i < %d) INSERT INTO samples SELECT 60, %lld + i, id, 0,"
		" 800 + abs(random() %% 900), 100 + abs(random() %% 100),"
		" 1700 + abs(random() %% 3000), abs(random() %% 64),"
		" abs(random() %% 700), abs(random() %% 900000), i * 977 + abs(random() %% 999),"
		" i * 970, i / 300 FROM n, pools;"
		"INSERT INTO findings VALUES(1, 'leaked', 'FAIL', 3, 1,"
		" json_object('check', 'leaked', 'slot', 1, 'life', 1, 'comm', %s,"
		" 'stack', json_array(%s)), %lld, %lld);"
		"INSERT INTO holders VALUES(%lld, 1, 'socket', %s, %s, 3, 4, 5, 6);"
		"INSERT INTO losses VALUES(1, 'pools', %s, 3, %lld);"
		"INSERT INTO reasons VALUES(1, %s, 1, %s, 3, %lld, %lld);"
		"INSERT INTO gaps VALUES(1, %lld, %lld, 'clock'); COMMIT",
		BEGIN + days * 86400, pools, quoted, quoted, BEGIN,
		days * 86400, BEGIN, said, said, BEGIN + 9, BEGIN + 99,
		BEGIN + 60, quoted, quoted, quoted, BEGIN, quoted, quoted,
		BEGIN, BEGIN, BEGIN + 500, BEGIN + 600);
	change(sql);
	sqlite3_free(quoted);
	sqlite3_free(said);
}

/* On the heap */
static char *read_page(size_t *size)
{
	const struct history_span whole = {};
	struct history history;
	char why[256], *text = NULL;
	FILE *to;

	assert_int_equal(history_read(&history, path, &whole, why, sizeof(why)),
			 0);
	to = open_memstream(&text, size);
	assert_int_equal(history_write_html(to, &history), 0);
	fclose(to);
	history_clear(&history);
	return text;
}

static size_t count(const char *text, const char *word)
{
	size_t found = 0;

	for (; (text = strstr(text, word)); text++)
		found++;
	return found;
}

static void test_hostile_names(void **state)
{
	static const char *const names[] = {
		"</script><script>alert(1)</script>",
		"\"' onload=alert(1) x='",
		"<img src=x onerror=alert(1)>",
		"<!--<script>",
		"]]>&lt;b&gt;",
		"\xff<\xfe\x01\x1b[2J",
	};
	size_t i, size;
	char *text;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		make_store(2, 1, names[i]);
		text = read_page(&size);
		assert_int_equal(must_be_well_formed(text), 2);
		assert_int_equal(count(text, "<script"), 2);
		assert_int_equal(count(text, "<img"), 0);
		assert_int_equal(count(text, "<!--"), 0);
		free(text);
		assert_int_equal(unlink(path), 0);
	}
}

/* Seven days of 50 pools, whose numbers all differ. */
static void test_size(void **state)
{
	size_t size;
	char *text;

	make_store(50, 7, "eth0");
	text = read_page(&size);
	assert_int_equal(must_be_well_formed(text), 2);
	assert_int_equal(count(text, "data-plots="), 50);
	assert_true(size < 5000000);
	print_message("bytes of a page: %zu\n", size);
	free(text);
}

/* All that can be many is, with texts as long as they get. */
static void test_heavy(void **state)
{
	char sql[2048], text[400];
	size_t size;
	char *page;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	make_store(2000, 0, "eth0");
	snprintf(
		sql, sizeof(sql),
		"CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
		" SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n;"
		"BEGIN; UPDATE runs SET last = started + 86400;"
		"INSERT INTO samples SELECT 60, %lld + i * 60, id, 1,"
		" 100000 + random() %% 90000, 10000 + random() %% 9000,"
		" 1000000 + random() %% 90000, 50 + random() %% 40,"
		" 900 + random() %% 800, 80000000 + random() %% 9999999,"
		" i * 9770000 + random() %% 99999, i * 9700000, i * 3000"
		" FROM n, pools WHERE i < 1440 AND id <= 100;"
		"INSERT INTO holders SELECT %lld + t.i * 60, id, 'socket', '%s',"
		" 'tcp:[fe80::' || h.i, h.i, 1000 + t.i, 5, 6"
		" FROM n t, n h, pools WHERE t.i < 1440 AND t.i %% 10 = 0"
		" AND h.i <= 12 AND id <= 100;"
		"INSERT INTO runs SELECT NULL, 1, started, last, last, version,"
		" kernel, machine, 'PASS', 0 FROM runs, n;"
		"INSERT INTO gaps SELECT id, %lld + id * 20, %lld + id * 20 + 9,"
		" 'not_stored' FROM runs;"
		"INSERT INTO losses SELECT id, 'pools', '%.200s', 3, 5 FROM runs;"
		"INSERT INTO reasons SELECT id, 'held', 1, '%s', 3, last, last"
		" FROM runs; COMMIT",
		BEGIN, BEGIN, text, BEGIN, BEGIN, text, text);
	change(sql);
	page = read_page(&size);
	assert_int_equal(must_be_well_formed(page), 2);
	assert_int_equal(count(page, "data-plots="), 64);
	assert_int_equal(count(page, "And 2,001 rows more, all in JSON"), 1);
	assert_int_equal(count(page, "And 2,002 rows more, all in JSON"), 3);
	assert_int_equal(count(page, "And 1,000 rows more, all in JSON"), 2);
	print_message("bytes of a heavy page: %zu\n", size);
	assert_true(size < 5000000);
	free(page);
}

static void no_head(FILE *to, const void *context)
{
}

static int no_body(FILE *to, const void *context)
{
	return -EIO;
}

/* What it plots is given back though it was not written; it is ours again. */
static void test_body_that_fails(void **state)
{
	json_t *plots = json_array();
	const struct page page = { .title = "a",
				   .head = no_head,
				   .body = no_body,
				   .plots = json_incref(plots) };
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(page_write(to, &page), -EIO);
	assert_int_equal(plots->refcount, 1);
	json_decref(plots);
	fclose(to);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_body_that_fails),
		cmocka_unit_test_setup_teardown(test_hostile_names, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_heavy, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
