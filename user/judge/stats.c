// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own counters and statistics of a pool: those of this watch, what
 * share of its pages was recycled, and whether other counts agree.
 */
#include <errno.h>
#include <string.h>

#include "model/records.h"
#include "user/judge/private.h"

/* Where a pool that is older than the watch begins. */
static void begin_at(struct pool *pool, const struct stats_fact *stats)
{
	pool->first_stable = stats->stable;
	pool->read_hold = stats->hold;
	pool->read_release = stats->release;
	pool->stats_first = stats->numbers;
	pool->flow_first = stats->flow;
}

/*
 * A pool whose birth was seen began with 0. The counters have 32 bits: readings
 * come often enough that they wrap at most once between two.
 */
int feed_stats(struct session *session, const struct stats_fact *stats)
{
	struct pool *pool = session_pool(session, stats->slot, stats->seq);

	if (!pool)
		return -EINVAL;
	if (!pool->readings++ && !pool->born_seen)
		begin_at(pool, stats);
	pool->first_stable = pool->first_stable || pool->born_seen;
	pool->entered += stats->hold - pool->read_hold;
	pool->left += stats->release - pool->read_release;
	pool->read_hold = stats->hold;
	pool->read_release = stats->release;
	pool->read_stable = stats->stable;
	pool->has_stats = fact_has(stats, stats, numbers);
	pool->stats_last = stats->numbers;
	pool->read_flow = fact_has(stats, stats, flow);
	pool->flow_last = stats->flow;
	return 0;
}

/* Each number of a fact that has only numbers, less that of another. */
static void subtract(enum fact_type type, void *from, const void *fact)
{
	const struct fact_info *info = &fact_infos[type];
	size_t i, at;

	for (i = 0; i < info->count; i++) {
		at = info->members[i].offset;
		*(uint64_t *)((char *)from + at) -=
			*(const uint64_t *)((const char *)fact + at);
	}
}

struct statistics_fact pool_stats(const struct pool *pool)
{
	struct statistics_fact gained = pool->stats_last;

	subtract(FACT_statistics, &gained, &pool->stats_first);
	return gained;
}

/* ---- recycling ---- */

static uint64_t allocations_of(const struct statistics_fact *numbers)
{
	return numbers->alloc_fast + numbers->alloc_refill +
	       numbers->alloc_slow + numbers->alloc_slow_high_order;
}

/* By the function tier, which follows what the kernel does not count here. */
static void use_flow(const struct pool *pool, struct usage *usage)
{
	const struct paths_fact *flow = pool->read_flow ? &pool->flow_last :
							  &pool->flow;

	if (!pool->has_flow || !pool->readings || usage->totals)
		return;
	if (!usage->has_allocations)
		usage->allocations = flow->handed_out;
	if (!usage->has_kept)
		usage->kept = flow->cached + flow->ring;
	usage->has_allocations = usage->has_kept = true;
}

struct usage pool_usage(const struct session *session, const struct pool *pool)
{
	struct usage usage = {
		.of_kernel = pool->has_stats,
		.totals = session_is_snapshot(session) ||
			  (pool->readings == 1 && !pool->born_seen),
		.entered = pool->entered,
		.left = pool->left,
	};

	if (usage.totals) {
		usage.entered = pool->read_hold;
		usage.left = pool->read_release;
	}
	if (pool->has_stats) {
		usage.numbers = usage.totals ? pool->stats_last :
					       pool_stats(pool);
		usage.allocations = allocations_of(&usage.numbers);
		usage.has_allocations = true;
		usage.kept = usage.numbers.recycle_cached +
			     usage.numbers.recycle_ring;
		usage.has_kept =
			fact_has(&usage.numbers, statistics, recycle_cached);
	}
	use_flow(pool, &usage);
	return usage;
}

void usage_add(struct usage *sum, const struct usage *usage)
{
	if (!usage->has_allocations)
		return;
	sum->of_kernel = sum->of_kernel || usage->of_kernel;
	sum->has_allocations = true;
	sum->has_kept = sum->has_kept || usage->has_kept;
	sum->totals = sum->totals || usage->totals;
	sum->allocations += usage->allocations;
	sum->kept += usage->kept;
	sum->entered += usage->entered;
	sum->left += usage->left;
	fact_add(FACT_statistics, &sum->numbers, &usage->numbers);
}

double usage_recycled(const struct usage *usage)
{
	uint64_t pages = usage->kept + usage->left;

	return usage->has_kept && pages ? (double)usage->kept / pages : -1;
}

/* ---- do other counts agree? ---- */

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The most pages that calls of the page allocator brought. */
static uint64_t most_entered(const struct statistics_fact *numbers)
{
	return POOL_REFILL * numbers->alloc_slow +
	       numbers->alloc_slow_high_order;
}

/* A memory provider's pages enter without a call of the page allocator. */
static bool enters_by_calls(const struct pool *pool, uint64_t calls)
{
	return calls && !pool->net_iov && !pool->untracked;
}

/*
 * One call of the page allocator is one that was counted as slow, and brings up
 * to POOL_REFILL pages. Of pages that leave, only some are counted: not those that
 * left while they were out, nor those of a bulk behind the first.
 */
static struct stats_difference compare_counters(const struct pool *pool,
						const struct usage *usage)
{
	const struct statistics_fact *numbers = &usage->numbers;
	uint64_t slow = numbers->alloc_slow + numbers->alloc_slow_high_order;
	uint64_t released = numbers->recycle_ring_full +
			    numbers->recycle_released_refcnt +
			    numbers->alloc_waive;

	if (enters_by_calls(pool, slow) &&
	    (usage->entered < slow || usage->entered > most_entered(numbers)))
		return (struct stats_difference){ STATS_ENTERED, slow,
						  usage->entered };
	if (usage->left < released)
		return (struct stats_difference){ STATS_LEFT, released,
						  usage->left };
	return (struct stats_difference){ .of = STATS_AGREE };
}

/* Calls that interrupted a hook: of which pool nobody knows. */
static uint64_t function_losses(const struct session *session)
{
	uint64_t lost = 0;
	size_t i;

	for (i = 0; i < session->losses.count; i++)
		if (session->losses.items[i].what == LOSS_FUNCTION)
			lost += session->losses.items[i].count;
	return lost;
}

/* Of a bulk that meets a full ring the kernel counts one; XDP returns in bulks. */
static struct stats_difference
compare_flow(const struct paths_fact *flow,
	     const struct statistics_fact *numbers, uint64_t lost)
{
	const struct stats_difference counts[] = {
		{ STATS_ALLOCATED, allocations_of(numbers), flow->handed_out },
		{ STATS_CACHED, numbers->recycle_cached, flow->cached },
		{ STATS_RING, numbers->recycle_ring, flow->ring },
		{ STATS_REFCOUNT, numbers->recycle_released_refcnt,
		  flow->released_refcnt },
		{ STATS_RING_FULL, numbers->recycle_ring_full,
		  flow->ring_full },
	};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		if (counts[i].of == STATS_RING_FULL && flow->xdp_returns &&
		    counts[i].other > counts[i].kernel)
			continue;
		if (distance(counts[i].kernel, counts[i].other) > lost)
			return counts[i];
	}
	return (struct stats_difference){ .of = STATS_AGREE };
}

/*
 * Both counts have to be of one moment. Of an old pool's totals the counters,
 * which have 32 bits, may have wrapped.
 */
static bool can_compare(const struct pool *pool, const struct usage *usage)
{
	uint64_t most = most_entered(&usage->numbers);

	if (!pool->has_stats || !pool->read_stable ||
	    !fact_has(&pool->stats_last, statistics, recycle_cached))
		return false;
	return usage->totals ? most && most <= UINT32_MAX : pool->first_stable;
}

struct stats_difference stats_compare(const struct session *session,
				      const struct pool *pool)
{
	struct stats_difference difference = { .of = STATS_NOT_COMPARED };
	struct usage usage = pool_usage(session, pool);
	struct paths_fact flow = pool->flow_last;

	if (!can_compare(pool, &usage))
		return difference;
	difference = compare_counters(pool, &usage);
	if (difference.of != STATS_AGREE || !pool->read_flow || usage.totals)
		return difference;
	subtract(FACT_paths, &flow, &pool->flow_first);
	/* Pages that are cut into fragments: their puts are counted otherwise. */
	if (flow.frags_issued)
		return difference;
	return compare_flow(&flow, &usage.numbers,
			    flow.lost + function_losses(session));
}
