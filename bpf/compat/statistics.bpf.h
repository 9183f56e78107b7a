/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel itself counts of a pool, with CONFIG_PAGE_POOL_STATS: 5.18,
 * "page_pool: Add allocation stats" and "page_pool: Add recycle stats".
 */
#ifndef NETMEM_COMPAT_STATISTICS_BPF_H
#define NETMEM_COMPAT_STATISTICS_BPF_H

#include "bpf/compat/symbols.bpf.h"
#include "model/records.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct page_pool_alloc_stats {
	__u64 fast;
	__u64 slow;
	__u64 slow_high_order;
	__u64 empty;
	__u64 refill;
	__u64 waive;
};

/* Of each processor. */
struct page_pool_recycle_stats {
	__u64 cached;
	__u64 cache_full;
	__u64 ring;
	__u64 ring_full;
	__u64 released_refcnt;
};

struct page_pool___stats {
	struct page_pool_alloc_stats alloc_stats;
	struct page_pool_recycle_stats *recycle_stats;
};

#pragma clang attribute pop

static __always_inline bool compat_has_alloc_stats(void)
{
	return bpf_core_field_exists(struct page_pool___stats, alloc_stats);
}

/* Where symbols of data are hidden, so are numbers of each processor. */
static __always_inline bool compat_has_recycle_stats(void)
{
	return bpf_core_field_exists(struct page_pool___stats, recycle_stats) &&
	       symbol_per_cpu_offset;
}

static __always_inline void compat_alloc_stats(__u64 address,
					       struct stats_reading *to)
{
	struct page_pool___stats *pool = (void *)address;

	if (!compat_has_alloc_stats())
		return;
	to->alloc_fast = BPF_CORE_READ(pool, alloc_stats.fast);
	to->alloc_slow = BPF_CORE_READ(pool, alloc_stats.slow);
	to->alloc_slow_high_order =
		BPF_CORE_READ(pool, alloc_stats.slow_high_order);
	to->alloc_empty = BPF_CORE_READ(pool, alloc_stats.empty);
	to->alloc_refill = BPF_CORE_READ(pool, alloc_stats.refill);
	to->alloc_waive = BPF_CORE_READ(pool, alloc_stats.waive);
}

/* To be added to the distance of each processor; 0: none. */
static __always_inline __u64 compat_recycle_stats(__u64 address)
{
	struct page_pool___stats *pool = (void *)address;

	if (!bpf_core_field_exists(pool->recycle_stats))
		return 0;
	return (__u64)BPF_CORE_READ(pool, recycle_stats);
}

/* Adds what a processor counted; false: it cannot be read. */
static __always_inline bool compat_add_recycle_stats(__u64 stats, __u32 cpu,
						     struct stats_reading *sum)
{
	struct page_pool_recycle_stats *at;
	__u64 distance;

	if (!compat_has_recycle_stats() ||
	    bpf_probe_read_kernel(&distance, sizeof(distance),
				  (void *)symbol_per_cpu_offset +
					  cpu * sizeof(distance)))
		return false;
	at = (void *)stats + distance;
	sum->recycle_cached += BPF_CORE_READ(at, cached);
	sum->recycle_cache_full += BPF_CORE_READ(at, cache_full);
	sum->recycle_ring += BPF_CORE_READ(at, ring);
	sum->recycle_ring_full += BPF_CORE_READ(at, ring_full);
	sum->recycle_released_refcnt += BPF_CORE_READ(at, released_refcnt);
	return true;
}

#endif
