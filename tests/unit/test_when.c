// SPDX-License-Identifier: GPL-2.0
/* Points in time of --from and --to. */
#include "unit.h"

#include <errno.h>

#include "user/util/util.h"
#include "user/util/when.h"

#define NOW 1796000000LL
#define NOON 1796040000LL /* 2026-11-30 12:00:00 UTC */

static void reads(const char *text, int64_t wanted)
{
	int64_t seconds = -1;

	assert_int_equal(when_parse(text, NOW, &seconds), 0);
	assert_int_equal(seconds, wanted);
}

static void refuses(const char *text)
{
	int64_t seconds;

	assert_int_equal(when_parse(text, NOW, &seconds), -EINVAL);
}

static void test_absolute(void **state)
{
	reads("2026-11-30T12:00:00Z", NOON);
	reads("2026-11-30t12:00:00z", NOON);
	reads("2026-11-30 12:00", NOON);
	reads("2026-11-30 12:00:07", NOON + 7);
	reads("2026-11-30T12:00:07.250Z", NOON + 7);
	reads("2026-11-30", NOON - 12 * 3600);
	reads("2026-11-30T13:30+01:30", NOON);
	reads("2026-11-30T07:00:00-05:00", NOON);
	reads("2028-02-29", 1835395200);
}

static void test_relative(void **state)
{
	reads("now", NOW);
	reads("-2h", NOW - 7200);
	reads("-90", NOW - 90);
	reads("-1d", NOW - 86400);
}

static void test_wrong(void **state)
{
	static const char *const texts[] = {
		"",
		"yesterday",
		"2h",
		"-",
		"-2 hours",
		"--2h",
		"2026-13-01",
		"2026-11-31",
		"2027-02-29",
		"2026-11-30T",
		"2026-11-30T25:00",
		"2026-11-30 12:00 CET",
		"2026-11-30x",
		"2026-11-30T12:00+1",
		"2026-11-30T12:00+24:00",
		"2026-11-30T12:00+ 1:00",
		"2026-11-30T12:00++1:00",
		"2026-11-30T12:00+01:-5",
		"2026-11-30T12:00+01:60",
		" 2026-11-30",
		"2026- 1-30",
		"2026-11-\t3",
		"2026-11-30T 1:00",
		"2026-11-30  12:00",
		"2026-11-30 12: 1: 1",
		"12:00",
		"2026-11-30T12:00Zx",
		"-nan",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		refuses(texts[i]);
}

static void test_text(void **state)
{
	char text[32];

	assert_string_equal(when_text(NOON, text, sizeof(text)),
			    "2026-11-30 12:00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
