/* SPDX-License-Identifier: GPL-2.0 */
/* Who gives pages back: skbs and XDP, before the pool gets them. */
#ifndef NETMEM_GIVERS_BPF_H
#define NETMEM_GIVERS_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/compat/xdp.bpf.h"
#include "bpf/track/follow.bpf.h"

/* A page that a skb gives back: counts, and says which round of it that is. */
static __always_inline bool take_skb(__u64 page, struct frag_return *given)
{
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;
	__u64 *word;

	if (!armed)
		return false;
	page = head_of(page);
	given->frame = frame_of(page);
	word = shadow_word(given->frame, false);
	note = page_note(given->frame);
	if (!word || !note || word_slot(*word) == SLOT_NONE)
		return false;
	pool = pool_record(word_slot(*word));
	if (!pool)
		return false;
	flow = pool_flow(word_slot(*word), pool->life);
	FLOW(flow, skb_returns);
	if (!note->frags_issued)
		return false;
	FLOW(flow, frags_seen);
	given->round = note->round_seen >> 16;
	return true;
}

/* That return has ended, so the kernel's counter has it: see check_drained(). */
static __always_inline void count_return(__u64 frame, __u32 round)
{
	struct page_note *note = page_note(frame);
	__u32 old;

	if (!note)
		return;
	old = *(volatile __u32 *)&note->round_seen;
	if (old >> 16 == round)
		__sync_val_compare_and_swap(&note->round_seen, old, old + 1);
}

static __always_inline void begin_skb(__u64 page)
{
	struct frag_return given = {};
	bool counts = take_skb(page, &given);

	if (armed)
		call_begins(CALL_SKB, given.frame, given.round, counts, 0);
}

static __always_inline void end_skb(void)
{
	struct call *call;

	if (!armed)
		return;
	call = call_ends(CALL_SKB);
	if (call && call->args[2])
		count_return(call->args[0], call->args[1]);
}

/*
 * Without a hook on its end: the call before has ended when the same context
 * begins another, because it does not call itself.
 */
static __always_inline void foresee_skb(__u64 page)
{
	int softirq = compat_in_softirq();
	struct calls *here = calls_here();
	struct frag_return given = {}, *before;

	if (!take_skb(page, &given) || !here || softirq < 0)
		return;
	given.task = bpf_get_current_pid_tgid();
	given.pending = true;
	before = &here->returns[softirq & 1];
	if (before->pending && (softirq || before->task == given.task))
		count_return(before->frame, before->round);
	*before = given;
}

/*
 * A frame is given back. Memory of a type that ends in put_page(), and the last
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

	if (!armed || !direct_base)
		return;
	event.page = page_base +
		     (((__u64)BPF_CORE_READ(frame, data) - direct_base) >>
		      page_shift) *
			     compat_page_size();
	event.page = head_of(event.page);
	event.frame = frame_of(event.page);
	word = shadow_word(event.frame, false);
	if (!word)
		return;
	event.before = *(volatile __u64 *)word;
	event.slot = word_slot(event.before);
	pool = pool_record(event.slot);
	if (!pool || !state_is_held(word_state(event.before)))
		return;
	FLOW(pool_flow(event.slot, pool->life), xdp_returns);
	if (compat_frame_memory(frame) == compat_mem_type_page_pool())
		return;
	event.pool = page_pool_of(event.page);
	if (pool->id.pool == event.pool && pool_is_live(pool) &&
	    page_claims(event.page, event.pool) &&
	    page_refcount(event.page) == 1)
		publish_event(ctx, &event, PROOF_DIRECT);
}

#endif
