// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own counters and statistics of each judged pool: read when it is
 * found, as it goes on, and at the end. A pool that is gone has its last reading
 * from before. Where the kernel keeps no statistics the counters remain.
 */
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"
#include "user/util/util.h"

#define STATS_INTERVAL_NS 900000000ULL
/* How long one answer of netlink serves for all pools. */
#define LIST_AGE_NS 100000000ULL

static bool run_reader(const struct live *live, uint32_t slot)
{
	return !loader_run(&live->loader, DEMAND_READ_STATS, slot,
			   live->stats.cpus);
}

const char *live_find_stats(struct live *live)
{
	struct stats_source *stats = &live->stats;
	bool hidden = testing_flag("stats-by-netlink");

	stats->cpus = libbpf_num_possible_cpus();
	if (stats->cpus < 0)
		stats->cpus = 0;
	if (!hidden && run_reader(live, 0) &&
	    live->loader.bss->stats_reading.has_alloc) {
		stats->from = STATS_MEMORY;
		return "memory";
	}
	live_release_stats(live);
	if (!netlink_pool_stats(&stats->list, &stats->count)) {
		stats->from = STATS_NETLINK;
		return "netlink";
	}
	return "none";
}

void live_release_stats(struct live *live)
{
	free(live->stats.list);
	memset(&live->stats.list, 0, sizeof(live->stats.list));
	live->stats.count = 0;
}

/* Netlink's numbers of a pool, beside counters from memory. */
static void add_listed(struct live *live, uint32_t slot,
		       struct stats_reading *reading)
{
	struct stats_source *stats = &live->stats;
	uint32_t id = live->loader.pools[slot].id.netlink_id;
	struct stats_reading counters = *reading;
	size_t i;

	if (now_ns() - stats->listed_ns > LIST_AGE_NS) {
		live_release_stats(live);
		netlink_pool_stats(&stats->list, &stats->count);
		stats->listed_ns = now_ns();
	}
	reading->has_alloc = reading->has_recycle = 0;
	for (i = 0; id && i < stats->count; i++) {
		if (stats->list[i].id != id)
			continue;
		*reading = stats->list[i].numbers;
		reading->hold = counters.hold;
		reading->release = counters.release;
		reading->readable = counters.readable;
	}
}

static bool read_stats(struct live *live, uint32_t slot,
		       struct stats_reading *reading)
{
	const struct pool_record *pool = &live->loader.pools[slot];

	/* What a pool gives up when it is destroyed is not of its use. */
	if (pool->status != POOL_ACTIVE ||
	    pool->seq != live->watches[slot].seq || !run_reader(live, slot))
		return false;
	*reading = live->loader.bss->stats_reading;
	if (reading->readable && live->stats.from == STATS_NETLINK)
		add_listed(live, slot, reading);
	return reading->readable;
}

/* Those of memory only: what netlink says is of another moment. */
static bool is_same(const struct live *live, const struct stats_reading *one,
		    const struct stats_reading *other)
{
	return live->stats.from != STATS_NETLINK &&
	       !memcmp(one, other, sizeof(*one));
}

static void describe(const struct stats_reading *reading,
		     struct statistics_fact *to)
{
#define SET(member) fact_set(to, statistics, member, reading->member)
	SET(alloc_fast);
	SET(alloc_slow);
	SET(alloc_slow_high_order);
	SET(alloc_empty);
	SET(alloc_refill);
	SET(alloc_waive);
	if (!reading->has_recycle)
		return;
	SET(recycle_cached);
	SET(recycle_cache_full);
	SET(recycle_ring);
	SET(recycle_ring_full);
	SET(recycle_released_refcnt);
#undef SET
}

static void emit_stats(struct live *live, uint32_t slot,
		       const struct stats_reading *reading, bool stable,
		       const struct paths_fact *flow)
{
	struct pool_watch *watch = &live->watches[slot];
	struct fact fact = { .type = FACT_stats };
	struct stats_fact *stats = &fact.stats;

	stats->slot = slot;
	stats->seq = watch->seq;
	stats->hold = reading->hold;
	stats->release = reading->release;
	stats->stable = stable;
	if (reading->has_alloc) {
		describe(reading, &stats->numbers);
		fact_mark(stats, stats, numbers);
	}
	if (flow)
		fact_set(stats, stats, flow, *flow);
	watch->stats = *reading;
	live_emit(live, &fact);
}

/* Two readings: a pool that changed between them is not at rest. */
static void emit_twice(struct live *live, uint32_t slot)
{
	struct stats_reading before, after;
	struct paths_fact flow = {};
	bool followed;

	if (!live->watches[slot].judged || !read_stats(live, slot, &before))
		return;
	followed = live_flow(live, slot, live->watches[slot].seq, &flow);
	if (read_stats(live, slot, &after))
		emit_stats(live, slot, &after, is_same(live, &before, &after),
			   followed ? &flow : NULL);
}

/* The pinned mode has no first one: who reads it later finds totals. */
void live_emit_first_stats(struct live *live, uint32_t slot)
{
	if (!live->options.pinned && !live->options.snapshot)
		emit_twice(live, slot);
}

void live_emit_last_stats(struct live *live, uint32_t slot)
{
	emit_twice(live, slot);
}

void live_emit_some_stats(struct live *live)
{
	struct stats_reading reading;
	uint64_t now = now_ns();
	uint32_t slot;

	if (live->options.pinned ||
	    now - live->stats.read_ns < STATS_INTERVAL_NS)
		return;
	live->stats.read_ns = now;
	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live->watches[slot].judged &&
		    read_stats(live, slot, &reading) &&
		    memcmp(&reading, &live->watches[slot].stats,
			   sizeof(reading)))
			emit_stats(live, slot, &reading, false, NULL);
}
