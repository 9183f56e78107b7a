// SPDX-License-Identifier: GPL-2.0
/* How suspicions become findings: by windows, and by what proves a history. */
#include "two_pools.h"

static void confirmed_by_both_pools(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, EVIDENCE("release_wrong_pool", 2, "")), 0);
	assert_int_equal(feed(s, WINDOW(1, "complete")), 0);
	assert_int_equal(found(s, CHECK_release_wrong_pool), 0);
	assert_int_equal(s->suspicion_count, 1);
	assert_int_equal(feed(s, WINDOW(2, "complete")), 0);
	assert_int_equal(found(s, CHECK_release_wrong_pool), 1);
	assert_int_equal(s->suspicion_count, 0);
	assert_int_equal(s->findings[CHECK_release_wrong_pool].confidence,
			 CONFIDENCE_WINDOW);
}

static void one_pool_needs_one_window(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, WINDOW(1, "complete"));
	assert_int_equal(found(s, CHECK_hold_twice), 1);
}

static void dropped_by_a_gap_in_the_first(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("release_wrong_pool", 2, ""));
	feed(s, WINDOW(1, "gap"));
	feed(s, WINDOW(2, "complete"));
	assert_int_equal(found(s, CHECK_release_wrong_pool), 0);
	assert_int_equal(s->suspicion_count, 0);
	assert_int_equal(s->dropped[CHECK_release_wrong_pool], 1);
	assert_false(session_pool(s, 1, 1)->trusted);
}

static void dropped_by_a_gap_in_the_second(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("release_wrong_pool", 2, ""));
	feed(s, WINDOW(1, "complete"));
	feed(s, WINDOW(2, "gap"));
	assert_int_equal(found(s, CHECK_release_wrong_pool), 0);
	assert_int_equal(s->dropped[CHECK_release_wrong_pool], 1);
}

static void untrusted_and_unjudged_drop_as_well(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, WINDOW(1, "untrusted"));
	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, WINDOW(1, "unjudged"));
	assert_int_equal(found(s, CHECK_hold_twice), 0);
	assert_int_equal(s->dropped[CHECK_hold_twice], 2);
	assert_int_equal(session_pool(s, 1, 1)->conclusive, 0);
	assert_int_equal(session_pool(s, 1, 1)->events, 20);
}

static void windows_of_other_pools_settle_nothing(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, WINDOW(2, "gap"));
	feed(s, WINDOW(2, "complete"));
	assert_int_equal(s->suspicion_count, 1);
}

static void direct_evidence_waits_for_nothing(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("freed_while_held", 1, ""));
	feed(s, EVIDENCE("pool_refcount", 1, ""));
	feed(s, EVIDENCE("leaked", 1, ",'direct':true"));
	assert_int_equal(found(s, CHECK_freed_while_held), 1);
	assert_int_equal(found(s, CHECK_pool_refcount), 1);
	assert_int_equal(found(s, CHECK_leaked), 1);
	assert_int_equal(s->findings[CHECK_leaked].confidence,
			 CONFIDENCE_DIRECT);
	feed(s, WINDOW(1, "gap"));
	assert_int_equal(found(s, CHECK_freed_while_held), 1);
}

#define UNSTORED(check, owner, count, more)                 \
	"{'t':'unstored','slot':1,'life':1,'check':'" check \
	"','owner_slot':" #owner ",'owner_life':1,'count':" #count more "}"

/* Counted with the finding that evidence made, and by the same windows. */
static void unstored_counts_with_its_finding(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, UNSTORED("hold_twice", 1, 200, ""));
	feed(s, UNSTORED("hold_twice", 1, 113, ""));
	assert_int_equal(s->suspicion_count, 2);
	feed(s, WINDOW(1, "complete"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_hold_twice), 314);
	assert_false(s->findings[CHECK_hold_twice].at_least);
	assert_int_equal(s->unstored[CHECK_hold_twice], 0);
}

static void unstored_waits_for_both_pools(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("release_wrong_pool", 1, ""));
	feed(s, UNSTORED("release_wrong_pool", 2, 7, ""));
	feed(s, WINDOW(1, "complete"));
	assert_int_equal(s->suspicion_count, 1);
	feed(s, WINDOW(2, "gap"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_release_wrong_pool), 1);
	assert_int_equal(s->dropped[CHECK_release_wrong_pool], 7);
}

/* Of another check than the one that was found: a number alone is no finding. */
static void unstored_without_a_finding(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, UNSTORED("release_not_held", 1, 5, ""));
	feed(s, WINDOW(1, "complete"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_hold_twice), 1);
	assert_int_equal(found(s, CHECK_release_not_held), 0);
	assert_int_equal(s->unstored[CHECK_release_not_held], 5);
}

static void unstored_direct_waits_for_nothing(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("freed_while_held", 1, ""));
	feed(s, UNSTORED("freed_while_held", 1, 4, ""));
	feed(s, EVIDENCE("put_while_pooled", 1, ",'direct':true"));
	feed(s, UNSTORED("put_while_pooled", 1, 9, ",'direct':true"));
	feed(s, WINDOW(1, "gap"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_freed_while_held), 5);
	assert_int_equal(found(s, CHECK_put_while_pooled), 10);
}

/* History is nobody's fault, whatever the windows say. */
static void unstored_history_stays_unproven(void **state)
{
	struct session *s = *state;

	feed(s, UNSTORED("handed_out_twice", 1, 6, ",'history':true"));
	feed(s, WINDOW(1, "complete"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 6);
}

/* A recording has their events as well: found again, they count once. */
static void unstored_and_replayed_count_once(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ",'event':'HOLD'"));
	feed(s, EVIDENCE("hold_twice", 1, ",'replayed':true"));
	feed(s, EVIDENCE("hold_twice", 1, ",'replayed':true"));
	feed(s, UNSTORED("hold_twice", 1, 2, ""));
	feed(s, WINDOW(1, "complete"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_hold_twice), 3);
}

/* Where not even a number was kept, the number is a lower bound. */
static void uncounted_violations_make_it_at_least(void **state)
{
	struct session *s = *state;

	feed(s, EVIDENCE("hold_twice", 1, ",'event':'HOLD'"));
	feed(s, "{'t':'loss','what':'evidence','count':3,'why':'?'}");
	feed(s, WINDOW(1, "complete"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_hold_twice), 1);
	assert_true(s->findings[CHECK_hold_twice].at_least);
}

#define AUDIT(refcounts)                                                     \
	"{'t':'audit','slot':1,'life':1,'cache':0,'ring':400,'rested':true," \
	"'duplicates':0,'foreign':0,'refcounts':" #refcounts "}"

/* An audit describes few of many wrong entries, and counts them all. */
static void an_audit_counts_what_it_does_not_describe(void **state)
{
	struct session *s = *state;

	feed(s, AUDIT(321));
	feed(s, EVIDENCE("pool_refcount", 1, ",'place':'ring','index':0"));
	feed(s, AUDIT(2));
	session_finish(s);
	assert_int_equal(found(s, CHECK_pool_refcount), 321);
	assert_true(s->findings[CHECK_pool_refcount].at_least);
}

static void an_audit_that_describes_all(void **state)
{
	struct session *s = *state;

	feed(s, AUDIT(2));
	feed(s, EVIDENCE("pool_refcount", 1, ",'place':'ring','index':0"));
	feed(s, EVIDENCE("pool_refcount", 1, ",'place':'ring','index':1"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_pool_refcount), 2);
	assert_false(s->findings[CHECK_pool_refcount].at_least);
}

static void one_key_counts_once(void **state)
{
	struct session *s = *state;
	const char *first = EVIDENCE("hold_twice", 1, ",'key':'a'");
	const char *second = EVIDENCE("hold_twice", 1, ",'key':'b'");

	/* While it waits ... */
	feed(s, first);
	feed(s, first);
	assert_int_equal(s->suspicion_count, 1);
	feed(s, WINDOW(1, "complete"));
	/* ... and after it was stable, one way ... */
	feed(s, first);
	assert_int_equal(s->suspicion_count, 0);
	assert_int_equal(found(s, CHECK_hold_twice), 1);
	feed(s, second);
	feed(s, WINDOW(1, "gap"));
	/* ... or the other. */
	feed(s, second);
	feed(s, WINDOW(1, "complete"));
	assert_int_equal(found(s, CHECK_hold_twice), 1);
	assert_int_equal(s->dropped[CHECK_hold_twice], 1);
	/* Without a key nothing is the same. */
	feed(s, EVIDENCE("pool_refcount", 1, ""));
	feed(s, EVIDENCE("pool_refcount", 1, ""));
	assert_int_equal(found(s, CHECK_pool_refcount), 2);
}

/* Of the function tier: pool 1, and a page of it. */
#define FOLLOWED(check, frame, extra)     \
	"{'t':'evidence','check':'" check \
	"','slot':1,'life':1,'frame':" #frame "," extra ":true}"
#define HISTORY(check, frame) FOLLOWED(check, frame, "'history'")
#define DIRECT(check, frame) FOLLOWED(check, frame, "'direct'")

static void history_waits_for_the_end(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, WINDOW(1, "complete"));
	feed(s, WINDOW(1, "complete"));
	assert_int_equal(s->suspicion_count, 1);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	session_finish(s);
	assert_int_equal(s->suspicion_count, 0);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 1);
	/* Once is enough. */
	session_finish(s);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 1);
}

/* Whether the last window closed or not. */
static void history_without_a_window_is_unproven(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	session_finish(s);
	assert_int_equal(s->suspicion_count, 0);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 1);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
}

static void history_in_a_gap_is_dropped(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, WINDOW(1, "gap"));
	session_finish(s);
	assert_int_equal(s->dropped[CHECK_handed_out_twice], 1);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 0);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
}

static void proven_by_a_later_put(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, WINDOW(1, "complete"));
	feed(s, DIRECT("put_while_pooled", 4096));
	assert_int_equal(found(s, CHECK_put_while_pooled), 1);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 1);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 0);
	assert_int_equal(s->findings[CHECK_handed_out_twice].confidence,
			 CONFIDENCE_OTHER);
	assert_int_equal(s->findings[CHECK_put_while_pooled].confidence,
			 CONFIDENCE_DIRECT);
}

static void proven_by_an_earlier_put(void **state)
{
	struct session *s = *state;

	feed(s, DIRECT("put_while_pooled", 4096));
	feed(s, WINDOW(1, "complete"));
	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, HISTORY("xdp_foreign_page", 4096));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 1);
	assert_int_equal(found(s, CHECK_xdp_foreign_page), 1);
}

static void proven_by_a_direct_hand_out(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, DIRECT("handed_out_twice", 4096));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 2);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 0);
}

static void proven_by_a_race_in_the_pool(void **state)
{
	struct session *s = *state;

	/* A race gives any page of the cache to both: before and after it. */
	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, DIRECT("cache_race", 4100));
	feed(s, HISTORY("handed_out_twice", 4097));
	session_finish(s);
	assert_int_equal(found(s, CHECK_cache_race), 1);
	assert_int_equal(found(s, CHECK_handed_out_twice), 2);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 0);
}

/* Other pages, pools, tenants and checks, and what is no proof itself. */
static void proofs_of_something_else(void **state)
{
	static const char *const others[] = {
		DIRECT("put_while_pooled", 4097),
		"{'t':'evidence','check':'put_while_pooled','slot':2,'life':1,'frame':4096,'direct':true}",
		"{'t':'evidence','check':'cache_race','slot':2,'life':1,'frame':4096,'direct':true}",
		"{'t':'evidence','check':'cache_race','slot':1,'life':2,'frame':4096,'direct':true}",
		DIRECT("frag_underflow", 4096),
		DIRECT("put_after_destroy", 4096),
		HISTORY("put_while_pooled", 4096),
		HISTORY("cache_race", 4096),
		DIRECT("freed_while_held", 4096),
	};
	struct session *s = *state;
	size_t i;

	feed(s,
	     "{'t':'pool','slot':1,'life':2,'pool':3,'device':'eth0','judged':true}");
	feed(s, HISTORY("handed_out_twice", 4096));
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(feed(s, others[i]), 0);
	feed(s, WINDOW(1, "complete"));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 1);
	assert_int_equal(s->unproven[CHECK_put_while_pooled], 1);
	assert_int_equal(s->unproven[CHECK_cache_race], 1);
}

/* A suspicion that only windows judge proves nothing before they did. */
static void a_suspicion_is_no_proof(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, EVIDENCE("put_while_pooled", 1, ""));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 1);
	/* The other one still waits for its window. */
	assert_int_equal(s->suspicion_count, 1);
}

static void many_of_history_are_all_settled(void **state)
{
	struct session *s = *state;

	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, HISTORY("handed_out_twice", 4097));
	feed(s, EVIDENCE("hold_twice", 1, ""));
	feed(s, HISTORY("handed_out_twice", 4098));
	feed(s, HISTORY("handed_out_twice", 4099));
	feed(s, DIRECT("put_while_pooled", 4098));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 1);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 3);
	assert_int_equal(s->suspicion_count, 1);
	assert_int_equal(s->suspicions[0].check, CHECK_hold_twice);
}

static void history_of_pools_not_asked_for(void **state)
{
	struct session *s = *state;

	feed(s,
	     "{'t':'pool','slot':1,'life':1,'pool':1,'device':'eth0','judged':false}");
	feed(s, HISTORY("handed_out_twice", 4096));
	feed(s, DIRECT("put_while_pooled", 4096));
	session_finish(s);
	assert_int_equal(found(s, CHECK_handed_out_twice), 0);
	assert_int_equal(found(s, CHECK_put_while_pooled), 0);
	assert_int_equal(s->unproven[CHECK_handed_out_twice], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(confirmed_by_both_pools),
		TEST(one_pool_needs_one_window),
		TEST(dropped_by_a_gap_in_the_first),
		TEST(dropped_by_a_gap_in_the_second),
		TEST(untrusted_and_unjudged_drop_as_well),
		TEST(windows_of_other_pools_settle_nothing),
		TEST(direct_evidence_waits_for_nothing),
		TEST(unstored_counts_with_its_finding),
		TEST(unstored_waits_for_both_pools),
		TEST(unstored_without_a_finding),
		TEST(unstored_direct_waits_for_nothing),
		TEST(unstored_history_stays_unproven),
		TEST(unstored_and_replayed_count_once),
		TEST(uncounted_violations_make_it_at_least),
		TEST(an_audit_counts_what_it_does_not_describe),
		TEST(an_audit_that_describes_all),
		TEST(one_key_counts_once),
		TEST(history_waits_for_the_end),
		TEST(history_without_a_window_is_unproven),
		TEST(history_in_a_gap_is_dropped),
		TEST(proven_by_a_later_put),
		TEST(proven_by_an_earlier_put),
		TEST(proven_by_a_direct_hand_out),
		TEST(proven_by_a_race_in_the_pool),
		TEST(proofs_of_something_else),
		TEST(a_suspicion_is_no_proof),
		TEST(many_of_history_are_all_settled),
		TEST(history_of_pools_not_asked_for),
	};

	return cmocka_run_group_tests_name("suspicions", tests, NULL, NULL);
}
