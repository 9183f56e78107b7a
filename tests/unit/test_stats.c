// SPDX-License-Identifier: GPL-2.0
/* Readings of a pool's counters and statistics, and what follows from them. */
#include "tests/unit/unit.h"

static struct session *begin(const char *tier, bool born_seen)
{
	struct session *session = session_new();
	json_t *meta = parse("{'t': 'meta', 'schema': 'netmem-check/1'}");
	json_t *pool = parse(
		"{'t': 'pool', 'slot': 1, 'life': 1, 'device': 'eth0', 'judged': true, 'pool': '0xffff888100001000'}");

	json_object_set_new(meta, "tier", json_string(tier));
	json_object_set_new(pool, "born_seen", json_boolean(born_seen));
	assert_int_equal(feed_json(session, meta), 0);
	assert_int_equal(feed_json(session, pool), 0);
	json_decref(meta);
	json_decref(pool);
	return session;
}

/* @numbers: fast and what the pool kept in its cache; below 0: none. */
static struct pool *read_pool(struct session *session, uint32_t hold,
			      uint32_t release, int numbers)
{
	struct fact fact = { .type = FACT_stats };

	fact.stats.slot = fact.stats.seq = 1;
	fact.stats.hold = hold;
	fact.stats.release = release;
	fact.stats.stable = true;
	if (numbers >= 0) {
		fact_set(&fact.stats.numbers, statistics, alloc_fast, numbers);
		fact_set(&fact.stats.numbers, statistics, recycle_cached,
			 numbers);
		fact_mark(&fact.stats, stats, numbers);
	}
	fact_complete(FACT_stats, &fact.stats);
	assert_int_equal(session_feed(session, &fact), 0);
	return session_pool(session, 1, 1);
}

static void an_older_pool_counts_from_its_first_reading(void **state)
{
	struct session *session = begin("tracepoint", false);
	struct pool *pool = read_pool(session, 100, 10, 1000);
	struct usage usage = pool_usage(session, pool);

	(void)state;
	assert_int_equal(pool->readings, 1);
	assert_int_equal(pool->entered, 0);
	assert_int_equal(pool_stats(pool).alloc_fast, 0);
	assert_true(usage.totals);
	assert_int_equal(usage.entered, 100);
	assert_int_equal(usage.allocations, 1000);
	read_pool(session, 105, 12, 1600);
	read_pool(session, 108, 20, 1990);
	usage = pool_usage(session, pool);
	assert_false(usage.totals);
	assert_int_equal(usage.entered, 8);
	assert_int_equal(usage.left, 10);
	assert_int_equal(usage.allocations, 990);
	assert_true(usage_recycled(&usage) == 0.99);
	session_free(session);
}

static void a_pool_seen_born_counts_from_zero(void **state)
{
	struct session *session = begin("tracepoint", true);
	struct pool *pool = read_pool(session, 100, 10, 90);
	struct usage usage = pool_usage(session, pool);

	(void)state;
	assert_false(usage.totals);
	assert_int_equal(usage.entered, 100);
	assert_int_equal(pool_stats(pool).alloc_fast, 90);
	assert_true(usage_recycled(&usage) == 0.9);
	session_free(session);
}

/* The kernel's counters have 32 bits. */
static void counters_wrap(void **state)
{
	struct session *session = begin("tracepoint", false);
	struct pool *pool = read_pool(session, 0xfffffff0, 0xffffff00, 0);

	(void)state;
	read_pool(session, 0xfffffff8, 0xffffffff, 5);
	read_pool(session, 0x7fffffff, 0x10, 9);
	read_pool(session, 0xfffffffe, 0x10, 9);
	read_pool(session, 0x10, 0x11, 9);
	assert_true(pool->entered == 0x100000020);
	assert_int_equal(pool->left, 0x111);
	session_free(session);
}

static void a_kernel_without_statistics(void **state)
{
	struct session *session = begin("tracepoint", true);
	struct pool *pool = read_pool(session, 100, 10, -1);
	struct usage usage = pool_usage(session, pool);

	(void)state;
	assert_false(pool->has_stats);
	assert_false(usage.has_allocations);
	assert_true(usage_recycled(&usage) < 0);
	assert_int_equal(stats_compare(session, pool).of, STATS_NOT_COMPARED);
	pool->has_flow = true;
	pool->flow.handed_out = 200;
	pool->flow.cached = 60;
	pool->flow.ring = 30;
	usage = pool_usage(session, pool);
	assert_false(usage.of_kernel);
	assert_int_equal(usage.allocations, 200);
	assert_true(usage_recycled(&usage) == 0.9);
	session_free(session);
}

/* One look at a system: all since the pool was made, whoever saw its birth. */
static void a_snapshot_has_totals(void **state)
{
	struct session *session = begin("snapshot", false);
	struct pool *pool = read_pool(session, 100, 10, 90);
	struct usage usage;

	(void)state;
	read_pool(session, 101, 10, 91);
	usage = pool_usage(session, pool);
	assert_true(usage.totals);
	assert_int_equal(usage.entered, 101);
	assert_int_equal(usage.allocations, 91);
	session_free(session);
}

/* Pools that are folded into a sum keep what they counted. */
static void sums_of_pools_that_are_gone(void **state)
{
	struct usage one = { .has_allocations = true,
			     .has_kept = true,
			     .allocations = 5,
			     .kept = 3,
			     .left = 1 };
	struct usage nothing = {}, sum = {};

	(void)state;
	assert_true(usage_recycled(&sum) < 0);
	usage_add(&sum, &nothing);
	assert_false(sum.has_allocations);
	usage_add(&sum, &one);
	usage_add(&sum, &one);
	usage_add(&sum, &nothing);
	assert_int_equal(sum.allocations, 10);
	assert_true(usage_recycled(&sum) == 0.75);
}

/* Totals of a snapshot are compared as well, unless they may have wrapped. */
static void totals_are_compared(void **state)
{
	struct session *session = begin("snapshot", false);
	struct pool *pool = read_pool(session, 640, 0, 1000);

	(void)state;
	assert_int_equal(stats_compare(session, pool).of, STATS_NOT_COMPARED);
	pool->stats_last.alloc_slow = 10;
	assert_int_equal(stats_compare(session, pool).of, STATS_AGREE);
	pool->stats_last.alloc_slow = 9;
	assert_int_equal(stats_compare(session, pool).of, STATS_ENTERED);
	pool->read_stable = false;
	assert_int_equal(stats_compare(session, pool).of, STATS_NOT_COMPARED);
	pool->read_stable = true;
	pool->stats_last.alloc_slow = 10;
	pool->stats_last.recycle_ring_full = 1;
	assert_int_equal(stats_compare(session, pool).of, STATS_LEFT);
	pool->stats_last.alloc_slow = 1 << 26;
	assert_int_equal(stats_compare(session, pool).of, STATS_NOT_COMPARED);
	session_free(session);
}

static void a_reading_of_nobody_is_refused(void **state)
{
	struct fact fact = { .type = FACT_stats };
	struct session *session = begin("tracepoint", true);

	(void)state;
	fact.stats.slot = 2;
	fact.stats.seq = 1;
	fact_complete(FACT_stats, &fact.stats);
	assert_true(session_feed(session, &fact) < 0);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_older_pool_counts_from_its_first_reading),
		cmocka_unit_test(a_pool_seen_born_counts_from_zero),
		cmocka_unit_test(counters_wrap),
		cmocka_unit_test(a_kernel_without_statistics),
		cmocka_unit_test(a_snapshot_has_totals),
		cmocka_unit_test(sums_of_pools_that_are_gone),
		cmocka_unit_test(totals_are_compared),
		cmocka_unit_test(a_reading_of_nobody_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
