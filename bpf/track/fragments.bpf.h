/* SPDX-License-Identifier: GPL-2.0 */
/* The fragments of a page, judged by the kernel's own counter (model.h). */
#ifndef NETMEM_FRAGMENTS_BPF_H
#define NETMEM_FRAGMENTS_BPF_H

#include "bpf/track/follow.bpf.h"

static __always_inline void check_last_frag(void *ctx,
					    const struct shadow_event *event)
{
	struct page_note *note = page_note(event->pfn);
	struct emitted *it;
	__s64 count;
	__u32 check;

	if (!note || !note->frags_issued ||
	    !compat_frag_count(event->page, &count))
		return;
	check = frag_check_last(count);
	if (check == CHECK_NONE)
		return;
	it = emitted_new();
	if (!it)
		return;
	it->event = *event;
	it->event.check = check;
	it->detail[2] = count;
	it->detail[3] = note->frags_issued;
	publish(ctx, PROOF_DIRECT);
}

struct frag_place {
	__u32 offset;
	__u32 size;
	__s64 issued; /* of the page so far, as the pool counts them */
};

/* The page that the pool gave fragments of before, now that it turned away. */
static __always_inline void check_drained(void *ctx,
					  const struct pool_record *pool,
					  const struct shadow_event *event)
{
	__u64 page = pool->frag_page, pfn = page_to_pfn(page), *word, before;
	struct frag_cycle cycle = {};
	struct page_note *note;
	struct emitted *it;
	__u32 check;

	if (!page || page == event->page)
		return;
	word = shadow_word(pfn, false);
	note = page_note(pfn);
	if (!word || !note || !compat_frag_count(page, &cycle.count))
		return;
	before = *(volatile __u64 *)word;
	cycle.issued = pool->frag_issued;
	cycle.seen = note->cycle_seen & 0xffff;
	/* All were back already: then it was not even drained. */
	if (word_state(before) != STATE_OUT ||
	    word_slot(before) != event->slot ||
	    cycle.count == frag_bias_of(cycle.count) - cycle.issued)
		return;
	check = frag_check_drained(&cycle);
	if (check == CHECK_NONE)
		return;
	it = emitted_new();
	if (!it)
		return;
	it->event = *event;
	it->event.check = check;
	it->event.page = page;
	it->event.pfn = pfn;
	it->event.before = before;
	it->detail[2] = cycle.count;
	it->detail[3] = cycle.issued;
	publish(ctx, PROOF_DIRECT);
}

/* @place: what the caller got. */
static __always_inline void check_issue(void *ctx,
					const struct pool_record *pool,
					const struct shadow_event *event,
					const struct frag_place *place)
{
	struct frag_cycle cycle = { .issued = place->issued };
	__u32 end = pool->frag_end, check;
	struct emitted *it;

	/* Another page, or the same again from its start: a new fragment cycle. */
	if (pool->frag_page != event->page || !place->offset)
		end = 0;
	check = frag_check_place(place->offset, place->size, end,
				 1ULL << page_shift << pool->id.order);
	if (check == CHECK_NONE && compat_frag_count(event->page, &cycle.count))
		check = frag_check_issue(&cycle);
	if (check == CHECK_NONE)
		return;
	it = emitted_new();
	if (!it)
		return;
	it->event = *event;
	it->event.check = check;
	it->detail[0] = place->offset;
	it->detail[1] = place->size;
	it->detail[2] = cycle.count;
	it->detail[3] = place->issued;
	publish(ctx, PROOF_DIRECT);
}

/*
 * Once a pool that is evidence: what follows such a fragment in its page is
 * misaligned as well. All of them count.
 */
static __always_inline void check_alignment(void *ctx, struct pool_record *pool,
					    const struct shadow_event *event,
					    const struct frag_place *place,
					    struct pool_flow *flow)
{
	struct emitted *it;

	if (buffer_check_align(place->offset, 0) == CHECK_NONE)
		return;
	FLOW(flow, frags_misaligned);
	if (pool->misaligned_stored & MISALIGNED_BY_FRAGMENT)
		return;
	it = emitted_new();
	if (!it)
		return;
	it->event = *event;
	it->event.check = CHECK_frag_misaligned;
	it->detail[0] = place->offset;
	it->detail[1] = place->size;
	if (publish(ctx, PROOF_DIRECT))
		pool->misaligned_stored |= MISALIGNED_BY_FRAGMENT;
}

#endif
