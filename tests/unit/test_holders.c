// SPDX-License-Identifier: GPL-2.0
/* The result of a holder walk: pages by frame, and who has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "user/holders/holders.h"

/* Frames 5 (two holders), 7 (three), 9. */
static struct holding holdings[] = {
	{ 5, 0, 100 }, { 5, 2, 10 }, { 7, 0, 1 },
	{ 7, 1, 2 },   { 7, 2, 3 },  { 9, 1, 4 },
};

static const struct walk walk = { .holdings = holdings, .holding_count = 6 };

static void finds(uint64_t frame, size_t first, size_t expected)
{
	size_t count = 99;
	const struct holding *found = walk_find(&walk, frame, &count);

	assert_int_equal(count, expected);
	if (expected)
		assert_ptr_equal(found, &holdings[first]);
	else
		assert_null(found);
}

static void test_find_several(void **state)
{
	finds(5, 0, 2);
	finds(7, 2, 3);
	finds(9, 5, 1);
}

static void test_find_none(void **state)
{
	finds(0, 0, 0);
	finds(6, 0, 0);
	finds(8, 0, 0);
	finds(10, 0, 0);
	finds(UINT64_MAX, 0, 0);
}

static void test_find_in_nothing(void **state)
{
	const struct walk empty = {};
	size_t count = 99;

	assert_null(walk_find(&empty, 5, &count));
	assert_int_equal(count, 0);
}

static void test_clear(void **state)
{
	struct walk full = {
		.holders = calloc(2, sizeof(struct holder)),
		.holder_count = 2,
		.holdings = calloc(3, sizeof(struct holding)),
		.holding_count = 3,
		.places = calloc(1, sizeof(struct place)),
		.place_count = 1,
		.packets = 7,
	};
	const struct walk empty = {};

	walk_clear(&full);
	assert_memory_equal(&full, &empty, sizeof(full));
	walk_clear(&full); /* again does no harm */
}

/* Without the bases nothing in memory can be found: told, not tried. */
static void test_open_without_bases(void **state)
{
	const struct memory memory = { .page_struct_size = 64 };
	struct holders *holders = NULL;
	const char *why = NULL;

	assert_int_equal(holders_open(&holders, &memory, &why), -EOPNOTSUPP);
	assert_null(holders);
	assert_string_equal(
		why, "the bases of vmemmap and the direct map were not found");
	holders_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_several),
		cmocka_unit_test(test_find_none),
		cmocka_unit_test(test_find_in_nothing),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_open_without_bases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
