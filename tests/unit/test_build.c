// SPDX-License-Identifier: GPL-2.0
/* JSON that is built: whole, or not written and an error. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

#include "user/collect/replay.h"
#include "user/diff/compare.h"
#include "user/facts/record.h"
#include "user/judge/verdict.h"
#include "user/report.h"
#include "user/util/build.h"

/* Run from the root of the tree, as tests/run does. */
#define RECORDINGS "tests/golden/*.jsonl"
#define ALLOCATIONS_MAX 1500

/* ---- what is written, and what is said ---- */

/* The text of a value, and what writing it gave. */
struct written {
	char *text;
	size_t size;
	int err;
};

static void clear(struct written *written)
{
	free(written->text);
	written->text = NULL;
}

/* Does each time the same: what is written to @to. */
typedef int (*write_it)(FILE *to, const void *of);

static struct written write_to_memory(write_it write, const void *of)
{
	struct written written = {};
	FILE *to = open_memstream(&written.text, &written.size);

	assert_non_null(to);
	written.err = write(to, of);
	assert_int_equal(fclose(to), 0);
	return written;
}

/* Standard error goes into @text from here on. */
struct said {
	int kept, file;
	char text[256];
};

static void begin_to_listen(struct said *said)
{
	fflush(stderr);
	said->kept = dup(STDERR_FILENO);
	said->file = memfd_create("stderr", 0);
	assert_true(said->kept >= 0 && said->file >= 0);
	dup2(said->file, STDERR_FILENO);
}

static void end_to_listen(struct said *said)
{
	ssize_t length;

	fflush(stderr);
	dup2(said->kept, STDERR_FILENO);
	length = pread(said->file, said->text, sizeof(said->text) - 1, 0);
	said->text[length < 0 ? 0 : length] = 0;
	close(said->kept);
	close(said->file);
}

/* Forgets what it said, for the next listening. */
static void forget(struct said *said)
{
	fflush(stderr);
	assert_int_equal(ftruncate(said->file, 0), 0);
	lseek(said->file, 0, SEEK_SET);
}

static size_t said_so_far(const struct said *said)
{
	fflush(stderr);
	return lseek(said->file, 0, SEEK_CUR);
}

static int write_value(FILE *to, const void *value)
{
	return build_write(to, (json_t *)value);
}

static int write_line(FILE *to, const void *value)
{
	return build_write_line(to, (json_t *)value);
}

/* ---- one value ---- */

static void what_is_whole_is_written(void **state)
{
	char *list[] = { "a", "b\xff" };
	json_t *object = build_object(), *array = build_array();
	struct written written;

	add_item(array, build_integer(-1));
	add_item(array, build_real(0.5));
	set_member(object, "array", array);
	set_string(object, "text", "eth\xff");
	set_number(object, "number", INT64_MIN);
	set_known(object, "known", true, 7);
	set_known(object, "unknown", false, 7);
	set_optional(object, "there", "");
	set_optional(object, "empty", null_if_empty(""));
	set_optional(object, "none", null_if_empty(NULL));
	set_member(object, "list", build_strings(&(struct strings){ list, 2 }));
	set_member(object, "address", build_address(UINT64_MAX));
	written = write_to_memory(write_line, object);
	assert_int_equal(written.err, 0);
	assert_string_equal(
		written.text,
		"{\"array\":[-1,0.5],\"text\":\"eth\\\\xff\","
		"\"number\":-9223372036854775808,\"known\":7,\"unknown\":null,"
		"\"there\":\"\",\"empty\":null,\"none\":null,"
		"\"list\":[\"a\",\"b\\\\xff\"],"
		"\"address\":\"0xffffffffffffffff\"}\n");
	clear(&written);
}

/* @value is not written; what is said of it. */
static void assert_refused(json_t *value, const char *text)
{
	struct said said;
	struct written written;

	begin_to_listen(&said);
	written = write_to_memory(write_value, value);
	end_to_listen(&said);
	assert_int_equal(written.err, BUILD_FAILED);
	assert_int_equal(written.size, 0);
	assert_string_equal(said.text, text);
	clear(&written);
	/* It is of this value alone. */
	written = write_to_memory(write_line, build_array());
	assert_int_equal(written.err, 0);
	assert_string_equal(written.text, "[]\n");
	clear(&written);
}

/* An object whose member "inner" is in a member of its own. */
static json_t *nest(json_t *inner)
{
	json_t *outer = build_object(), *object = build_object();

	set_number(outer, "before", 1);
	set_member(object, "inner", inner);
	set_member(outer, "outer", object);
	set_number(outer, "after", 1);
	return outer;
}

static void what_is_not_whole_says_what(void **state)
{
	json_t *array;

	assert_refused(
		nest(build_real(NAN)),
		"netmem-check: cannot make the JSON: member 'inner': a number that is not finite\n");
	assert_refused(
		nest(build_real(INFINITY)),
		"netmem-check: cannot make the JSON: member 'inner': a number that is not finite\n");
	assert_refused(
		nest(build_string(NULL)),
		"netmem-check: cannot make the JSON: member 'inner': no text where one is needed\n");
	assert_refused(
		nest(NULL),
		"netmem-check: cannot make the JSON: member 'inner': out of memory\n");
	array = build_array();
	add_item(array, build_string(NULL));
	assert_refused(
		nest(array),
		"netmem-check: cannot make the JSON: member 'inner': no text where one is needed\n");
	array = build_array();
	add_item(array, build_real(-INFINITY));
	assert_refused(
		array,
		"netmem-check: cannot make the JSON: a number that is not finite\n");
	assert_refused(NULL,
		       "netmem-check: cannot make the JSON: out of memory\n");
}

/* An enumeration's value that has no name, as of a damaged record. */
static void what_a_fact_cannot_say_is_refused(void **state)
{
	struct fact fact = { .type = FACT_blind,
			     .blind = { .check = CHECK_NONE, .why = "x" } };

	fact_complete(fact.type, &fact.has);
	assert_refused(
		fact_to_json(&fact),
		"netmem-check: cannot make the JSON: member 'check': no text where one is needed\n");
}

static int write_full(FILE *to, const void *value)
{
	FILE *full = fopen("/dev/full", "w");
	int err;

	assert_non_null(full);
	err = build_write(full, (json_t *)value);
	fclose(full);
	return err;
}

static void an_error_of_writing_is_another(void **state)
{
	struct written written = write_to_memory(write_full, build_array());

	assert_int_equal(written.err, -ENOSPC);
	clear(&written);
}

/* ---- allocations that fail ---- */

static size_t calls, fails_at; /* 0: none */
static bool counted = true;

static void *allocate(size_t size)
{
	if (!counted || ++calls != fails_at)
		return malloc(size);
	errno = ENOMEM;
	return NULL;
}

static int inject(void **state)
{
	json_set_alloc_funcs(allocate, free);
	return 0;
}

static int inject_no_more(void **state)
{
	json_set_alloc_funcs(malloc, free);
	fails_at = 0;
	return 0;
}

/*
 * Each allocation of a report fails once: it is whole, or not written, with a
 * message. Returns their number.
 */
static size_t fail_each(write_it write, const void *of)
{
	struct written whole, written = {};
	size_t count, failed = 0;
	struct said said;

	calls = fails_at = 0;
	whole = write_to_memory(write, of);
	assert_int_equal(whole.err, 0);
	/* It takes the square of their number; the biggest show nothing new. */
	count = calls < ALLOCATIONS_MAX ? calls : ALLOCATIONS_MAX;
	begin_to_listen(&said);
	for (fails_at = 1; fails_at <= count; fails_at++) {
		calls = 0;
		forget(&said);
		written = write_to_memory(write, of);
		if (!written.err && !strcmp(written.text, whole.text))
			assert_int_equal(said_so_far(&said), 0);
		else if (written.err == BUILD_FAILED && !written.size)
			failed += said_so_far(&said) > 0;
		else
			break;
		clear(&written);
	}
	end_to_listen(&said);
	assert_true(fails_at > count); /* none was half written */
	assert_true(failed > count / 2); /* and most were missed */
	assert_non_null(strstr(said.text, "out of memory\n"));
	fails_at = 0;
	clear(&whole);
	return count;
}

struct judged {
	struct session *session;
	struct verdict verdict;
};

static int write_report(FILE *to, const void *of)
{
	const struct judged *judged = of;

	return report_json(to, judged->session, &judged->verdict);
}

static int write_probe(FILE *to, const void *probe)
{
	return report_probe_json(to, probe);
}

/* The session of a recording; NULL: it is one that no session takes. */
static struct session *load(const char *path)
{
	struct session *session = session_new();
	char why[256];

	if (!replay(path, session_sink(session), why, sizeof(why)))
		return session;
	session_free(session);
	return NULL;
}

static size_t fail_each_of(const char *path)
{
	struct judged judged = { load(path), {} };
	size_t count;

	if (!judged.session)
		return 0;
	session_finish(judged.session);
	assert_int_equal(verdict_reach(judged.session, &judged.verdict), 0);
	count = judged.session->has_probe ?
			fail_each(write_probe, &judged.session->probe) :
			fail_each(write_report, &judged);
	verdict_clear(&judged.verdict);
	session_free(judged.session);
	return count;
}

static void a_report_is_whole_or_an_error(void **state)
{
	size_t i, reports = 0;
	glob_t paths;

	assert_int_equal(glob(RECORDINGS, 0, NULL, &paths), 0);
	for (i = 0; i < paths.gl_pathc; i++)
		reports += fail_each_of(paths.gl_pathv[i]) > 100;
	assert_true(reports > 20);
	globfree(&paths);
}

static int write_diff(FILE *to, const void *diff)
{
	return build_write(to, report_diff_json(diff));
}

static void a_comparison_is_whole_or_an_error(void **state)
{
	struct summary a, b;
	struct diff diff;
	char why[256];

	assert_int_equal(summary_load(&a, "tests/golden/diff/before.json", why,
				      sizeof(why)),
			 0);
	assert_int_equal(summary_load(&b, "tests/golden/diff/worse.json", why,
				      sizeof(why)),
			 0);
	assert_int_equal(diff_compare(&diff, &a, &b, 0.05), 0);
	assert_true(fail_each(write_diff, &diff) > 50);
	diff_clear(&diff);
	summary_clear(&a);
	summary_clear(&b);
}

/* A file's name is any bytes, in both reports. */
static void a_comparison_has_files_of_any_name(void **state)
{
	struct summary a, b;
	struct written written;
	struct diff diff;
	char why[256];

	assert_int_equal(summary_load(&a, "tests/golden/diff/before.json", why,
				      sizeof(why)),
			 0);
	assert_int_equal(summary_load(&b, "tests/golden/diff/before.json", why,
				      sizeof(why)),
			 0);
	b.path = "b\xff.json";
	assert_int_equal(diff_compare(&diff, &a, &b, 0.05), 0);
	written = write_to_memory(write_diff, &diff);
	assert_int_equal(written.err, 0);
	assert_non_null(strstr(written.text, "\"file\": \"b\\\\xff.json\""));
	clear(&written);
	diff_clear(&diff);
	summary_clear(&a);
	summary_clear(&b);
}

/* ---- recordings ---- */

static int record_fact(void *recorder, const struct fact *fact)
{
	counted = true;
	recorder_fact(recorder, fact);
	counted = false;
	return 0;
}

/* Records @from anew into @path; what the end of it gave. */
static int record(const char *from, const char *path)
{
	struct recorder *recorder;
	char why[256];
	int err;

	recorder = recorder_open(path, &err);
	assert_non_null(recorder);
	counted = false;
	err = replay(from, (struct fact_sink){ record_fact, recorder }, why,
		     sizeof(why));
	counted = true;
	assert_int_equal(err, 0);
	return recorder_close(recorder, 7);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, 0, file) > 0);
	fclose(file);
	return text;
}

static bool has_text(const char *path, const char *text)
{
	char *read = read_file(path);
	bool same = !strcmp(read, text);

	free(read);
	return same;
}

static bool is_refused(const char *path)
{
	struct session *session = session_new();
	char why[256];
	int err;

	counted = false;
	err = replay(path, session_sink(session), why, sizeof(why));
	counted = true;
	session_free(session);
	return err == -EINVAL;
}

/* What there is of it stands beside it; no reader takes it for complete. */
static bool parts_are_refused(const char *path)
{
	char pattern[64];
	bool refused = true;
	glob_t paths;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s.partial-*", path);
	if (glob(pattern, 0, NULL, &paths))
		return true;
	for (i = 0; i < paths.gl_pathc; i++) {
		refused = is_refused(paths.gl_pathv[i]) && refused;
		unlink(paths.gl_pathv[i]);
	}
	globfree(&paths);
	return refused;
}

static void a_recording_is_whole_or_refused(void **state)
{
	static const char from[] = "tests/golden/holders.none.jsonl";
	char path[] = "/tmp/netmem-build-XXXXXX", *whole;
	int fd = mkstemp(path), err;
	size_t count, refused = 0;
	struct said said;

	assert_true(fd >= 0);
	close(fd);
	calls = 0;
	assert_int_equal(record(from, path), 0);
	count = calls;
	whole = read_file(path);
	begin_to_listen(&said);
	for (fails_at = 1; fails_at <= count; fails_at++) {
		calls = 0;
		forget(&said);
		err = record(from, path);
		if (err == BUILD_FAILED && said_so_far(&said))
			refused++;
		else if (err)
			break;
		/* The recording that was there before survives a failure. */
		if (!has_text(path, whole) || !parts_are_refused(path))
			break;
	}
	end_to_listen(&said);
	unlink(path);
	free(whole);
	assert_true(fails_at > count);
	assert_true(refused > count / 2);
}

/* Nothing is taken that was not read whole, and it is not called damaged. */
static void a_reader_without_memory_says_so(void **state)
{
	struct session *session = session_new();
	struct summary summary;
	char why[256];

	/* The first one alone: jansson (2.14) breaks at some of the others. */
	fails_at = 1;
	calls = 0;
	assert_int_equal(replay("tests/golden/holders.kinds.jsonl",
				session_sink(session), why, sizeof(why)),
			 -ENOMEM);
	assert_string_equal(why, "Cannot allocate memory");
	session_free(session);
	calls = 0;
	assert_int_equal(summary_load(&summary, "tests/golden/diff/before.json",
				      why, sizeof(why)),
			 -ENOMEM);
	assert_string_equal(why, "Cannot allocate memory");
}

#define FAILING(name) \
	cmocka_unit_test_setup_teardown(name, inject, inject_no_more)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_whole_is_written),
		cmocka_unit_test(what_is_not_whole_says_what),
		cmocka_unit_test(what_a_fact_cannot_say_is_refused),
		cmocka_unit_test(an_error_of_writing_is_another),
		cmocka_unit_test(a_comparison_has_files_of_any_name),
		FAILING(a_report_is_whole_or_an_error),
		FAILING(a_comparison_is_whole_or_an_error),
		FAILING(a_recording_is_whole_or_refused),
		FAILING(a_reader_without_memory_says_so),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
