// SPDX-License-Identifier: GPL-2.0
/* Times in and out. */
#include <errno.h>

#include "unit.h"

#include "user/util/util.h"

static void times_are_parsed(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {
		{ "0", 0 },	   { "90", 90000 },    { "250ms", 250 },
		{ "10s", 10000 },  { "1.5s", 1500 },   { "5m", 300000 },
		{ "2h", 7200000 }, { "1d", 86400000 }, { ".5", 500 },
		{ "1e3ms", 1000 },
	};
	uint64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		ms = 12345;
		if (parse_time(good[i].text, &ms) || ms != good[i].ms)
			fail_msg("'%s' is not %ju ms", good[i].text,
				 (uintmax_t)good[i].ms);
	}
}

static void other_text_is_no_time(void **state)
{
	static const char *const bad[] = { "",	     "s",     "ten", "-1",
					   "1x",     "1 s",   "1sm", "nan",
					   "-0.1ms", "1e12x", "0x",  "-inf" };
	uint64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (parse_time(bad[i], &ms) != -EINVAL)
			fail_msg("'%s' was taken for a time", bad[i]);
}

/* Beyond it nanoseconds would not fit; the border itself is a time. */
static void times_have_a_bound(void **state)
{
	static const char *const longest[] = {
		"100000d",    "2400000h",    "144000000m",
		"8640000000", "8640000000s", "8640000000000ms"
	};
	static const char *const longer[] = {
		"100000.00001d", "100001d",	    "2400000.001h",
		"144000000.01m", "8640000000.1",    "8640000000001ms",
		"307445734.57m", "18446744073709s", "1e12d",
		"1e308d",	 "1e999",	    "inf"
	};
	uint64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(longest); i++) {
		if (parse_time(longest[i], &ms) || ms != 8640000000000)
			fail_msg("'%s' is not the longest time", longest[i]);
		assert_true(ms <= INT64_MAX / 1000000);
	}
	for (i = 0; i < ARRAY_LEN(longer); i++) {
		ms = 42;
		if (parse_time(longer[i], &ms) != -ERANGE)
			fail_msg("'%s' is no time that is too long", longer[i]);
		assert_int_equal(ms, 42);
	}
}

static void times_are_written(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} times[] = {
		{ 0, "0 ms" },		{ 999, "999 ms" },
		{ 1000, "1.0 s" },	{ 4200, "4.2 s" },
		{ 60000, "1 m 0 s" },	{ 200000, "3 m 20 s" },
		{ 3600000, "1 h 0 m" }, { 90000000, "25 h 0 m" },
	};
	char buffer[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(times); i++)
		assert_string_equal(format_time(times[i].ms, buffer,
						sizeof(buffer)),
				    times[i].text);
}

static void columns_are_asked_for(void **state)
{
	static const char *const others[] = { "",  "0",	  "-80",
					      "x", "80x", "70000" };
	FILE *file = tmpfile();
	size_t i;

	(void)state;
	assert_non_null(file);
	setenv("COLUMNS", "120", 1);
	assert_int_equal(text_columns(file), 120);
	for (i = 0; i < ARRAY_LEN(others); i++) {
		setenv("COLUMNS", others[i], 1);
		assert_int_equal(text_columns(file), 0);
	}
	unsetenv("COLUMNS");
	assert_int_equal(text_columns(file), 0);
	fclose(file);
}

static void the_clock_runs_forward(void **state)
{
	uint64_t before = now_ns();

	(void)state;
	assert_true(before > 0);
	assert_true(now_ns() >= before);
}

static void a_file_that_is_not_there(void **state)
{
	char path[4096];

	(void)state;
	assert_int_equal(find_data_file("no-such-file.o", path, sizeof(path)),
			 -ENOENT);
}

static void errors_of_the_kernel_have_a_text(void **state)
{
	(void)state;
	/* ENOTSUPP, for which the C library has "Unknown error 524". */
	assert_string_equal(error_text(-524), "not supported by this kernel");
	assert_string_equal(error_text(-ENOENT), strerror(ENOENT));
	/* The C library writes both of its own into one buffer. */
	assert_string_equal(error_text(-523), "Unknown error 523");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_parsed),
		cmocka_unit_test(other_text_is_no_time),
		cmocka_unit_test(times_have_a_bound),
		cmocka_unit_test(times_are_written),
		cmocka_unit_test(columns_are_asked_for),
		cmocka_unit_test(the_clock_runs_forward),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(errors_of_the_kernel_have_a_text),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
