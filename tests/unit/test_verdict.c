// SPDX-License-Identifier: GPL-2.0
/* The verdict: each rule, once where it holds and once where it does not. */
#include "judged.h"

static void a_good_session_passes(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	reach(j, EXIT_PASS);
	assert_string_equal(verdict_name(&j->verdict), "PASS");
	assert_int_equal(j->verdict.reasons.count, 0);
	assert_int_equal(j->verdict.warnings.count, 0);
	assert_int_equal(j->verdict.coverage.events, 100);
	assert_true(j->verdict.coverage.share == 1);
	assert_int_equal(j->verdict.coverage.pools_compared, 1);
	assert_int_equal(j->verdict.coverage.checks_active, CHECK_COUNT - 1);
}

static void no_traffic_proves_nothing(void **state)
{
	struct judged *j = *state;

	feed(j->session, COUNT(5, 5, true));
	reach(j, EXIT_INCONCLUSIVE);
	find_reason(&j->verdict.reasons, REASON_NO_TRAFFIC);
}

static void coverage_below_the_threshold(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(89, "complete"));
	feed(j->session, WINDOW(11, "gap"));
	feed(j->session, COUNT(5, 5, true));
	reach(j, EXIT_INCONCLUSIVE);
	assert_counts(&j->verdict.reasons, REASON_COVERAGE_LOW, 100, 89);
	assert_of_pool(j, &j->verdict.warnings, REASON_POOL_GAPS);
}

static void coverage_at_the_threshold(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(90, "complete"));
	feed(j->session, WINDOW(10, "gap"));
	feed(j->session, COUNT(5, 5, true));
	reach(j, EXIT_PASS);
	assert_of_pool(j, &j->verdict.warnings, REASON_POOL_GAPS);
	assert_int_equal(session_pool(j->session, 1, 1)->gaps, 1);
	assert_int_equal(session_pool(j->session, 1, 1)->windows, 2);
}

static void a_failing_finding_wins(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'evidence','check':'freed_while_held','slot':1,'life':1}");
	feed(j->session, "{'t':'workload','status':1}");
	reach(j, EXIT_FAIL);
	assert_string_equal(verdict_name(&j->verdict), "FAIL");
}

static void a_stalled_pool_is_inconclusive(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'state','slot':1,'life':1,'state':'stalled','inflight':5}");
	reach(j, EXIT_INCONCLUSIVE);
	assert_int_equal(
		find_reason(&j->verdict.reasons, REASON_FINDING)->check,
		CHECK_stalled_shutdown);
}

/* It waits for no page: what it lacks is told, and no number of pages. */
static void a_stalled_pool_below_zero(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'state','slot':1,'life':1,'state':'stalled','inflight':-8}");
	reach(j, EXIT_FAIL);
	assert_int_equal(j->session->findings[CHECK_negative_inflight].count,
			 1);
	assert_int_equal(j->session->findings[CHECK_stalled_shutdown].count, 0);
	assert_int_equal(j->verdict.reasons.count, 0);
}

static void a_pool_below_zero_at_rest(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(10, "gap"));
	feed(j->session, COUNT_OF(2, 5, 0, 0, true));
	reach(j, EXIT_FAIL);
	assert_int_equal(j->session->findings[CHECK_negative_inflight].count,
			 1);
}

/* Its two counters were not read at one time. */
static void a_moving_pool_below_zero(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(10, "gap"));
	feed(j->session, COUNT_OF(2, 5, 0, 0, false));
	reach(j, EXIT_INCONCLUSIVE);
	assert_int_equal(j->session->findings[CHECK_negative_inflight].count,
			 0);
}

static void a_stalled_pool_that_went_passes(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'state','slot':1,'life':1,'state':'stalled','inflight':5}");
	feed(j->session, "{'t':'state','slot':1,'life':1,'state':'gone'}");
	reach(j, EXIT_PASS);
}

static void a_pool_never_at_rest_covers_nothing(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, COUNT(5, 5, false));
	reach(j, EXIT_INCONCLUSIVE);
	assert_int_equal(j->verdict.coverage.conclusive, 0);
	assert_of_pool(j, &j->verdict.reasons, REASON_NEVER_AT_REST);
}

/* COUNT() while the watch goes on, in so many looks. */
#define DURING(hold, shadow, quiet)                                    \
	"{'t':'count','slot':1,'life':1,'hold':" #hold ",'release':0," \
	"'shadow':" #shadow ",'scan':" #shadow ",'quiet':" #quiet ","  \
	"'during':true,'tries':20,'took_us':30}"

static void a_pool_compared_during_the_watch_may_go_on(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, DURING(5, 5, true));
	feed(j->session, DURING(6, 5, false));
	feed(j->session, COUNT(7, 5, false));
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.coverage.conclusive, 100);
	assert_of_pool(j, &j->verdict.warnings, REASON_NOT_COMPARED_AT_END);
}

static void what_was_compared_before_traffic_says_nothing(void **state)
{
	struct judged *j = *state;

	feed(j->session, DURING(5, 5, true));
	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, COUNT(7, 5, false));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_NEVER_AT_REST);
}

static void one_difference_that_nothing_confirms_is_doubt(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, DURING(5, 5, true));
	feed(j->session, DURING(6, 5, true));
	feed(j->session, COUNT(7, 5, false));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_COUNTS_DIFFER_ONCE);
}

static void a_difference_that_goes_is_none(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, DURING(6, 5, true));
	feed(j->session, COUNT(7, 7, true));
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.warnings.count, 0);
}

static void a_difference_of_a_moving_pool_that_stays_fails(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, DURING(6, 5, true));
	feed(j->session, DURING(9, 8, true));
	feed(j->session, COUNT(12, 9, false));
	reach(j, EXIT_FAIL);
}

static void differences_across_a_gap_are_not_one(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, DURING(6, 5, true));
	feed(j->session, WINDOW(1, "gap"));
	feed(j->session, WINDOW(1, "untrusted"));
	feed(j->session, DURING(9, 8, true));
	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, DURING(9, 8, true));
	feed(j->session, DURING(9, 9, true));
	feed(j->session, COUNT(9, 9, true));
	reach(j, EXIT_PASS);
}

#define LOST(events, lost)                                                   \
	"{'t':'window','slot':1,'life':1,'events':" #events ",'lost':" #lost \
	",'result':'gap'}"

static void events_that_did_not_come_have_numbers(void **state)
{
	const struct reason *reason;
	struct judged *j = *state;

	feed(j->session, LOST(300, 20));
	feed(j->session, WINDOW(100, "untrusted"));
	feed(j->session, WINDOW(500, "complete"));
	feed(j->session, LOST(100, 5));
	feed(j->session, LOSS("holds", 1));
	feed(j->session, COUNT(5, 5, true));
	reach(j, EXIT_INCONCLUSIVE);
	assert_int_equal(j->verdict.reasons.count, 1);
	reason = &j->verdict.reasons.items[0];
	assert_int_equal(reason->code, REASON_EVENTS_LOST);
	assert_null(reason->loss);
	assert_int_equal(reason->count, 25);
	assert_int_equal(reason->of, 1000);
	assert_int_equal(reason->times, 2);
	assert_true(reason->share > 0.49 && reason->share < 0.51);
	assert_true(reasons_have(&j->verdict.warnings, REASON_EVENTS_LOST));
}

static void gaps_of_a_device_are_one_line(void **state)
{
	const struct reason *reason;
	struct judged *j = *state;
	uint32_t i;

	feed(j->session,
	     "{'t':'pool','slot':2,'life':1,'pool':2,'device':'eth0',"
	     "'judged':true}");
	feed(j->session,
	     "{'t':'pool','slot':3,'life':1,'pool':3,'device':'eth1',"
	     "'judged':true}");
	for (i = 1; i <= 3; i++)
		feed(j->session,
		     i == 1 ? WINDOW(1, "gap") :
		     i == 2 ? "{'t':'window','slot':2,'life':1,'events':1,"
			      "'result':'gap'}" :
			      "{'t':'window','slot':3,'life':1,'events':1,"
			      "'result':'gap'}");
	feed(j->session, WINDOW(100, "untrusted"));
	reach(j, EXIT_INCONCLUSIVE);
	assert_int_equal(j->verdict.warnings.count, 2);
	reason = &j->verdict.warnings.items[0];
	assert_int_equal(reason->code, REASON_POOL_GAPS);
	assert_int_equal(reason->count, 2);
	assert_int_equal(reason->of, 3);
	assert_int_equal(reason->times, 2);
	assert_int_equal(j->verdict.warnings.items[1].times, 1);
}

#define STALLED(inflight, ms)                                                    \
	"{'t':'state','slot':1,'life':1,'state':'stalled','inflight':" #inflight \
	",'time_ms':" #ms "}"

static void a_pool_that_gets_its_pages_back_drains(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, STALLED(9, 1000));
	feed(j->session, STALLED(7, 2000));
	feed(j->session, STALLED(5, 9000));
	feed(j->session, COUNT(5, 5, true));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_DRAINING);
	assert_false(reasons_have(&j->verdict.reasons, REASON_NOT_WALKED));
	assert_int_equal(session_pool(j->session, 1, 1)->drain_first, 9);
	assert_int_equal(session_pool(j->session, 1, 1)->drain_last_ms, 9000);
}

static void a_pool_that_gets_none_back_does_not_drain(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, STALLED(5, 1000));
	feed(j->session, STALLED(5, 9000));
	feed(j->session, COUNT(5, 5, true));
	reach(j, EXIT_INCONCLUSIVE);
	assert_false(reasons_have(&j->verdict.reasons, REASON_DRAINING));
	assert_of_pool(j, &j->verdict.reasons, REASON_NOT_WALKED);
}

static void a_mismatch_after_a_loss_is_doubt(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(1, "gap"));
	feed(j->session, COUNT(5, 4, true));
	feed(j->session, COUNT(5, 4, true));
	feed(j->session, WINDOW(99, "untrusted"));
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_COUNTS_DIFFER_LOSSY);
}

static void a_mismatch_without_a_loss_fails(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, COUNT(5, 4, true));
	feed(j->session, COUNT(5, 4, true));
	reach(j, EXIT_FAIL);
}

static void a_failed_workload_proves_little(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, "{'t':'workload','status':1}");
	reach(j, EXIT_INCONCLUSIVE);
}

static void a_workload_that_succeeded(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, "{'t':'workload','status':0}");
	reach(j, EXIT_PASS);
}

static void suspicions_without_a_slot(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, "{'t':'unstored','slot':1,'life':1,'count':3}");
	feed(j->session, WINDOW(1, "complete"));
	reach(j, EXIT_INCONCLUSIVE);
	assert_counts(&j->verdict.reasons, REASON_UNSTORED, 3, 0);
}

/* A finding of another check does not hide them. */
static void suspicions_without_a_slot_beside_a_failure(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'evidence','check':'freed_while_held','slot':1,'life':1}");
	feed(j->session,
	     "{'t':'unstored','slot':1,'life':1,'check':'hold_twice','count':3}");
	feed(j->session, WINDOW(1, "complete"));
	reach(j, EXIT_FAIL);
	assert_counts(&j->verdict.reasons, REASON_UNSTORED, 3, 0);
}

static void suspicions_that_were_all_dropped(void **state)
{
	struct judged *j = *state;

	feed(j->session,
	     "{'t':'evidence','check':'hold_twice','slot':1,'life':1,'key':'k'}");
	feed(j->session, "{'t':'unstored','slot':1,'life':1,'count':3}");
	feed(j->session, WINDOW(1, "gap"));
	feed_good(j);
	reach(j, EXIT_PASS);
}

static void suspicions_that_still_wait(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'evidence','check':'hold_twice','slot':1,'life':1}");
	reach(j, EXIT_INCONCLUSIVE);
	assert_counts(&j->verdict.reasons, REASON_UNDECIDED, 1, 0);
}

static void a_replay_that_cannot_retrace(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'loss','what':'replay','count':2,'why':'because'}");
	reach(j, EXIT_INCONCLUSIVE);
	assert_loss(&j->verdict.reasons, REASON_REPLAY_DIFFERS, LOSS_REPLAY, 2);
}

static void other_losses_are_for_the_windows(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'loss','what':'frees','count':2,'why':'because'}");
	reach(j, EXIT_PASS);
}

/* Nested events that no program took are why windows have gaps. */
static void nested_losses_are_a_reason_below_the_threshold(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session, WINDOW(100, "gap"));
	feed(j->session, COUNT(5, 5, true));
	feed(j->session, COUNT(5, 5, true));
	feed(j->session, LOSS("releases", 7));
	reach(j, EXIT_INCONCLUSIVE);
	assert_loss(&j->verdict.reasons, REASON_EVENTS_LOST, LOSS_RELEASES, 7);
	assert_false(reasons_have(&j->verdict.warnings, REASON_EVENTS_LOST));
}

static void nested_losses_are_a_warning_above_it(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, LOSS("holds", 7));
	reach(j, EXIT_PASS);
	assert_loss(&j->verdict.warnings, REASON_EVENTS_LOST, LOSS_HOLDS, 7);
	assert_int_equal(j->verdict.reasons.count, 0);
}

static void blind_checks_are_counted(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session, "{'t':'blind','check':'leaked','why':'no walk'}");
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.coverage.checks_blind, 1);
	assert_int_equal(j->verdict.coverage.checks_active, CHECK_COUNT - 2);
}

static void pools_not_asked_for_do_not_count(void **state)
{
	struct judged *j = *state;

	feed_good(j);
	feed(j->session,
	     "{'t':'pool','slot':2,'life':1,'pool':'0x2','device':'eth1','judged':false}");
	feed(j->session,
	     "{'t':'window','slot':2,'life':1,'events':900,'result':'gap'}");
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.coverage.events, 100);
}

static void net_iov_is_said(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session,
	     "{'t':'count','slot':1,'life':1,'hold':5,'release':0,'shadow':5,'scan':5,'quiet':true,'net_iov':7}");
	reach(j, EXIT_PASS);
	assert_of_pool(j, &j->verdict.warnings, REASON_NET_IOVS_UNKNOWN);
	assert_int_equal(session_pool(j->session, 1, 1)->net_iov, 7);
}

static void followed_net_iovs_are_as_pages(void **state)
{
	struct judged *j = *state;

	feed(j->session, WINDOW(100, "complete"));
	feed(j->session,
	     "{'t':'count','slot':1,'life':1,'hold':5,'release':0,'shadow':5,'scan':5,'quiet':true,'net_iov':5,'unfollowed':false}");
	reach(j, EXIT_PASS);
	assert_false(
		reasons_have(&j->verdict.warnings, REASON_NET_IOVS_UNKNOWN));
}

/* They are counted by the pool alone: neither right nor wrong. */
static void older_net_iovs_leave_it_open(void **state)
{
	struct judged *j = *state;
	int look;

	feed(j->session, WINDOW(100, "complete"));
	for (look = 0; look < 2; look++)
		feed(j->session,
		     "{'t':'count','slot':1,'life':1,'hold':5,'release':0,'shadow':2,'scan':2,'quiet':true,'net_iov':2,'unfollowed':true}");
	feed(j->session,
	     "{'t':'followed','slot':1,'life':1,'out':1,'unsure':0,'kernel':4}");
	reach(j, EXIT_INCONCLUSIVE);
	assert_of_pool(j, &j->verdict.reasons, REASON_COUNTS_DIFFER_NET_IOVS);
	assert_false(
		reasons_have(&j->verdict.reasons, REASON_FOLLOWED_DIFFERS));
}

static void netlink_that_disagrees_is_said(void **state)
{
	struct judged *j = *state;

	feed(j->session,
	     "{'t':'pool','slot':1,'life':1,'pool':'0x1','device':'eth0','judged':true,'netlink_id':4}");
	feed_good(j);
	feed(j->session, "{'t':'netlink','pools':[{'id':4,'inflight':6}]}");
	reach(j, EXIT_PASS);
	assert_of_pool(j, &j->verdict.warnings, REASON_NETLINK_DIFFERS);
	assert_int_equal(session_pool(j->session, 1, 1)->netlink_inflight, 6);
}

static void netlink_that_agrees_is_not(void **state)
{
	struct judged *j = *state;

	feed(j->session,
	     "{'t':'pool','slot':1,'life':1,'pool':'0x1','device':'eth0','judged':true,'netlink_id':4}");
	feed_good(j);
	feed(j->session, "{'t':'netlink','pools':[{'id':4,'inflight':5}]}");
	reach(j, EXIT_PASS);
	assert_int_equal(j->verdict.warnings.count, 0);
}

static void assert_codes(const struct reasons *list,
			 const enum reason_code *codes, size_t count)
{
	size_t i;

	assert_int_equal(list->count, count);
	for (i = 0; i < count; i++)
		assert_string_equal(reason_infos[list->items[i].code].code,
				    reason_infos[codes[i]].code);
}

/* Findings, the watch as a whole, then each pool, then the workload. */
static void reasons_have_an_order(void **state)
{
	static const enum reason_code reasons[] = {
		REASON_FINDING,		 REASON_COVERAGE_LOW,
		REASON_EVENTS_LOST,	 REASON_UNSTORED,
		REASON_UNDECIDED,	 REASON_UNPROVEN,
		REASON_REPLAY_DIFFERS,	 REASON_NET_IOVS_LOST,
		REASON_NEVER_AT_REST,	 REASON_HAND_OUTS_LOST,
		REASON_FOLLOWED_DIFFERS, REASON_NOT_WALKED,
		REASON_WORKLOAD_FAILED,
	};
	static const enum reason_code warnings[] = {
		REASON_POOL_GAPS,
	};
	struct judged *j = *state;

	feed(j->session, "{'t':'workload','status':1}");
	feed(j->session, FLOW(1, 1, 9));
	feed(j->session, FOLLOWED_OUT(3, 0, 5));
	feed(j->session, WINDOW(100, "gap"));
	feed(j->session, LOSS("net_iovs", 1));
	feed(j->session, LOSS("replay", 1));
	feed(j->session, LOSS("holds", 1));
	feed(j->session, "{'t':'unstored','slot':1,'life':1,'count':3}");
	feed(j->session, WINDOW(1, "complete"));
	feed(j->session, FOLLOWED("handed_out_twice", "history"));
	feed(j->session,
	     "{'t':'evidence','check':'hold_twice','slot':1,'life':1}");
	feed(j->session,
	     "{'t':'state','slot':1,'life':1,'state':'stalled','inflight':5}");
	reach(j, EXIT_INCONCLUSIVE);
	assert_codes(&j->verdict.reasons, reasons,
		     sizeof(reasons) / sizeof(*reasons));
	assert_codes(&j->verdict.warnings, warnings,
		     sizeof(warnings) / sizeof(*warnings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_session_passes),
		TEST(no_traffic_proves_nothing),
		TEST(coverage_below_the_threshold),
		TEST(coverage_at_the_threshold),
		TEST(a_failing_finding_wins),
		TEST(a_stalled_pool_is_inconclusive),
		TEST(a_stalled_pool_below_zero),
		TEST(a_pool_below_zero_at_rest),
		TEST(a_moving_pool_below_zero),
		TEST(a_stalled_pool_that_went_passes),
		TEST(a_pool_never_at_rest_covers_nothing),
		TEST(a_pool_compared_during_the_watch_may_go_on),
		TEST(what_was_compared_before_traffic_says_nothing),
		TEST(one_difference_that_nothing_confirms_is_doubt),
		TEST(a_difference_that_goes_is_none),
		TEST(a_difference_of_a_moving_pool_that_stays_fails),
		TEST(differences_across_a_gap_are_not_one),
		TEST(events_that_did_not_come_have_numbers),
		TEST(gaps_of_a_device_are_one_line),
		TEST(a_pool_that_gets_its_pages_back_drains),
		TEST(a_pool_that_gets_none_back_does_not_drain),
		TEST(a_mismatch_after_a_loss_is_doubt),
		TEST(a_mismatch_without_a_loss_fails),
		TEST(a_failed_workload_proves_little),
		TEST(a_workload_that_succeeded),
		TEST(suspicions_without_a_slot),
		TEST(suspicions_without_a_slot_beside_a_failure),
		TEST(suspicions_that_were_all_dropped),
		TEST(suspicions_that_still_wait),
		TEST(a_replay_that_cannot_retrace),
		TEST(other_losses_are_for_the_windows),
		TEST(nested_losses_are_a_reason_below_the_threshold),
		TEST(nested_losses_are_a_warning_above_it),
		TEST(blind_checks_are_counted),
		TEST(pools_not_asked_for_do_not_count),
		TEST(net_iov_is_said),
		TEST(followed_net_iovs_are_as_pages),
		TEST(older_net_iovs_leave_it_open),
		TEST(netlink_that_disagrees_is_said),
		TEST(netlink_that_agrees_is_not),
		TEST(reasons_have_an_order),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
