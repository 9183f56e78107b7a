// SPDX-License-Identifier: GPL-2.0
/* Windows: what the two counts of one stream of events prove. */
#include "unit.h"

#include "model/window.h"

static struct stream_sample sample(uint32_t counted, uint32_t seen)
{
	return (struct stream_sample){ .counted = counted, .seen = seen };
}

static struct stream_window opened(uint32_t counted, uint32_t seen)
{
	struct stream_window window = {};

	window_open(&window, sample(counted, seen));
	return window;
}

static void first_sample_only_opens(void **state)
{
	struct stream_window window = {};

	(void)state;
	assert_int_equal(window_judge(&window, sample(100, 100)),
			 WINDOW_OPENED);
	assert_int_equal(window_events(&window, sample(100, 100)), 0);
	window_open(&window, sample(100, 20));
	assert_int_equal(window_judge(&window, sample(100, 20)),
			 WINDOW_COMPLETE);
}

static void complete_with_any_offset(void **state)
{
	struct stream_window window = opened(1000, 3);

	(void)state;
	assert_int_equal(window_judge(&window, sample(1500, 503)),
			 WINDOW_COMPLETE);
	assert_int_equal(window_events(&window, sample(1500, 503)), 500);
}

static void one_lost(void **state)
{
	struct stream_window window = opened(10, 10);

	(void)state;
	assert_int_equal(window_judge(&window, sample(20, 19)),
			 WINDOW_UNSETTLED);
}

static void bulk_of_64_lost(void **state)
{
	struct stream_window window = opened(640, 640);

	(void)state;
	assert_int_equal(window_judge(&window, sample(1280, 1216)),
			 WINDOW_UNSETTLED);
	/* Opened anew after the gap, the next window is judged by itself. */
	window_open(&window, sample(1280, 1216));
	assert_int_equal(window_judge(&window, sample(1344, 1280)),
			 WINDOW_COMPLETE);
	assert_int_equal(window_events(&window, sample(1344, 1280)), 64);
}

static void late_event_settles(void **state)
{
	struct stream_window window = opened(10, 10);

	(void)state;
	/* Counted by the kernel, not stepped by us yet. */
	assert_int_equal(window_judge(&window, sample(11, 10)),
			 WINDOW_UNSETTLED);
	assert_int_equal(window_judge(&window, sample(11, 11)),
			 WINDOW_COMPLETE);
}

static void more_seen_than_counted_is_impossible(void **state)
{
	struct stream_window window = opened(10, 10);

	(void)state;
	assert_int_equal(window_judge(&window, sample(10, 11)),
			 WINDOW_IMPOSSIBLE);
}

static void counters_wrap(void **state)
{
	struct stream_window window = opened(0xfffffff0, 0xfffffff0);

	(void)state;
	assert_int_equal(window_judge(&window, sample(0x10, 0x10)),
			 WINDOW_COMPLETE);
	assert_int_equal(window_events(&window, sample(0x10, 0x10)), 0x20);
	assert_int_equal(window_judge(&window, sample(0x10, 0xf)),
			 WINDOW_UNSETTLED);
	assert_int_equal(window_judge(&window, sample(0x10, 0x11)),
			 WINDOW_IMPOSSIBLE);
	/* Only the kernel's count wraps: we started later. */
	window = opened(0xffffffff, 5);
	assert_int_equal(window_judge(&window, sample(0, 6)), WINDOW_COMPLETE);
	assert_int_equal(window_judge(&window, sample(1, 6)), WINDOW_UNSETTLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_sample_only_opens),
		cmocka_unit_test(complete_with_any_offset),
		cmocka_unit_test(one_lost),
		cmocka_unit_test(bulk_of_64_lost),
		cmocka_unit_test(late_event_settles),
		cmocka_unit_test(more_seen_than_counted_is_impossible),
		cmocka_unit_test(counters_wrap),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
