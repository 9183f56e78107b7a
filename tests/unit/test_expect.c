// SPDX-License-Identifier: GPL-2.0
/* Expectations: what is read, what is refused, and who of the pools counts. */
#include "tests/unit/unit.h"

#include "user/judge/expect.h"

static void each_form_is_read(void **state)
{
	struct expectation asked;

	(void)state;
	assert_int_equal(expect_parse("recycled>=95%", &asked), 0);
	assert_int_equal(asked.name, EXPECT_RECYCLED);
	assert_int_equal(asked.op, EXPECT_OP_GE);
	assert_true(asked.wanted == 95);
	assert_string_equal(asked.pool, "");
	assert_int_equal(expect_parse(" eth0/3: out < 64.5 ", &asked), 0);
	assert_int_equal(asked.name, EXPECT_OUT);
	assert_int_equal(asked.op, EXPECT_OP_LT);
	assert_true(asked.wanted == 64.5);
	assert_string_equal(asked.pool, "eth0/3");
	assert_int_equal(expect_parse("coverage == 100 %", &asked), 0);
	assert_int_equal(asked.op, EXPECT_OP_EQ);
	assert_int_equal(expect_parse("events>0", &asked), 0);
	assert_int_equal(asked.op, EXPECT_OP_GT);
	assert_int_equal(expect_parse("findings<=0", &asked), 0);
	assert_int_equal(asked.op, EXPECT_OP_LE);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text;
		enum expect_error error;
	} wrong[] = {
		{ "", EXPECT_ERROR_NAME },
		{ "recycle>=95", EXPECT_ERROR_NAME },
		{ "recycledx>=95", EXPECT_ERROR_NAME },
		{ "RECYCLED>=95", EXPECT_ERROR_NAME },
		{ "recycled", EXPECT_ERROR_OP },
		{ "recycled=95", EXPECT_ERROR_OP },
		{ "recycled!=95", EXPECT_ERROR_OP },
		{ "recycled>=", EXPECT_ERROR_NUMBER },
		{ "recycled>=%", EXPECT_ERROR_NUMBER },
		{ "recycled>=-1", EXPECT_ERROR_NUMBER },
		{ "recycled>=inf", EXPECT_ERROR_NUMBER },
		{ "recycled>=nan", EXPECT_ERROR_NUMBER },
		{ "events>=1e3", EXPECT_ERROR_NUMBER },
		{ "events>=1.2.3", EXPECT_ERROR_NUMBER },
		{ "events>=.", EXPECT_ERROR_NUMBER },
		{ "events>=5 6", EXPECT_ERROR_NUMBER },
		{ "recycled>=95%%", EXPECT_ERROR_NUMBER },
		{ "recycled>=100.1", EXPECT_ERROR_PERCENT },
		{ "events>=95%", EXPECT_ERROR_PERCENT },
		{ ":events>=95", EXPECT_ERROR_POOL },
		{ "eth0:findings==0", EXPECT_ERROR_POOL },
		{ "eth0:", EXPECT_ERROR_NAME },
		{ "a-name-that-is-longer-than-any-name-of-a-device-can-be-of-this-kernel:out<1",
		  EXPECT_ERROR_POOL },
	};
	struct expectation asked;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (expect_parse(wrong[i].text, &asked) != wrong[i].error)
			fail_msg("'%s': %d, not %d", wrong[i].text,
				 expect_parse(wrong[i].text, &asked),
				 wrong[i].error);
}

static struct pool *add_pool(struct session *session, int slot,
			     const char *device, int queue, bool judged)
{
	json_t *fact = parse(
		"{'t': 'pool', 'life': 1, 'pool': '0xffff888100001000', 'born_seen': true}");

	json_object_set_new(fact, "slot", json_integer(slot));
	json_object_set_new(fact, "device", json_string(device));
	json_object_set_new(fact, "queue", json_integer(queue));
	json_object_set_new(fact, "judged", json_boolean(judged));
	assert_int_equal(feed_json(session, fact), 0);
	json_decref(fact);
	return session_pool(session, slot, 1);
}

static double got(const struct session *session, const char *text,
		  enum expect_reason reason)
{
	struct expected expected;

	expect_judge(session, text, 1000, 0.5, &expected);
	assert_int_equal(expected.reason, reason);
	assert_true((expected.result == EXPECT_UNKNOWN) == (reason != 0));
	return expected.got;
}

static void only_pools_asked_for_count(void **state)
{
	struct session *session = session_new();

	(void)state;
	add_pool(session, 1, "eth0", 0, true)->events = 1;
	add_pool(session, 2, "eth0", 1, true)->events = 2;
	add_pool(session, 3, "eth01", 0, true)->events = 4;
	add_pool(session, 4, "eth0", 2, false)->events = 8;
	add_pool(session, 5, "eth0", -1, true)->events = 16;
	assert_true(got(session, "eth0:events>0", EXPECT_KNOWN) == 19);
	assert_true(got(session, "eth0/1:events>0", EXPECT_KNOWN) == 2);
	assert_true(got(session, "eth0:pools>0", EXPECT_KNOWN) == 3);
	assert_true(got(session, "pools>0", EXPECT_KNOWN) == 4);
	assert_true(got(session, "events>0", EXPECT_KNOWN) == 1000);
	assert_true(got(session, "coverage>0", EXPECT_KNOWN) == 50);
	got(session, "eth0/2:events>0", EXPECT_NO_POOL);
	got(session, "eth0/-1:events>0", EXPECT_NO_POOL);
	got(session, "eth:events>0", EXPECT_NO_POOL);
	got(session, "eth0:coverage>0", EXPECT_KNOWN);
	got(session, "recycled>0", EXPECT_NO_STATS);
	session->gone.pools = 1;
	got(session, "eth0:events>0", EXPECT_FOLDED);
	assert_true(got(session, "pools>0", EXPECT_KNOWN) == 5);
	session_free(session);
}

/* Of a pool that moves, cache and ring are of another moment than in flight. */
static void out_needs_rest(void **state)
{
	struct session *session = session_new();
	struct pool *pool = add_pool(session, 1, "eth0", 0, true);

	(void)state;
	got(session, "out<1", EXPECT_NOT_AT_REST);
	pool->audited = pool->audit_stable = true;
	pool->out = 7;
	got(session, "out<1", EXPECT_NOT_AT_REST);
	pool->counted = pool->stable = true;
	assert_true(got(session, "out<1", EXPECT_KNOWN) == 7);
	pool->audit_stable = false;
	got(session, "out<1", EXPECT_NOT_AT_REST);
	pool->state = POOL_STATE_STALLED;
	pool->inflight = 9;
	assert_true(got(session, "out<1", EXPECT_KNOWN) == 9);
	pool->state = POOL_STATE_GONE;
	assert_true(got(session, "out<1", EXPECT_KNOWN) == 0);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_read),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(only_pools_asked_for_count),
		cmocka_unit_test(out_needs_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
