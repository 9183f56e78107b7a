// SPDX-License-Identifier: GPL-2.0
/*
 * Fragment arithmetic: a page is charged a bias, gives fragments out, gets
 * them back, and drains the bias that it did not use.
 */
#include "unit.h"

#define BIAS 65536

static void counter_follows_issue_return_and_drain(void **state)
{
	struct frag_account account = { .bias = BIAS };

	(void)state;
	assert_int_equal(frags_expected(&account), BIAS);
	account.issued = 5;
	/* Giving a fragment out does not touch the counter: the bias pays. */
	assert_int_equal(frags_expected(&account), BIAS);
	assert_int_equal(frags_out(&account), 5);
	account.returned = 2;
	assert_int_equal(frags_expected(&account), BIAS - 2);
	assert_int_equal(frags_out(&account), 3);
	account.drained = BIAS - 5;
	/* Drained of what was never issued: what is left is what is out. */
	assert_int_equal(frags_expected(&account), frags_out(&account));
	account.returned = 5;
	assert_int_equal(frags_expected(&account), 0);
	assert_int_equal(frags_out(&account), 0);
}

static void returned_before_drained_is_the_same(void **state)
{
	struct frag_account a = { .bias = BIAS, .issued = 3, .returned = 3 };
	struct frag_account b = a;

	(void)state;
	assert_int_equal(frags_expected(&a), BIAS - 3);
	a.drained = BIAS - 3;
	b.drained = BIAS - 3;
	b.returned = 2;
	assert_int_equal(frags_expected(&a), 0);
	assert_int_equal(frags_expected(&b), 1);
}

static void underflow(void **state)
{
	struct frag_account account = {
		.bias = BIAS, .issued = 4, .returned = 1, .drained = BIAS - 4
	};

	(void)state;
	assert_int_equal(frag_check(&account, 3, BIAS), CHECK_NONE);
	assert_int_equal(frag_check(&account, 2, BIAS), CHECK_frag_underflow);
	assert_int_equal(frag_check(&account, -1, BIAS), CHECK_frag_underflow);
	/* More than is out is what an undrained bias looks like. */
	assert_int_equal(frag_check(&account, 4, BIAS), CHECK_NONE);
}

static void overflow(void **state)
{
	struct frag_account account = { .bias = BIAS, .issued = 1 };

	(void)state;
	assert_int_equal(frag_check(&account, BIAS, BIAS), CHECK_NONE);
	assert_int_equal(frag_check(&account, BIAS + 1, BIAS),
			 CHECK_frag_overflow);
}

static void last_return(void **state)
{
	struct frag_account account = {
		.bias = BIAS, .issued = 2, .returned = 2, .drained = BIAS - 2
	};

	(void)state;
	/* 0 up to 6.6, 1 where the kernel resets the counter for reuse. */
	assert_int_equal(frag_check_last(&account, 0, 0), CHECK_NONE);
	assert_int_equal(frag_check_last(&account, 1, 1), CHECK_NONE);
	assert_int_equal(frag_check_last(&account, 1, 0), CHECK_frag_undrained);
	assert_int_equal(frag_check_last(&account, 0, 1), CHECK_frag_undrained);
	account.returned = 1;
	assert_int_equal(frag_check_last(&account, 0, 0), CHECK_frag_undrained);
	account.returned = 3;
	assert_int_equal(frag_check_last(&account, 0, 0), CHECK_frag_underflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter_follows_issue_return_and_drain),
		cmocka_unit_test(returned_before_drained_is_the_same),
		cmocka_unit_test(underflow),
		cmocka_unit_test(overflow),
		cmocka_unit_test(last_return),
	};

	return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
