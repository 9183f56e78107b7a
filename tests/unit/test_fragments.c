// SPDX-License-Identifier: GPL-2.0
/*
 * Fragment arithmetic: a page is charged a bias, gives fragments out, gets
 * them back, and drains the bias that it did not use. The counter is stepped
 * here as the kernel does it, right or wrong, and judged at each point.
 */
#include <limits.h>

#include "unit.h"

static const int64_t biases[] = { LONG_MAX, LONG_MAX >> 1 };

/* One round of one page, as the kernel counts it. */
struct page_round {
	int64_t bias;
	int64_t count; /* the page's counter */
	int64_t issued;
	int64_t seen;
};

static struct page_round charge(int64_t bias)
{
	return (struct page_round){ .bias = bias, .count = bias };
}

static struct frag_cycle judged(const struct page_round *page)
{
	return (struct frag_cycle){ .count = page->count,
				    .issued = page->issued,
				    .seen = page->seen };
}

static uint32_t issue(struct page_round *page)
{
	struct frag_cycle round;

	page->issued++;
	round = judged(page);
	return frag_check_issue(&round);
}

static void give_back(struct page_round *page, bool seen)
{
	page->count--;
	page->seen += seen;
}

/* Takes @short_of less than what was not issued. */
static uint32_t drain(struct page_round *page, int64_t short_of)
{
	struct frag_cycle round;

	/* As the kernel's atomics do, which wrap. */
	page->count =
		(uint64_t)page->count - page->bias + page->issued + short_of;
	round = judged(page);
	return frag_check_drained(&round);
}

static void a_counter_tells_its_bias(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(frag_bias_of(biases[i]), biases[i]);
		assert_int_equal(frag_bias_of(biases[i] - 1), biases[i]);
		assert_int_equal(frag_bias_of(biases[i] - 32768), biases[i]);
	}
}

static void a_round_by_steps(void **state)
{
	struct page_round page;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		page = charge(biases[i]);
		/* Giving out does not touch the counter: the bias pays. */
		assert_int_equal(issue(&page), CHECK_NONE);
		assert_int_equal(issue(&page), CHECK_NONE);
		assert_int_equal(page.count, biases[i]);
		give_back(&page, true);
		assert_int_equal(issue(&page), CHECK_NONE);
		give_back(&page, false);
		assert_int_equal(issue(&page), CHECK_NONE);
		/* Drained of what was never issued: two are out. */
		assert_int_equal(drain(&page, 0), CHECK_NONE);
		assert_int_equal(page.count, 2);
		give_back(&page, true);
		/* The last one finds 1, or leaves 0. */
		assert_int_equal(frag_check_last(page.count), CHECK_NONE);
		give_back(&page, true);
		assert_int_equal(frag_check_last(page.count), CHECK_NONE);
	}
}

/* All but the newest may be back at any hand-out. */
static void each_back_before_the_next(void **state)
{
	struct page_round page;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < 2; i++) {
		page = charge(biases[i]);
		for (n = 0; n < 1000; n++) {
			assert_int_equal(issue(&page), CHECK_NONE);
			give_back(&page, n % 3);
		}
		assert_int_equal(issue(&page), CHECK_NONE);
		assert_int_equal(drain(&page, 0), CHECK_NONE);
		assert_int_equal(page.count, 1);
		assert_int_equal(frag_check_last(page.count), CHECK_NONE);
	}
}

static void all_out_until_the_drain(void **state)
{
	struct page_round page;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < 2; i++) {
		page = charge(biases[i]);
		for (n = 0; n < 1000; n++)
			assert_int_equal(issue(&page), CHECK_NONE);
		assert_int_equal(drain(&page, 0), CHECK_NONE);
		assert_int_equal(page.count, 1000);
	}
}

/* Somebody has a fragment, and the counter says that it is back. */
static void count_below_what_is_out(void **state)
{
	struct page_round page;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		/* Returned before it was given. */
		page = charge(biases[i]);
		give_back(&page, false);
		assert_int_equal(issue(&page), CHECK_frag_underflow);
		/* One of two returned twice: the third is counted as back. */
		page = charge(biases[i]);
		issue(&page);
		issue(&page);
		give_back(&page, true);
		give_back(&page, true);
		assert_int_equal(issue(&page), CHECK_NONE);
		give_back(&page, false);
		give_back(&page, false);
		assert_int_equal(issue(&page), CHECK_frag_underflow);
	}
}

static void charged_one_short(void **state)
{
	struct page_round page;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		page = charge(biases[i]);
		page.count--;
		assert_int_equal(issue(&page), CHECK_frag_underflow);
		/* From the next on it looks like one that is back. */
		assert_int_equal(issue(&page), CHECK_NONE);
	}
}

static void charged_one_over(void **state)
{
	struct frag_cycle round = { .issued = 1 };

	(void)state;
	/* One more than LONG_MAX is a number below 0. */
	round.count = LONG_MIN;
	assert_int_equal(frag_check_issue(&round), CHECK_frag_overflow);
	round.count = -1;
	assert_int_equal(frag_check_issue(&round), CHECK_frag_overflow);
	round.count = (LONG_MAX >> 1) + 1;
	assert_int_equal(frag_check_issue(&round), CHECK_frag_overflow);
	round.count = LONG_MAX >> 1;
	assert_int_equal(frag_check_issue(&round), CHECK_NONE);
	round.count = LONG_MAX;
	assert_int_equal(frag_check_issue(&round), CHECK_NONE);
}

static void no_fragment_was_issued(void **state)
{
	struct frag_cycle round = { .count = LONG_MAX };

	(void)state;
	assert_int_equal(frag_check_issue(&round), CHECK_frag_underflow);
	round.issued = 1;
	assert_int_equal(frag_check_issue(&round), CHECK_NONE);
}

static void drained_one_too_few(void **state)
{
	struct page_round page;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		page = charge(biases[i]);
		issue(&page);
		issue(&page);
		give_back(&page, true);
		assert_int_equal(drain(&page, 1), CHECK_frag_undrained);
		/* A return that we did not see hides one: no proof. */
		page = charge(biases[i]);
		issue(&page);
		issue(&page);
		give_back(&page, false);
		assert_int_equal(drain(&page, 1), CHECK_NONE);
		/* Not drained at all is never hidden. */
		page = charge(biases[i]);
		issue(&page);
		give_back(&page, false);
		assert_int_equal(drain(&page, biases[i] - 1),
				 CHECK_frag_undrained);
	}
}

static void drained_too_much(void **state)
{
	struct page_round page;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		page = charge(biases[i]);
		issue(&page);
		assert_int_equal(drain(&page, -2), CHECK_frag_underflow);
		/* One too much: as if the fragment were back. */
		page = charge(biases[i]);
		issue(&page);
		assert_int_equal(drain(&page, -1), CHECK_NONE);
	}
}

static void last_return(void **state)
{
	(void)state;
	assert_int_equal(frag_check_last(0), CHECK_NONE);
	assert_int_equal(frag_check_last(1), CHECK_NONE);
	assert_int_equal(frag_check_last(2), CHECK_frag_undrained);
	assert_int_equal(frag_check_last(LONG_MAX), CHECK_frag_undrained);
	assert_int_equal(frag_check_last((LONG_MAX >> 1) - 3),
			 CHECK_frag_undrained);
	assert_int_equal(frag_check_last(-1), CHECK_frag_underflow);
	assert_int_equal(frag_check_last(LONG_MIN), CHECK_frag_underflow);
}

#define PAGE 4096

static void one_after_the_other(void **state)
{
	(void)state;
	assert_int_equal(frag_check_place(0, 2048, 0, PAGE), CHECK_NONE);
	/* Up to the page's very end, and with a hole between them. */
	assert_int_equal(frag_check_place(2048, 2048, 2048, PAGE), CHECK_NONE);
	assert_int_equal(frag_check_place(2048, 1024, 1500, PAGE), CHECK_NONE);
	assert_int_equal(frag_check_place(0, PAGE, 0, PAGE), CHECK_NONE);
}

static void one_over_the_other(void **state)
{
	(void)state;
	assert_int_equal(frag_check_place(2047, 1024, 2048, PAGE),
			 CHECK_frag_bounds);
	assert_int_equal(frag_check_place(0, 2048, 2048, PAGE),
			 CHECK_frag_bounds);
	assert_int_equal(frag_check_place(1024, 64, 2048, PAGE),
			 CHECK_frag_bounds);
}

static void past_the_end(void **state)
{
	(void)state;
	assert_int_equal(frag_check_place(2048, 2049, 2048, PAGE),
			 CHECK_frag_bounds);
	assert_int_equal(frag_check_place(0, PAGE + 1, 0, PAGE),
			 CHECK_frag_bounds);
	assert_int_equal(frag_check_place(PAGE, 1, 2048, PAGE),
			 CHECK_frag_bounds);
}

static void a_page_of_order_1(void **state)
{
	(void)state;
	assert_int_equal(frag_check_place(3072, 2048, 3072, PAGE << 1),
			 CHECK_NONE);
	assert_int_equal(frag_check_place(6144, 2048, 6144, PAGE << 1),
			 CHECK_NONE);
	assert_int_equal(frag_check_place(6144, 2049, 6144, PAGE << 1),
			 CHECK_frag_bounds);
	/* The same place in a page of order 0. */
	assert_int_equal(frag_check_place(3072, 2048, 3072, PAGE),
			 CHECK_frag_bounds);
}

/* Each address of a line, whether the head is there or the end. */
static void eight_bytes(void **state)
{
	uint64_t at;

	(void)state;
	for (at = 0; at < 64; at++) {
		assert_int_equal(buffer_check_align(at, 4096),
				 at % 8 ? CHECK_frag_misaligned : CHECK_NONE);
		assert_int_equal(buffer_check_align(2048, 2048 + at),
				 at % 8 ? CHECK_frag_misaligned : CHECK_NONE);
		assert_int_equal(buffer_check_align(at, at + 2048),
				 at % 8 ? CHECK_frag_misaligned : CHECK_NONE);
	}
}

/* A fragment says where it begins; what its end means only its user knows. */
static void an_end_that_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(buffer_check_align(1024, 0), CHECK_NONE);
	assert_int_equal(buffer_check_align(1020, 0), CHECK_frag_misaligned);
	assert_int_equal(buffer_check_align(0, 0), CHECK_NONE);
}

/* The kernel's own case: skb_pp_cow_data() cut 1723 bytes off before it. */
static void behind_an_odd_fragment(void **state)
{
	(void)state;
	assert_int_equal(buffer_check_align(1723, 4096), CHECK_frag_misaligned);
	assert_int_equal(buffer_check_align(1728, 4096), CHECK_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_tells_its_bias),
		cmocka_unit_test(a_round_by_steps),
		cmocka_unit_test(each_back_before_the_next),
		cmocka_unit_test(all_out_until_the_drain),
		cmocka_unit_test(count_below_what_is_out),
		cmocka_unit_test(charged_one_short),
		cmocka_unit_test(charged_one_over),
		cmocka_unit_test(no_fragment_was_issued),
		cmocka_unit_test(drained_one_too_few),
		cmocka_unit_test(drained_too_much),
		cmocka_unit_test(last_return),
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(one_over_the_other),
		cmocka_unit_test(past_the_end),
		cmocka_unit_test(a_page_of_order_1),
		cmocka_unit_test(eight_bytes),
		cmocka_unit_test(an_end_that_is_not_known),
		cmocka_unit_test(behind_an_odd_fragment),
	};

	return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
