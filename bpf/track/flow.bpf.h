/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the function tier keeps beside the shadow: notes on pages, where each
 * pool's pages went, and sampled stacks. The tracepoint hooks and inspectors
 * add to it while that tier runs, and look at one constant when it does not.
 */
#ifndef NETMEM_FLOW_BPF_H
#define NETMEM_FLOW_BPF_H

#include "bpf/core/shadow.bpf.h"

/* The function tier runs. Set by the loader before the load. */
const volatile bool following __weak = false;

/* The end of a put is hooked by fexit: else its begin has to tell where it goes. */
const volatile bool see_put_ends __weak = false;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct page_note);
} page_notes __weak SEC(".maps");

/* Of net_iovs, by their references. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct page_note);
} net_iov_notes __weak SEC(".maps");

/* Processors that may ever be. */
const volatile __u32 flow_cpus __weak = 1;

/*
 * By slot, and in it by processor. Not a map of the kernel's per-processor
 * kind: reading one keeps kprobe programs from running meanwhile.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pool_flow);
} flows __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, STACK_DEPTH * sizeof(__u64));
} stacks __weak SEC(".maps");

/*
 * Where the end of a put is not hooked, its page is taken to be in the ring or
 * the cache at once. A release of it on the same processor, and before others
 * there, says that it did not stay. Programs interrupt each other: so a page has
 * one of several places. More processors than entries share them: what is
 * overwritten is not counted.
 */
struct put_notes put_notes[PUT_NOTES] __weak = {};

static __always_inline volatile struct put_notes *put_notes_here(void)
{
	return &put_notes[bpf_get_smp_processor_id() & (PUT_NOTES - 1)];
}

/* Of 64 byte struct pages neighbours have different places. */
static __always_inline volatile __u64 *put_note(__u64 page)
{
	return &put_notes_here()->pages[page >> 6 & (PUTS_NOTED - 1)];
}

static __always_inline bool is_put_in_progress(__u64 page)
{
	return *put_note(page) == page ||
	       put_notes_here()->bulk == bpf_jiffies64();
}

/* This processor's numbers of the pool in a slot. */
static __always_inline struct pool_flow *pool_flow(__u32 slot, __u32 seq)
{
	__u32 index = slot * flow_cpus + bpf_get_smp_processor_id();
	struct pool_flow *flow = bpf_map_lookup_elem(&flows, &index);

	if (flow && flow->seq != seq) {
		__builtin_memset(flow, 0, sizeof(*flow));
		flow->seq = seq;
	}
	return flow;
}

/* Per processor, but programs interrupt each other. */
#define FLOW(flow, member)                                     \
	do {                                                   \
		struct pool_flow *f__ = (flow);                \
		if (f__)                                       \
			__sync_fetch_and_add(&f__->member, 1); \
	} while (0)

/* Made when it is first wanted. */
static __noinline struct page_note *net_iov_note(__u64 ref)
{
	struct page_note *note = bpf_map_lookup_elem(&net_iov_notes, &ref);
	struct page_note empty = {};

	if (note)
		return note;
	bpf_map_update_elem(&net_iov_notes, &ref, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(&net_iov_notes, &ref);
}

/* None of pages with a sparse shadow. */
static __always_inline struct page_note *page_note(__u64 pfn)
{
	__u32 index = pfn - frame_first;

	if (!shadow_sparse && pfn - frame_first < frame_count)
		return bpf_map_lookup_elem(&page_notes, &index);
	return frame_is_net_iov(pfn) ? net_iov_note(pfn) : NULL;
}

static __always_inline __u64 page_member(__u64 page, __u32 offset)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)page + offset);
	return value;
}

static __always_inline __s32 page_refcount(__u64 page)
{
	struct page *at = (void *)page;
	__s32 count = 0;

	bpf_core_read(&count, sizeof(count), &at->_refcount.counter);
	return count;
}

#define PFMEMALLOC 2 /* beside the signature: page_is_pfmemalloc() */

/* Does its pool keep a page that is put now? */
static __always_inline bool is_recycled(__u64 page)
{
	return compat_is_net_iov(page) ||
	       (page_refcount(page) == 1 &&
		!(page_member(page, compat_magic_offset()) & PFMEMALLOC));
}

/* The pool that a page or net_iov names, whether it is a pool's or not. */
static __always_inline __u64 page_pool_of(__u64 page)
{
	if (compat_is_net_iov(page))
		return page_member(compat_net_iov_pp(page), 0);
	return page_member(page, compat_pp_offset());
}

/* The head of its compound page; a net_iov is alone. */
static __always_inline __u64 compound_head(__u64 page)
{
	if (compat_is_net_iov(page))
		return page;
	return compat_head_page(page, page_member(page, compat_magic_offset()));
}

/*
 * Does the kernel's memory say that this pool has the page? Of a net_iov the
 * pointer says it, as for the kernel itself.
 */
static __always_inline bool page_claims(__u64 page, __u64 pool)
{
	return page_pool_of(page) == pool &&
	       (compat_is_net_iov(page) ||
		compat_is_marked(page_member(page, compat_mark_offset())));
}

/* A fragment cycle ends, all are back: its page begins anew. */
static __always_inline void end_cycle(struct page_note *note,
				      struct pool_flow *flow)
{
	if (!note->frags_issued)
		return;
	if (flow)
		__sync_fetch_and_add(&flow->frags_done, note->frags_issued);
	note->frags_issued = 0;
	note->cycle_seen = ((note->cycle_seen >> 16) + 1) << 16;
}

/* A page left its pool: from where, in the word before, tells why. */
static __always_inline void flow_release(__u64 page, __u64 pfn, __u64 before,
					 __u32 slot,
					 const struct pool_record *pool)
{
	__u32 state = word_state(before);
	bool kept = compat_is_net_iov(page);
	struct page_note *note;
	struct pool_flow *flow;

	if (!following)
		return;
	flow = pool_flow(slot, pool->seq);
	note = page_note(pfn);
	if (note)
		end_cycle(note, flow);
	if (state == STATE_OUT) {
		FLOW(flow, left);
		return;
	}
	if (state == STATE_RING || state == STATE_CACHED) {
		if (!flow || pool->status != POOL_ACTIVE ||
		    !is_put_in_progress(page))
			return;
		__sync_fetch_and_sub(
			state == STATE_RING ? &flow->ring : &flow->cached, 1);
		/* Bulks ask for its references before they take it there. */
		kept |= *put_note(page) != page;
	} else if (state != STATE_RETURNING) {
		return;
	}
	if (kept || page_refcount(page) == 1) {
		FLOW(flow, ring_full);
	} else {
		FLOW(flow, released_refcnt);
	}
}

/*
 * A new incarnation of the page: what we noted was the last one's. The number of
 * the fragment cycle goes on, so that a put of before is none of the new cycle:
 * see begin_skb().
 */
static __always_inline void flow_hold(__u64 pfn)
{
	struct page_note *note;
	__u32 cycle;

	if (!following)
		return;
	note = page_note(pfn);
	if (!note)
		return;
	cycle = (note->cycle_seen >> 16) + 1;
	__builtin_memset(note, 0, sizeof(*note));
	note->cycle_seen = cycle << 16;
}

#endif
