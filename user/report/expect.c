// SPDX-License-Identifier: GPL-2.0
/* Expectations in words. */
#include <stdio.h>

#include "user/report.h"
#include "user/util/utf8.h"

static const char *reason_of(enum expect_reason reason)
{
	switch (reason) {
	case EXPECT_NOT_READ:
		return "another version of netmem-check recorded it";
	case EXPECT_NO_POOL:
		return "no such pool was judged";
	case EXPECT_NO_STATS:
		return "there are no statistics of these pools (CONFIG_PAGE_POOL_STATS), and the function tier did not run";
	case EXPECT_NOTHING:
		return "nothing was counted";
	case EXPECT_NOT_AT_REST:
		return "a pool was never at rest, so cache and ring were not counted";
	case EXPECT_FOLDED:
		return "pools that are gone are counted as one sum";
	default:
		return "";
	}
}

/* A percentage to one digit, never rounded up, unless it then looks equal. */
static void write_number(const struct expectation *asked, double number,
			 char *text, size_t size)
{
	double shown = (int64_t)(number * 10) / 10.0;

	if (!expect_is_percent(asked->name))
		utf8_print(text, size, "%.15g", number);
	else if (shown == asked->wanted && number != asked->wanted)
		utf8_print(text, size, "%.4f %%", number);
	else
		utf8_print(text, size, "%.1f %%", shown);
}

const char *expectation_text(const struct expected *expected, char *text,
			     size_t size)
{
	const struct expectation *asked = &expected->asked;
	bool percent = expected->reason != EXPECT_NOT_READ &&
		       expect_is_percent(asked->name);
	char number[64];
	size_t at;

	if (expected->reason == EXPECT_NOT_READ) {
		utf8_print(text, size, "expected '%s': %s", expected->text,
			   reason_of(expected->reason));
		return text;
	}
	at = utf8_print(text, size, "expected %s%s%s %s %.15g%s, ",
			expect_name(asked->name), asked->pool[0] ? " of " : "",
			asked->pool, expect_op(asked->op), asked->wanted,
			percent ? " %" : "");
	write_number(asked, expected->got, number, sizeof(number));
	if (expected->reason)
		utf8_print(text + at, size - at, "not known: %s",
			   reason_of(expected->reason));
	else
		utf8_print(text + at, size - at, "got %s", number);
	return text;
}
