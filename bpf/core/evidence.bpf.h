/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Evidence of broken transitions: the event that broke one, with all that is
 * known of its page and pool. No stack is taken before a check is broken.
 */
#ifndef NETMEM_EVIDENCE_BPF_H
#define NETMEM_EVIDENCE_BPF_H

#include "bpf/core/pools.bpf.h"

/* An event, as a hook translated it. */
struct shadow_event {
	__u64 page;
	__u64 pfn;
	__u64 pool;
	__u32 event;
	__u32 slot;
	__u32 count;
	__u32 check; /* out */
	__u64 before; /* out */
	__u64 after; /* out */
	__u32 owner_gen; /* out */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CHECK_COUNT *EVIDENCE_SLOTS);
	__type(key, __u32);
	__type(value, struct evidence_record);
} evidence __weak SEC(".maps");

/* Violations per check, those that found no evidence slot included. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CHECK_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} violations __weak SEC(".maps");

/* Those that found no evidence slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, UNSTORED_MAX);
	__type(key, struct unstored_key);
	__type(value, __u64);
} unstored __weak SEC(".maps");

/* Global and weak as pool_begin(). 0: not even that was possible. */
__weak __noinline int count_unstored(__u32 slot, __u32 owner, __u32 check,
				     __u32 proof, __u32 reordered)
{
	struct pool_record *pool = pool_record(slot);
	struct pool_record *owner_pool = pool_record(owner);
	struct unstored_key key = {
		.slot = slot,
		.owner_slot = owner,
		.check = check,
		.proof = proof,
		.reordered = reordered,
	};
	__u64 *count, zero = 0;

	if (pool && slot != SLOT_NONE)
		key.seq = pool->seq;
	if (owner_pool && owner != SLOT_NONE)
		key.owner_seq = owner_pool->seq;
	count = bpf_map_lookup_elem(&unstored, &key);
	if (!count) {
		bpf_map_update_elem(&unstored, &key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&unstored, &key);
	}
	if (!count)
		return 0;
	__sync_fetch_and_add(count, 1);
	return 1;
}

/*
 * Writes evidence into the next slot of its check. The slot's ready flag is
 * taken by compare-and-swap, so that two processors never share one; what
 * finds all of them full is counted.
 */
static __always_inline bool evidence_take(struct evidence_record *record)
{
	return record->ready == EVIDENCE_FREE &&
	       __sync_val_compare_and_swap(&record->ready, EVIDENCE_FREE,
					   EVIDENCE_WRITING) == EVIDENCE_FREE;
}

static __always_inline struct evidence_record *evidence_find(__u32 check)
{
	struct evidence_record *record;
	__u32 slot, index;

	for (slot = 0; slot < EVIDENCE_SLOTS; slot++) {
		if (slot >= evidence_slots)
			break;
		index = check * EVIDENCE_SLOTS + slot;
		record = bpf_map_lookup_elem(&evidence, &index);
		if (record && evidence_take(record)) {
			record->place = index;
			return record;
		}
	}
	return NULL;
}

/*
 * Has the pool met each page of its own? What its open window has lost is not
 * known yet: that drops what is suspected here.
 */
static __always_inline bool pool_is_whole(const struct pool_record *pool)
{
	return pool->id.flags & POOL_BORN_SEEN && !pool->windows.gaps;
}

/*
 * Is the page, which carries the address of this pool, one of an earlier pool at
 * that address?
 */
static __always_inline bool is_of_older_pool(__u32 slot, __u64 word)
{
	struct pool_record *pool = pool_record(slot);

	return pool && pool_is_whole(pool) &&
	       word_is_older(word, pool->born_age);
}

/* Is it an event that comes out of order (user/judge/evidence.c)? */
static __always_inline bool may_be_reordered(const struct shadow_event *event)
{
	return frame_is_net_iov(event->pfn) &&
	       (event->event == EVENT_HOLD || event->event == EVENT_RELEASE);
}

/* The pool that the page's word names. */
static __always_inline __u32 event_owner(const struct shadow_event *event)
{
	return state_is_held(word_state(event->before)) ?
		       word_slot(event->before) :
		       SLOT_NONE;
}

/* Returns the record filled but not published: the caller may add a stack. */
static __always_inline struct evidence_record *
evidence_fill(const struct shadow_event *event, __u32 proof)
{
	__u32 owner = word_slot(event->before), check = event->check;
	struct pool_record *pool = pool_record(event->slot);
	struct pool_record *owner_pool = pool_record(owner);
	struct evidence_record *record;
	__u64 *total;

	total = bpf_map_lookup_elem(&violations, &check);
	if (!total)
		return NULL;
	__sync_fetch_and_add(total, 1);
	if (pool)
		__sync_fetch_and_add(&pool->suspected, 1);
	if (owner_pool)
		__sync_fetch_and_add(&owner_pool->suspected, 1);
	record = evidence_find(check);
	if (!record) {
		/* One of its pool is enough, and the next one may find a slot. */
		if (check == CHECK_frag_misaligned)
			return NULL;
		if (!count_unstored(event->slot, event_owner(event), check,
				    proof, may_be_reordered(event)))
			COUNT(evidence_lost);
		return NULL;
	}
	record->check = check;
	record->sequence = *total;
	record->page = event->page;
	record->frame = event->pfn;
	record->word = event->before & ~WORD_REFERENCED;
	record->time_ns = bpf_ktime_get_ns();
	record->pool = event->pool;
	record->slot = event->slot;
	record->seq = pool ? pool->seq : 0;
	record->owner_slot = event_owner(event);
	record->owner_seq = owner_pool ? owner_pool->seq : 0;
	record->event = event->event;
	record->count = event->count;
	record->age_now = age_now();
	record->cpu = bpf_get_smp_processor_id();
	record->pid = 0;
	record->comm[0] = 0;
	record->stack_depth = 0;
	record->detail[0] = 0;
	record->detail[1] = 0;
	record->detail[2] = 0;
	record->detail[3] = 0;
	record->proof = proof;
	record->rx_ifindex = 0;
	record->rx_queue = 0;
	record->rx_device[0] = 0;
	record->caller = 0;
	record->given = 0;
	record->taken = 0;
	record->recycled = 0;
	return record;
}

static __always_inline void evidence_publish(struct evidence_record *record)
{
	barrier();
	record->ready = EVIDENCE_SUSPECTED;
}

/* Adds task and kernel stack, which tracing hooks have, and publishes. */
static __always_inline void evidence_stack(void *ctx,
					   struct evidence_record *record)
{
	long bytes;

	if (!record)
		return;
	record->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	bytes = bpf_get_stack(ctx, record->stack, sizeof(record->stack), 0);
	record->stack_depth = bytes > 0 ? bytes / sizeof(__u64) : 0;
	evidence_publish(record);
}

static __noinline void evidence_trace(void *ctx,
				      const struct shadow_event *event)
{
	evidence_stack(ctx, evidence_fill(event, PROOF_EVENTS));
}

#endif
