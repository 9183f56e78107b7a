// SPDX-License-Identifier: GPL-2.0
/* The verdict where allocations and puts are followed: history, and what was lost. */
#include "judged.h"

static void history_alone_is_a_reason(void **state)
{
	struct judged *j = *state;

	feed(j->session, FOLLOWED("handed_out_twice", "history"));
	feed_good(j);
	reach(j, EXIT_INCONCLUSIVE);
	assert_suspected(&j->verdict.reasons, CHECK_handed_out_twice, 1);
	assert_false(reasons_have(&j->verdict.reasons, REASON_UNDECIDED));
}

static void history_of_many_checks_never_fails(void **state)
{
	struct judged *j = *state;

	feed(j->session, FOLLOWED("handed_out_twice", "history"));
	feed(j->session, FOLLOWED("handed_out_twice", "history"));
	feed(j->session, FOLLOWED("put_while_pooled", "history"));
	feed(j->session, FOLLOWED("xdp_foreign_page", "history"));
	feed_good(j);
	reach(j, EXIT_INCONCLUSIVE);
	assert_suspected(&j->verdict.reasons, CHECK_handed_out_twice, 2);
	assert_suspected(&j->verdict.reasons, CHECK_put_while_pooled, 1);
	assert_suspected(&j->verdict.reasons, CHECK_xdp_foreign_page, 1);
}

static void history_that_is_proven_fails(void **state)
{
	struct judged *j = *state;

	feed(j->session, FOLLOWED("handed_out_twice", "history"));
	feed_good(j);
	feed(j->session, FOLLOWED("put_while_pooled", "direct"));
	reach(j, EXIT_FAIL);
	assert_int_equal(j->session->findings[CHECK_handed_out_twice].count, 1);
	assert_false(reasons_have(&j->verdict.reasons, REASON_UNDECIDED));
	assert_false(reasons_have(&j->verdict.reasons, REASON_UNSTORED));
}

static void history_that_a_race_proves_fails(void **state)
{
	struct judged *j = *state;

	feed(j->session, FOLLOWED("cache_race", "direct"));
	feed_good(j);
	feed(j->session, FOLLOWED("handed_out_twice", "history"));
	reach(j, EXIT_FAIL);
	assert_int_equal(j->session->findings[CHECK_handed_out_twice].count, 1);
}

static void nothing_lost_is_not_said(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, FLOW(1000, 990, 0));
	feed(j->session, FOLLOWED_OUT(10, 0, 10));
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.warnings.count, 0);
}

static void a_few_lost_hand_outs_are_a_warning(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	/* 5 % of what was seen, and not more. */
	feed(j->session, FLOW(1000, 1000, 100));
	reach(j, EXIT_PASS);
	assert_of_pool(j, &j->verdict.warnings, REASON_HAND_OUTS_LOST);
	assert_counts(&j->verdict.warnings, REASON_HAND_OUTS_LOST, 100, 2100);
	assert_int_equal(j->verdict.reasons.count, 0);
}

static void many_lost_hand_outs_are_a_reason(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, FLOW(1000, 1000, 101));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_HAND_OUTS_LOST);
	assert_counts(&j->verdict.reasons, REASON_HAND_OUTS_LOST, 101, 2101);
	assert_int_equal(j->verdict.warnings.count, 0);
}

static void losses_of_pools_not_asked_for(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'pool','slot':2,'life':1,'pool':'0x2','device':'eth1','judged':false}");
	feed(j->session,
	     "{'t':'flow','slot':2,'life':1,'flow':{'handed_out':1,'lost':9}}");
	feed(j->session,
	     "{'t':'followed','slot':2,'life':1,'out':1,'unsure':0,'kernel':9}");
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.warnings.count, 0);
}

static void fewer_out_than_the_pool_counts(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, FOLLOWED_OUT(3, 1, 5));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_FOLLOWED_DIFFERS);
	assert_int_equal(session_pool(j->session, 1, 1)->followed_out, 3);
	assert_int_equal(session_pool(j->session, 1, 1)->followed_kernel, 5);
}

static void more_out_than_the_pool_counts(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	/* However many are unsure: they would only add to it. */
	feed(j->session, FOLLOWED_OUT(6, 100, 5));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_FOLLOWED_DIFFERS);
	assert_int_equal(session_pool(j->session, 1, 1)->followed_out, 6);
}

/* Pages from before the watch may be out or not. */
static void unsure_pages_may_be_out(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, FOLLOWED_OUT(3, 2, 5));
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.warnings.count, 0);
}

static void unsure_pages_may_be_in(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, FOLLOWED_OUT(3, 2, 3));
	reach(j, EXIT_PASS);
}

/* The last comparison counts: an earlier one met a pool in motion. */
static void the_last_comparison_counts(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, FOLLOWED_OUT(3, 0, 5));
	feed(j->session, FOLLOWED_OUT(5, 0, 5));
	reach(j, EXIT_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(history_alone_is_a_reason),
		TEST(history_of_many_checks_never_fails),
		TEST(history_that_is_proven_fails),
		TEST(history_that_a_race_proves_fails),
		TEST(nothing_lost_is_not_said),
		TEST(a_few_lost_hand_outs_are_a_warning),
		TEST(many_lost_hand_outs_are_a_reason),
		TEST(losses_of_pools_not_asked_for),
		TEST(fewer_out_than_the_pool_counts),
		TEST(more_out_than_the_pool_counts),
		TEST(unsure_pages_may_be_out),
		TEST(unsure_pages_may_be_in),
		TEST(the_last_comparison_counts),
	};

	return cmocka_run_group_tests_name("verdict, function tier", tests,
					   NULL, NULL);
}
