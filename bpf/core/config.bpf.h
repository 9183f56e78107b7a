/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the loader sets, the switch that arms all hooks, and the counters of
 * what they lose.
 *
 * Maps and configuration are weak: each object of bpf/ that includes this is
 * linked into one, which keeps the first definition. All of core/ does the same.
 */
#ifndef NETMEM_CONFIG_BPF_H
#define NETMEM_CONFIG_BPF_H

#include "bpf/compat/types.bpf.h"
#include "model/records.h"

/* Set by the loader before the load. */
const volatile __u64 vmemmap_base __weak = 0; /* struct page of pfn 0 */
/* Address of pfn 0 in the direct map, calibrated like vmemmap_base; 0: unknown. */
const volatile __u64 page_offset_base __weak = 0;
const volatile __u32 page_shift __weak = 12;
const volatile __u64 frame_first __weak = 0;
const volatile __u64 frame_count __weak = 0; /* pages in the shadow */
/* Where track/quick.bpf.h takes events; nowhere, if each needs more than that. */
const volatile struct quick_range quick __weak = {};
const volatile bool shadow_sparse __weak = false;
const volatile bool recording __weak = false;
const volatile __u32 evidence_slots __weak = EVIDENCE_SLOTS;

/* Test-only filters: swallow events as a lossy machine would. 0: off. */
const volatile __u32 swallow_hold_every __weak = 0;
const volatile __u32 swallow_hold_bulk __weak = 1;
const volatile __u32 swallow_release_every __weak = 0;
/* The first program leaves these to the second, as if the kernel skipped it. */
const volatile __u32 leave_hold_every __weak = 0;
const volatile __u32 leave_release_every __weak = 0;

/* The one switch (enum arming): hooks do nothing before it is set. */
__u32 armed __weak = ARMED_NOT;
/* Pools that we meet now lost nothing (enum seeding). */
__u32 seeding __weak = SEEDING_NOT;
/* CLOCK_MONOTONIC at arming, for those who come later (pinned mode). */
__u64 armed_ns __weak = 0;
/* What the kernel skipped before arming, which lost nothing. */
__u64 early_hold_misses __weak = 0;
__u64 early_release_misses __weak = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hook_counters);
} counters __weak SEC(".maps");

static __always_inline struct hook_counters *hook_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Per processor, but a program that interrupts another counts there as well. */
#define COUNT(member)                                          \
	({                                                     \
		struct hook_counters *c__ = hook_counters();   \
		if (c__)                                       \
			__sync_fetch_and_add(&c__->member, 1); \
	})

static __always_inline __u32 age_now(void)
{
	__u64 now = bpf_jiffies64() >> AGE_SHIFT;

	/* Shifted to its place in a word, it needs no mask. */
	barrier_var(now);
	return now & WORD_MASK(WORD_AGE_BITS);
}

#endif
