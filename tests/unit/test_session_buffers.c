// SPDX-License-Identifier: GPL-2.0
/* Sessions: misaligned buffers, of which a pool gives one as evidence and all as a number. */
#include "unit.h"

#include "user/report.h"

#define POOL(slot, judged)                                                   \
	"{'t':'pool','slot':" #slot ",'life':1,'pool':'0xffff88810000" #slot \
	"000','device':'eth0','judged':" #judged "}"
#define EVIDENCE(slot)                                              \
	"{'t':'evidence','check':'frag_misaligned','slot':" #slot   \
	",'life':1,'frame':4096,'event':'XDP_FRAME','direct':true," \
	"'detail':[1723,3776,2373,0],'key':'" #slot "'}"
#define INSPECTED(slot, frames, misaligned)                            \
	"{'t':'inspected','slot':" #slot ",'life':1,'frames':" #frames \
	",'misaligned':" #misaligned "}"
#define FLOW(slot, issued, misaligned)              \
	"{'t':'flow','slot':" #slot                 \
	",'life':1,'flow':{'frags_issued':" #issued \
	",'frags_misaligned':" #misaligned "}}"

static int set_up(void **state)
{
	struct session *session = session_new();

	*state = session;
	return !session || feed(session, POOL(1, true)) ||
	       feed(session, POOL(2, true)) || feed(session, POOL(3, false));
}

static int tear_down(void **state)
{
	session_free(*state);
	return 0;
}

static const struct finding *found(const struct session *session)
{
	return &session->findings[CHECK_frag_misaligned];
}

/* What was read from the kernel's memory waits for no window. */
static void one_is_a_warning_at_once(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, EVIDENCE(1)), 0);
	assert_int_equal(found(s)->count, 1);
	assert_int_equal(found(s)->severity, SEVERITY_WARN);
	assert_int_equal(found(s)->confidence, CONFIDENCE_DIRECT);
	assert_int_equal(s->suspicion_count, 0);
	session_finish(s);
	assert_int_equal(found(s)->count, 1);
}

static void frames_and_fragments_of_all_pools_count(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, EVIDENCE(1)), 0);
	assert_int_equal(feed(s, EVIDENCE(2)), 0);
	assert_int_equal(feed(s, INSPECTED(1, 50, 7)), 0);
	assert_int_equal(feed(s, INSPECTED(2, 20, 3)), 0);
	assert_int_equal(feed(s, FLOW(2, 400, 40)), 0);
	session_finish(s);
	assert_int_equal(found(s)->count, 50);
	assert_int_equal(session_pool(s, 1, 1)->frames, 50);
	assert_int_equal(session_pool(s, 1, 1)->frames_misaligned, 7);
}

static void numbers_come_again(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, EVIDENCE(1)), 0);
	assert_int_equal(feed(s, INSPECTED(1, 10, 4)), 0);
	assert_int_equal(feed(s, INSPECTED(1, 20, 5)), 0);
	assert_int_equal(feed(s, FLOW(1, 100, 10)), 0);
	assert_int_equal(feed(s, FLOW(1, 200, 11)), 0);
	session_finish(s);
	assert_int_equal(found(s)->count, 16);
}

/* A pool that went is not kept, its number is. */
static void of_a_pool_that_is_gone(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, EVIDENCE(1)), 0);
	assert_int_equal(feed(s, EVIDENCE(2)), 0);
	assert_int_equal(feed(s, INSPECTED(1, 10, 2)), 0);
	assert_int_equal(feed(s, INSPECTED(2, 10, 3)), 0);
	assert_int_equal(
		feed(s,
		     "{'t':'state','slot':2,'life':1,'state':'gone','final':true}"),
		0);
	session_finish(s);
	assert_int_equal(found(s)->count, 5);
}

static void a_pool_that_is_not_judged_is_silent(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, EVIDENCE(3)), 0);
	assert_int_equal(feed(s, INSPECTED(3, 10, 10)), 0);
	assert_int_equal(feed(s, FLOW(3, 10, 10)), 0);
	session_finish(s);
	assert_int_equal(found(s)->count, 0);
	assert_int_equal(s->misaligned, 0);
}

static void aligned_buffers_are_none(void **state)
{
	struct session *s = *state;

	assert_int_equal(feed(s, INSPECTED(1, 1000, 0)), 0);
	assert_int_equal(feed(s, FLOW(1, 1000, 0)), 0);
	session_finish(s);
	assert_int_equal(found(s)->count, 0);
}

static void of_no_pool(void **state)
{
	assert_int_not_equal(feed(*state, INSPECTED(9, 1, 0)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(one_is_a_warning_at_once),
		TEST(frames_and_fragments_of_all_pools_count),
		TEST(numbers_come_again),
		TEST(of_a_pool_that_is_gone),
		TEST(a_pool_that_is_not_judged_is_silent),
		TEST(aligned_buffers_are_none),
		TEST(of_no_pool),
	};

	return cmocka_run_group_tests_name("session buffers", tests, NULL,
					   NULL);
}
