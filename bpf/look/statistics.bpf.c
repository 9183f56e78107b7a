// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own statistics of a pool, beside its counters. Run with
 * BPF_PROG_TEST_RUN: ctx[0] is a slot (0: only whether there are any), ctx[1]
 * the number of possible processors.
 */
#include "bpf/compat/statistics.bpf.h"
#include "bpf/core/shadow.bpf.h"

struct stats_reading stats_reading = {};

/* A global function: verified once. */
__noinline int add_processor(__u64 stats, __u32 cpu)
{
	if (!compat_add_recycle_stats(stats, cpu, &stats_reading))
		stats_reading.has_recycle = 0;
	return 0;
}

static __always_inline void read_statistics(__u64 pool, __u32 cpus)
{
	__u64 stats = compat_recycle_stats(pool);
	__u32 cpu;

	compat_alloc_stats(pool, &stats_reading);
	if (!stats || cpus > STATS_CPUS_MAX)
		stats_reading.has_recycle = 0;
	for (cpu = 0; cpu < STATS_CPUS_MAX; cpu++) {
		if (cpu >= cpus || !stats_reading.has_recycle)
			break;
		add_processor(stats, cpu);
	}
}

SEC("raw_tp")
int netmem_read_stats(__u64 *ctx)
{
	struct pool_record *record = pool_record(ctx[0]);
	struct stats_reading none = {};
	struct page_pool *pool;

	stats_reading = none;
	stats_reading.has_alloc = compat_has_alloc_stats();
	stats_reading.has_recycle = compat_has_recycle_stats();
	if (!ctx[0] || !record || !pool_is_live(record))
		return 0;
	pool = (void *)record->id.pool;
	if (!pool ||
	    !read_counts(pool, &stats_reading.hold, &stats_reading.release))
		return 0;
	read_statistics((__u64)pool, ctx[1]);
	/* Gone meanwhile: what we read may be somebody else's. */
	stats_reading.readable = pool_is_live(record);
	return 0;
}
