// SPDX-License-Identifier: GPL-2.0
/* Lists of pages for a look, and what several looks say together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/collect/pagelist.h"
#include "user/collect/tries.h"

/* ---- lists ---- */

struct lists {
	struct pagelist pages;
	struct look_list list;
	struct logged_page log[PAGE_LOG];
};

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct lists));
	return !*state;
}

static int tear_down(void **state)
{
	struct lists *lists = *state;

	pagelist_clear(&lists->pages);
	look_list_clear(&lists->list);
	free(lists);
	return 0;
}

static void log_at(struct lists *lists, uint64_t number, uint32_t slot,
		   uint64_t netmem)
{
	lists->log[number % PAGE_LOG] =
		(struct logged_page){ .frame = netmem, .slot = slot };
}

/* The list has these, and is filled up to whole batches. */
static void assert_list(const struct lists *lists, const uint64_t *netmems,
			size_t count)
{
	size_t i;

	assert_int_equal(lists->list.count % LOOK_BATCH, 0);
	assert_true(lists->list.count < count + LOOK_BATCH);
	for (i = 0; i < lists->list.count; i++)
		assert_true(lists->list.netmems[i] ==
			    (i < count ? netmems[i] : FRAME_NONE));
}

static void a_list_has_the_pages_of_its_slot_once(void **state)
{
	static const uint64_t expected[] = { 3, 7, 9 };
	struct lists *lists = *state;

	pagelist_add(&lists->pages, 2, 9);
	pagelist_add(&lists->pages, 1, 5);
	pagelist_add(&lists->pages, 2, 3);
	pagelist_add(&lists->pages, 3, 1);
	pagelist_add(&lists->pages, 2, 9);
	pagelist_add(&lists->pages, 2, 7);
	pagelist_sort(&lists->pages);
	assert_int_equal(lists->pages.count, 5);
	look_list_make(&lists->list, &lists->pages, 2, lists->log, 0, 0);
	assert_list(lists, expected, 3);
}

static void logged_pages_complete_a_list(void **state)
{
	static const uint64_t expected[] = { 3, 4, 8 };
	const uint64_t from = PAGE_LOG - 2; /* the log begins anew */
	struct lists *lists = *state;

	pagelist_add(&lists->pages, 2, 3);
	pagelist_sort(&lists->pages);
	log_at(lists, from - 1, 2, 1); /* before the list was made */
	log_at(lists, from, 2, 8);
	log_at(lists, from + 1, 1, 6);
	log_at(lists, from + 2, 2, 4);
	log_at(lists, from + 3, 2, 3);
	log_at(lists, from + 4, 2, 8);
	log_at(lists, from + 5, 2, 2); /* not yet asked for */
	look_list_make(&lists->list, &lists->pages, 2, lists->log, from,
		       from + 5);
	assert_list(lists, expected, 3);
}

static void a_slot_without_pages_has_an_empty_list(void **state)
{
	struct lists *lists = *state;

	pagelist_add(&lists->pages, 2, 3);
	pagelist_sort(&lists->pages);
	look_list_make(&lists->list, &lists->pages, 4, lists->log, 0, 0);
	assert_int_equal(lists->list.count, 0);
}

static void long_lists_are_whole(void **state)
{
	struct lists *lists = *state;
	uint64_t i;

	for (i = 0; i < LOOK_CHUNK + 1; i++)
		pagelist_add(&lists->pages, 1, i * 7919 % (LOOK_CHUNK + 1));
	pagelist_sort(&lists->pages);
	look_list_make(&lists->list, &lists->pages, 1, lists->log, 0, 0);
	assert_int_equal(lists->list.count, LOOK_CHUNK + LOOK_BATCH);
	for (i = 0; i < LOOK_CHUNK + 1; i++)
		assert_true(lists->list.netmems[i] == i);
}

static void an_overrun_of_the_log_is_known(void **state)
{
	(void)state;
	assert_false(log_overrun(0, 0));
	assert_false(log_overrun(5, 5 + PAGE_LOG));
	assert_true(log_overrun(5, 6 + PAGE_LOG));
}

/* ---- tries ---- */

static struct look look_of(uint32_t hold, uint32_t held, int64_t marked)
{
	return (struct look){
		.stable = true,
		.hold = hold + 10,
		.release = 10,
		.held = held,
		.marked = marked,
	};
}

static void add(struct tries *tries, struct look look)
{
	tries_add(tries, &look);
}

static struct look in_motion(void)
{
	return (struct look){ .hold = 9, .held = 3, .marked = 2 };
}

static void two_looks_that_agree_are_enough(void **state)
{
	struct tries tries = {};

	(void)state;
	add(&tries, look_of(5, 5, 5));
	assert_false(tries.done || tries_caught(&tries));
	add(&tries, look_of(6, 6, 6));
	assert_true(tries.done && tries_caught(&tries));
	assert_true(look_agrees(&tries.last));
	assert_int_equal(tries.count, 2);
}

static void looks_in_motion_do_not_count(void **state)
{
	struct tries tries = {};
	int i;

	(void)state;
	add(&tries, look_of(5, 5, 5));
	for (i = 1; i < LOOK_TRIES; i++) {
		assert_false(tries.done);
		add(&tries, in_motion());
	}
	assert_true(tries.done);
	assert_false(tries_caught(&tries));
	assert_int_equal(tries.last.hold, 15);
}

static void a_difference_must_outlast_all_tries(void **state)
{
	struct tries tries = {};
	int i;

	(void)state;
	for (i = 1; i < LOOK_TRIES; i++) {
		add(&tries, look_of(5 + i, 4 + i, 5 + i));
		assert_false(tries.done);
	}
	add(&tries, look_of(9, 8, 9));
	assert_true(tries.done && tries_caught(&tries));
	assert_false(look_agrees(&tries.last));
}

static void a_difference_that_goes_in_the_tries_is_none(void **state)
{
	struct tries tries = {};
	int i;

	(void)state;
	for (i = 0; i < LOOK_TRIES - 2; i++)
		add(&tries, look_of(5, 5, 4));
	add(&tries, look_of(5, 5, 5));
	add(&tries, look_of(5, 5, 5));
	assert_true(tries_caught(&tries) && look_agrees(&tries.last));
}

static void looks_that_contradict_each_other_catch_nothing(void **state)
{
	struct tries tries = {};
	int i;

	(void)state;
	for (i = 0; i < LOOK_TRIES / 2; i++) {
		add(&tries, look_of(5, 5, 5));
		add(&tries, look_of(5, 5, 4));
	}
	assert_true(tries.done);
	assert_false(tries_caught(&tries));
}

static void a_kernel_without_a_mark_has_one_witness(void **state)
{
	struct tries tries = {};

	(void)state;
	add(&tries, look_of(5, 5, -1));
	add(&tries, look_of(5, 5, -1));
	assert_true(tries.done && look_agrees(&tries.last));
}

#define LIST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIST(a_list_has_the_pages_of_its_slot_once),
		LIST(logged_pages_complete_a_list),
		LIST(a_slot_without_pages_has_an_empty_list),
		LIST(long_lists_are_whole),
		LIST(an_overrun_of_the_log_is_known),
		cmocka_unit_test(two_looks_that_agree_are_enough),
		cmocka_unit_test(looks_in_motion_do_not_count),
		cmocka_unit_test(a_difference_must_outlast_all_tries),
		cmocka_unit_test(a_difference_that_goes_in_the_tries_is_none),
		cmocka_unit_test(
			looks_that_contradict_each_other_catch_nothing),
		cmocka_unit_test(a_kernel_without_a_mark_has_one_witness),
	};

	return cmocka_run_group_tests_name("looks", tests, NULL, NULL);
}
