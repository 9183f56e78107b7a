// SPDX-License-Identifier: GPL-2.0
/* The holder walk in a session: its facts, and what follows from them. */
#include <errno.h>

#include "walks.h"

#include "user/report.h"

static uint64_t found(const struct session *session, enum model_check check)
{
	return session->findings[check].count;
}

/* ---- facts ---- */

/* Facts that are right, and their members that must be there. */
static const struct {
	const char *fact;
	const char *needed[12];
} facts[] = {
	{ WALK(2),
	  { "walk", "took_us", "kernel_us", "namespaces", "sockets",
	    "packets" } },
	{ PLACE(1, "qdiscs", true), { "walk", "place", "walked", "objects" } },
	{ HOLDER(1, 1, 2, ""),
	  { "walk", "slot", "life", "kind", "what", "place", "pages", "bytes",
	    "oldest_ms", "confidence" } },
	{ HELD(1, 1, 3, 2, 0),
	  { "slot", "life", "walk", "out", "attributed", "unheld" } },
	{ UNHELD(1, 4096), { "slot", "life", "frame", "state", "age_ms" } },
	{ NUDGE, { "cpus" } },
	{ NUDGED(1, 3, 2), { "slot", "life", "before", "after" } },
};

static void malformed_facts_are_refused(void **state)
{
	const char *const *member;
	json_t *fact;
	size_t i;

	feed(*state, WALK(1));
	for (i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		for (member = facts[i].needed; *member; member++) {
			fact = parse(facts[i].fact);
			json_object_set_new(fact, *member, json_array());
			assert_int_equal(feed_json(*state, fact), -EINVAL);
			json_object_del(fact, *member);
			assert_int_equal(feed_json(*state, fact), -EINVAL);
			json_decref(fact);
		}
	/* Whole they are taken. */
	for (i = sizeof(facts) / sizeof(*facts); i-- > 0;)
		assert_int_equal(feed(*state, facts[i].fact), 0);
}

static void members_that_may_be_missing_have_their_type(void **state)
{
	static const char *const members[] = { "pid",	    "comm",  "fd",
					       "processes", "local", "remote",
					       "state",	    "inode", "device",
					       "netns",	    "cpu",   "queue" };
	json_t *fact;
	size_t i;

	feed(*state, WALK(1));
	for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
		fact = parse(HOLDER(1, 1, 2, ""));
		json_object_set_new(fact, members[i], json_array());
		assert_int_equal(feed_json(*state, fact), -EINVAL);
		json_decref(fact);
	}
	assert_int_equal(feed(*state, "{'t':'nudge','cpus':0,'why':7}"),
			 -EINVAL);
	assert_int_equal(
		feed(*state,
		     "{'t':'place','walk':1,'place':'a','walked':true,'objects':1,'why':7}"),
		-EINVAL);
	assert_int_equal(session_pool(*state, 1, 1)->holders.count, 0);
}

static void pools_and_walks_come_before_who_names_them(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, PLACE(1, "qdiscs", true)), -EINVAL);
	assert_int_equal(feed(s, HOLDER(1, 1, 2, "")), -EINVAL);
	assert_int_equal(feed(s, HELD(1, 1, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, UNHELD(1, 4096)), -EINVAL);
	assert_int_equal(feed(s, WALK(0)), -EINVAL);
	assert_int_equal(feed(s, WALK(-1)), -EINVAL);
	assert_int_equal(feed(s, WALK(1)), 0);
	assert_int_equal(feed(s, WALK(1)), -EINVAL);
	assert_int_equal(feed(s, HELD(0, 1, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, HELD(2, 1, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, HELD(1, 9, 3, 2, 0)), -EINVAL);
	assert_int_equal(feed(s, HOLDER(1, 9, 2, "")), -EINVAL);
	assert_int_equal(feed(s, UNHELD(9, 4096)), -EINVAL);
	assert_int_equal(feed(s, NUDGED(9, 2, 1)), -EINVAL);
}

static void numbers_are_not_below_zero(void **state)
{
	feed(*state, WALK(1));
	assert_int_equal(feed(*state, HELD(1, 1, -1, 0, 0)), -EINVAL);
	assert_int_equal(feed(*state, HELD(1, 1, 3, -1, 0)), -EINVAL);
	assert_int_equal(feed(*state, HELD(1, 1, 3, 0, -1)), -EINVAL);
	assert_int_equal(feed(*state, HOLDER(1, 1, -2, "")), -EINVAL);
}

static void a_later_walk_replaces_an_earlier_one(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	feed(s, WALK(1));
	feed(s, HOLDER(1, 1, 2, ""));
	feed(s, HOLDER(1, 1, 1, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	feed(s, HELD(1, 1, 3, 3, 0));
	assert_int_equal(pool->holders.count, 2);
	assert_int_equal(pool->held.walks, 1);
	feed(s, WALK(2));
	/* Until the second one tells of the pool, the first one counts. */
	assert_int_equal(pool->holders.count, 2);
	feed(s, HELD(2, 1, 3, 0, 3));
	assert_int_equal(pool->holders.count, 0);
	feed(s, HOLDER(1, 1, 2, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	assert_int_equal(pool->holders.count, 0);
	assert_int_equal(pool->held.unaccounted, 3);
	assert_int_equal(pool->held.walks, 2);
}

static void unheld_pages_may_come_before_their_number(void **state)
{
	struct session *s = *state;
	struct pool *pool = session_pool(s, 1, 1);

	feed(s, WALK(1));
	feed(s, HELD(1, 1, 2, 1, 0));
	feed(s, WALK(2));
	feed(s, UNHELD(1, 4096));
	feed(s, HELD(2, 1, 2, 1, 1));
	assert_int_equal(pool->unheld_pages.count, 1);
	/* They are of the second walk, not of the third. */
	feed(s, WALK(3));
	feed(s, HELD(3, 1, 2, 2, 0));
	assert_int_equal(pool->unheld_pages.count, 0);
}

static void a_place_is_blind_when_any_walk_was(void **state)
{
	struct session *s = *state;
	char text[256];

	feed(s, WALK(1));
	feed(s, PLACE(1, "sockets", true));
	feed(s, PLACE(1, "old device", true));
	feed(s, PLACE(1, "qdiscs", false));
	feed(s, WALK(2));
	assert_int_equal(s->places.count, 1);
	feed(s, PLACE(2, "qdiscs", true));
	feed(s, PLACE(2, "sockets", true));
	feed(s, PLACE(2, "sockets", true));
	assert_int_equal(s->places.count, 2);
	assert_int_equal(session_blind_spots(s), 1);
	assert_string_equal(blind_spots_text(s, text, sizeof(text)), "qdiscs");
	assert_int_equal(s->places.items[1].objects, 24);
	/* Too late for the second walk, and still a blind spot. */
	feed(s, PLACE(1, "sockets", false));
	assert_int_equal(session_blind_spots(s), 2);
	assert_int_equal(s->walks_placed, 2);
}

static void many_blind_spots_are_shortened(void **state)
{
	struct session *s = *state;
	char text[256];

	assert_string_equal(blind_spots_text(s, text, sizeof(text)), "");
	feed(s, WALK(1));
	feed(s, PLACE(1, "a", false));
	feed(s, PLACE(1, "b", false));
	feed(s, PLACE(1, "c", false));
	feed(s, PLACE(1, "d", false));
	assert_string_equal(blind_spots_text(s, text, sizeof(text)),
			    "a, b, c, d");
	feed(s, PLACE(1, "e", false));
	feed(s, PLACE(1, "f", false));
	assert_string_equal(blind_spots_text(s, text, sizeof(text)),
			    "a, b, c, d and 2 more");
	/* Never beyond its buffer. */
	assert_int_equal(strlen(blind_spots_text(s, text, 5)), 4);
}

/* ---- what follows ---- */

static void finish_with(struct session *s, enum leak_reason reason)
{
	const struct pool *pool = session_pool(s, 1, 1);

	assert_int_equal(pool->leak_reason, LEAK_REASON_NONE);
	session_finish(s);
	assert_int_equal(found(s, CHECK_leaked), 0);
	assert_int_equal(found(s, CHECK_stalled_shutdown), 1);
	assert_int_equal(s->findings[CHECK_stalled_shutdown].severity,
			 SEVERITY_INCONCLUSIVE);
	assert_int_equal(pool->leak_reason, reason);
}

/* Why leaks could not be seen. */
static void assert_blind(const struct session *s, enum blind_code code)
{
	const struct blind_fact *blind = session_blind(s, CHECK_leaked);

	assert_non_null(blind);
	assert_int_equal(blind->code, code);
}

static void a_page_that_two_walks_met_nowhere_is_leaked(void **state)
{
	struct session *s = *state;
	const struct finding *finding = &s->findings[CHECK_leaked];

	feed_leak(s);
	session_finish(s);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->severity, SEVERITY_FAIL);
	assert_int_equal(finding->confidence, CONFIDENCE_WALKS);
	assert_int_equal(finding->evidence.check, CHECK_leaked);
	assert_int_equal(finding->evidence.netmem, 4096);
	assert_int_equal(finding->evidence.state, STATE_OUT);
	assert_int_equal(finding->evidence.age_ms, 900);
	assert_int_equal(finding->evidence.recycled, 2);
	assert_int_equal(finding->evidence.xdp_verdict, XDP_VERDICT_DROP);
	assert_int_equal(finding->evidence.inflight, 3);
	assert_int_equal(finding->evidence.walks, 2);
	assert_false(fact_has(&finding->evidence, evidence, handed_out));
	assert_null(session_blind(s, CHECK_leaked));
}

static void one_walk_proves_nothing(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	finish_with(*state, LEAK_REASON_NONE);
	assert_blind(*state, BLIND_ONE_WALK);
}

static void the_second_walk_alone_proves_nothing(void **state)
{
	feed_stalled(*state);
	feed_second_walk(*state);
	finish_with(*state, LEAK_REASON_ONE_WALK);
}

static void a_blind_spot_of_either_walk(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	feed(*state, PLACE(1, "qdiscs", false));
	feed_second_walk(*state);
	feed(*state, PLACE(2, "qdiscs", true));
	finish_with(*state, LEAK_REASON_BLIND_SPOT);
	assert_blind(*state, BLIND_BLIND_SPOTS);
}

static void a_walk_that_told_no_places(void **state)
{
	feed_stalled(*state);
	feed(*state, WALK(1));
	feed(*state, HELD(1, 1, 3, 1, 0));
	feed_second_walk(*state);
	finish_with(*state, LEAK_REASON_WALK_NOT_PLACED);
	assert_blind(*state, BLIND_WALK_NOT_PLACED);
}

static void a_third_walk_that_never_came_to_the_pool(void **state)
{
	feed_leak(*state);
	feed(*state, WALK(3));
	feed(*state, PLACE(3, "sockets", true));
	finish_with(*state, LEAK_REASON_NOT_IN_LAST_WALK);
}

static void a_check_that_was_told_blind_finds_nothing(void **state)
{
	feed(*state, "{'t':'blind','check':'leaked','why':'a snapshot'}");
	feed_leak(*state);
	finish_with(*state, LEAK_REASON_CHECK_BLIND);
	assert_string_equal(leak_reason_text(*state, LEAK_REASON_CHECK_BLIND),
			    "a snapshot");
	/* And suspect_leak, of the other pool: it is alive. And never_freed. */
	assert_int_equal(((struct session *)*state)->blind.count, 3);
}

static void numbers_that_do_not_add_up(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	feed(*state, WALK(2));
	feed(*state, PLACE(2, "sockets", true));
	feed(*state, HELD(2, 1, 3, 2, 2));
	feed(*state, UNHELD(1, 4096));
	finish_with(*state, LEAK_REASON_NOT_WHOLE);
}

static void no_page_that_shows_it(void **state)
{
	feed_stalled(*state);
	feed_first_walk(*state);
	feed(*state, WALK(2));
	feed(*state, PLACE(2, "sockets", true));
	feed(*state, HELD(2, 1, 3, 1, 2));
	finish_with(*state, LEAK_REASON_NOT_WHOLE);
}

static void pages_that_came_back_since(void **state)
{
	feed_leak(*state);
	feed(*state, STALLED(1, 2));
	finish_with(*state, LEAK_REASON_CAME_BACK);
}

static void a_pool_that_lost_events(void **state)
{
	feed_leak(*state);
	feed(*state, WINDOW(1, "gap"));
	finish_with(*state, LEAK_REASON_EVENTS_LOST);
}

/* The scan corrected its words, and the next window was whole. */
static void a_pool_that_is_trusted_again(void **state)
{
	feed_leak(*state);
	feed(*state, WINDOW(1, "gap"));
	feed(*state, WINDOW(1, "untrusted"));
	feed(*state, WINDOW(1, "complete"));
	session_finish(*state);
	assert_int_equal(found(*state, CHECK_leaked), 2);
}

static void a_pool_with_net_iov(void **state)
{
	feed_leak(*state);
	feed(*state,
	     COUNT(1, 3, 3, 3, ",'quiet':true,'net_iov':1,'unfollowed':false"));
	finish_with(*state, LEAK_REASON_NET_IOVS);
}

/* None of them is known, and so none is counted. */
static void a_pool_with_older_net_iovs(void **state)
{
	feed_leak(*state);
	feed(*state,
	     COUNT(1, 3, 3, 3, ",'quiet':true,'net_iov':0,'unfollowed':true"));
	finish_with(*state, LEAK_REASON_NET_IOVS);
}

static void a_pool_that_never_rested(void **state)
{
	feed_leak(*state);
	feed(*state, COUNT(1, 3, 3, 3, ",'quiet':false"));
	finish_with(*state, LEAK_REASON_NOT_AT_REST);
}

static void a_pool_without_a_look(void **state)
{
	feed(*state, STALLED(1, 3));
	feed_first_walk(*state);
	feed_second_walk(*state);
	finish_with(*state, LEAK_REASON_NOT_AT_REST);
}

static void a_look_that_disagrees_once(void **state)
{
	feed_leak(*state);
	feed(*state, COUNT(1, 3, 3, 2, ",'quiet':true"));
	finish_with(*state, LEAK_REASON_COUNTS_DIFFER);
}

static void a_kernel_without_a_signature_has_no_scan(void **state)
{
	feed_leak(*state);
	feed(*state, COUNT(1, 3, 3, -1, ",'quiet':true"));
	session_finish(*state);
	assert_int_equal(found(*state, CHECK_leaked), 2);
}

static void pools_that_are_no_matter(void **state)
{
	struct session *s = *state;

	feed_leak(s);
	/* All is back. */
	feed(s, "{'t':'state','slot':1,'life':1,'state':'gone'}");
	/* Active, and so its driver may have pages. */
	feed(s, HELD(2, 2, 3, 1, 2));
	feed(s, UNHELD(2, 5000));
	session_finish(s);
	assert_int_equal(found(s, CHECK_leaked), 0);
	assert_int_equal(found(s, CHECK_stalled_shutdown), 0);
}

static void pools_that_nobody_asked_for(void **state)
{
	feed_leak(*state);
	feed(*state, POOL(1, false));
	session_finish(*state);
	assert_int_equal(found(*state, CHECK_leaked), 0);
	assert_int_equal(found(*state, CHECK_stalled_shutdown), 0);
}

static void with_all_pages_named_it_only_warns(void **state)
{
	struct session *s = *state;

	feed_stalled(s);
	feed(s, WALK(1));
	feed(s, PLACE(1, "qdiscs", false));
	feed(s, HOLDER(1, 1, 3, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	session_finish(s);
	assert_int_equal(s->findings[CHECK_stalled_shutdown].severity,
			 SEVERITY_WARN);
	/* No page needed the blind spot. */
	assert_null(session_blind(s, CHECK_leaked));
}

/* Each is one less than all pages with a name. */
static void almost_all_is_not_all(void **state)
{
	static const char *const held[] = {
		HELD(1, 1, 3, 2, 0), /* one that moved */
		HELD(1, 1, 2, 2, 0), /* one that the walk did not know of */
	};
	struct session *s;
	size_t i;

	for (i = 0; i < sizeof(held) / sizeof(*held); i++) {
		assert_int_equal(set_up((void **)&s), 0);
		feed_stalled(s);
		feed(s, WALK(1));
		feed(s, HOLDER(1, 1, 3, ""));
		feed(s, held[i]);
		finish_with(s, LEAK_REASON_NONE);
		session_free(s);
	}
	/* All, and nobody to name. */
	feed_stalled(*state);
	feed(*state, WALK(1));
	feed(*state, HELD(1, 1, 3, 3, 0));
	finish_with(*state, LEAK_REASON_NONE);
}

/* Nothing enters a destroyed pool: those that are left had a holder. */
static void what_came_back_needs_no_holder(void **state)
{
	struct session *s = *state;

	feed_stalled(s);
	feed(s, WALK(1));
	feed(s, HOLDER(1, 1, 4, ""));
	feed(s, HELD(1, 1, 4, 4, 0));
	session_finish(s);
	assert_int_equal(s->findings[CHECK_stalled_shutdown].severity,
			 SEVERITY_WARN);
}

static void the_worst_pool_decides(void **state)
{
	struct session *s = *state;
	const struct finding *finding = &s->findings[CHECK_stalled_shutdown];

	feed_stalled(s);
	feed(s, WALK(1));
	feed(s, HOLDER(1, 1, 3, ""));
	feed(s, HELD(1, 1, 3, 3, 0));
	feed(s, STALLED(2, 1));
	session_finish(s);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->severity, SEVERITY_INCONCLUSIVE);
	assert_ptr_equal(finding_pool(s, finding), session_pool(s, 2, 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(malformed_facts_are_refused),
		TEST(members_that_may_be_missing_have_their_type),
		TEST(pools_and_walks_come_before_who_names_them),
		TEST(numbers_are_not_below_zero),
		TEST(a_later_walk_replaces_an_earlier_one),
		TEST(unheld_pages_may_come_before_their_number),
		TEST(a_place_is_blind_when_any_walk_was),
		TEST(many_blind_spots_are_shortened),
		TEST(a_page_that_two_walks_met_nowhere_is_leaked),
		TEST(one_walk_proves_nothing),
		TEST(the_second_walk_alone_proves_nothing),
		TEST(a_blind_spot_of_either_walk),
		TEST(a_walk_that_told_no_places),
		TEST(a_third_walk_that_never_came_to_the_pool),
		TEST(a_check_that_was_told_blind_finds_nothing),
		TEST(numbers_that_do_not_add_up),
		TEST(no_page_that_shows_it),
		TEST(pages_that_came_back_since),
		TEST(a_pool_that_lost_events),
		TEST(a_pool_that_is_trusted_again),
		TEST(a_pool_with_net_iov),
		TEST(a_pool_with_older_net_iovs),
		TEST(a_pool_that_never_rested),
		TEST(a_pool_without_a_look),
		TEST(a_look_that_disagrees_once),
		TEST(a_kernel_without_a_signature_has_no_scan),
		TEST(pools_that_are_no_matter),
		TEST(pools_that_nobody_asked_for),
		TEST(with_all_pages_named_it_only_warns),
		TEST(almost_all_is_not_all),
		TEST(what_came_back_needs_no_holder),
		TEST(the_worst_pool_decides),
	};

	return cmocka_run_group_tests_name("session holders", tests, NULL,
					   NULL);
}
