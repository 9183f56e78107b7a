/* SPDX-License-Identifier: GPL-2.0 */
/* The fragments of a page, judged by the kernel's own counter (model.h). */
#ifndef NETMEM_FRAGMENTS_BPF_H
#define NETMEM_FRAGMENTS_BPF_H

#include "follow.bpf.h"

/* The fragments of a round are all back: its page begins anew. */
static __always_inline void end_round(struct page_note *note,
				      struct pool_flow *flow)
{
	if (!note->frags_issued)
		return;
	if (flow)
		__sync_fetch_and_add(&flow->frags_done, note->frags_issued);
	note->frags_issued = 0;
	note->round_seen = ((note->round_seen >> 16) + 1) << 16;
}

static __always_inline void check_last_frag(void *ctx,
					    struct shadow_event *event)
{
	struct page_note *note = page_note(event->frame);
	__s64 count;

	if (!note || !note->frags_issued ||
	    !compat_frag_count(event->page, &count))
		return;
	event->check = frag_check_last(count);
	if (event->check != CHECK_NONE)
		publish(ctx, event, PROOF_DIRECT, NULL);
}

struct frag_place {
	__u32 offset;
	__u32 size;
};

/* The page that the pool gave fragments of before, now that it turned away. */
static __always_inline void check_drained(void *ctx, struct pool_record *pool,
					  const struct shadow_event *event)
{
	struct shadow_event old = { .event = event->event };
	struct frag_round round = {};
	struct page_note *note;
	__u64 *word;

	old.page = pool->frag_page;
	if (!old.page || old.page == event->page)
		return;
	old.pool = event->pool;
	old.slot = event->slot;
	old.frame = frame_of(old.page);
	word = shadow_word(old.frame, false);
	note = page_note(old.frame);
	if (!word || !note || !compat_frag_count(old.page, &round.count))
		return;
	old.before = *(volatile __u64 *)word;
	round.issued = pool->frag_issued;
	round.seen = note->round_seen & 0xffff;
	/* All were back already: then it was not even drained. */
	if (word_state(old.before) != STATE_OUT ||
	    word_slot(old.before) != event->slot ||
	    round.count == frag_bias_of(round.count) - round.issued)
		return;
	old.check = frag_check_drained(&round);
	if (old.check != CHECK_NONE)
		publish(ctx, &old, PROOF_DIRECT, NULL);
}

/* @place: what the caller was told; @issued: by the pool's own count. */
static __always_inline void check_issue(void *ctx,
					const struct pool_record *pool,
					struct shadow_event *event,
					const struct frag_place *place,
					__s64 issued)
{
	struct frag_round round = { .issued = issued };
	__u64 detail[4] = { place->offset, place->size, 0, issued };
	__u32 end = pool->frag_end;

	/* Another page, or the same again from its start: a new round. */
	if (pool->frag_page != event->page || !place->offset)
		end = 0;
	event->check = frag_check_place(place->offset, place->size, end,
					1ULL << page_shift << pool->id.order);
	if (compat_frag_count(event->page, &round.count)) {
		detail[2] = round.count;
		if (event->check == CHECK_NONE)
			event->check = frag_check_issue(&round);
	}
	if (event->check != CHECK_NONE)
		publish(ctx, event, PROOF_DIRECT, detail);
}

#endif
