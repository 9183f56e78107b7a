/* SPDX-License-Identifier: GPL-2.0 */
/* Puts by the stack, for skbs and XDP frames, before the pool gets the page. */
#ifndef NETMEM_STACK_PUT_BPF_H
#define NETMEM_STACK_PUT_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/compat/xdp.bpf.h"
#include "bpf/track/follow.bpf.h"

/* A skb puts its page: counts it, and says in which fragment cycle. */
static __always_inline bool put_by_skb(__u64 page, struct frag_put *put)
{
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;
	__u64 *word;

	if (!armed)
		return false;
	page = compound_head(page);
	put->pfn = page_to_pfn(page);
	word = shadow_word(put->pfn, false);
	note = page_note(put->pfn);
	if (!word || !note || word_slot(*word) == SLOT_NONE)
		return false;
	pool = pool_record(word_slot(*word));
	if (!pool)
		return false;
	flow = pool_flow(word_slot(*word), pool->seq);
	FLOW(flow, skb_returns);
	if (!note->frags_issued)
		return false;
	FLOW(flow, frags_seen);
	put->cycle = note->cycle_seen >> 16;
	return true;
}

/* That put has ended, so the kernel's counter has it: see check_drained(). */
static __always_inline void count_put(__u64 pfn, __u32 cycle)
{
	struct page_note *note = page_note(pfn);
	__u32 old;

	if (!note)
		return;
	old = *(volatile __u32 *)&note->cycle_seen;
	if (old >> 16 == cycle)
		__sync_val_compare_and_swap(&note->cycle_seen, old, old + 1);
}

/*
 * The call before has ended when the same context begins another, because it
 * does not call itself: that takes no hook on its end.
 */
static __always_inline void begin_skb(__u64 page)
{
	int softirq = compat_in_softirq();
	struct calls *here = calls_here();
	struct frag_put put = {}, *before;

	if (!put_by_skb(page, &put) || !here || softirq < 0)
		return;
	put.task = bpf_get_current_pid_tgid();
	put.pending = true;
	before = &here->puts[softirq & 1];
	if (before->pending && (softirq || before->task == put.task))
		count_put(before->pfn, before->cycle);
	*before = put;
}

/*
 * A frame is returned. Memory of a type that ends in put_page(), and the last
 * reference: the page goes to the page allocator while its pool counts it.
 */
static __always_inline void begin_xdp_return(void *ctx, __u64 address)
{
	struct shadow_event event = {
		.event = EVENT_XDP_FRAME,
		.check = CHECK_xdp_foreign_page,
	};
	struct xdp_frame *frame = (void *)address;
	struct pool_record *pool;
	__u64 *word;

	if (!armed || !page_offset_base)
		return;
	event.page = vmemmap_base +
		     (((__u64)BPF_CORE_READ(frame, data) - page_offset_base) >>
		      page_shift) *
			     compat_page_size();
	event.page = compound_head(event.page);
	event.pfn = page_to_pfn(event.page);
	word = shadow_word(event.pfn, false);
	if (!word)
		return;
	event.before = *(volatile __u64 *)word;
	event.slot = word_slot(event.before);
	pool = pool_record(event.slot);
	if (!pool || !state_is_held(word_state(event.before)))
		return;
	FLOW(pool_flow(event.slot, pool->seq), xdp_returns);
	if (compat_frame_memory(frame) == compat_mem_type_page_pool())
		return;
	event.pool = page_pool_of(event.page);
	if (pool->id.pool == event.pool && pool_is_live(pool) &&
	    page_claims(event.page, event.pool) &&
	    page_refcount(event.page) == 1)
		publish_event(ctx, &event, PROOF_DIRECT);
}

#endif
