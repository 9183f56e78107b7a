/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations of pages and fragments from a pool. */
#ifndef NETMEM_ALLOC_BPF_H
#define NETMEM_ALLOC_BPF_H

#include "bpf/core/control.bpf.h"
#include "bpf/track/cache.bpf.h"
#include "bpf/track/fragments.bpf.h"
#include "bpf/track/quick_follow.bpf.h"

static __noinline void begin_odd_alloc(void *ctx, __u64 address)
{
	struct pool_record *pool = pool_record(pool_find(address));

	if (armed && pool && pool->id.pool == address)
		cache_enter(pool, ctx);
}

static __always_inline void begin_alloc(void *ctx, __u64 address)
{
	if (!quick_alloc_begins(ctx, address))
		begin_odd_alloc(ctx, address);
}

static __always_inline void count_alloc(struct shadow_event *event,
					struct pool_record *pool, void *ctx)
{
	struct page_note *note = page_note(event->pfn);
	__u32 before = word_state(event->before);
	struct pool_flow *flow = pool_flow(event->slot, pool->seq);

	FLOW(flow, handed_out);
	if (!note)
		return;
	if (before == STATE_RETURNING || before == STATE_CACHED ||
	    before == STATE_RING)
		note->recycled++;
	end_cycle(note, flow);
	note->xdp = 0;
	note_alloc(ctx, note, pool);
}

static __noinline void end_odd_alloc(void *ctx, __u64 address, __u64 page)
{
	struct shadow_event event = {
		.event = EVENT_ALLOC,
		.pool = address,
		.page = page,
	};
	struct pool_record *pool = NULL;

	if (!event.pool && page)
		event.pool = page_pool_of(page);
	if (is_passed_over(event.pool, 0, CONTROL_ALLOC))
		return;
	if (page && event.pool)
		pool = follow(ctx, &event);
	if (pool) {
		count_alloc(&event, pool, ctx);
	} else {
		event.slot = pool_find(event.pool);
		pool = pool_record(event.slot);
	}
	if (pool && event.slot != SLOT_NONE)
		cache_leave(ctx, pool, &event, true);
}

/* @address: the pool, 0 where only the page can tell. */
static __always_inline void end_alloc(void *ctx, __u64 address, __u64 page)
{
	if (!quick_alloc(ctx, address, page))
		end_odd_alloc(ctx, address, page);
}

/* A wrapper's end: news only where the compiler put the inner one inside it. */
static __always_inline void end_alloc_outer(void *ctx, __u64 address,
					    __u64 page)
{
	struct calls *here = nested_here();

	if (here && page && here->inner_alloc == page) {
		here->inner_alloc = 0;
		return;
	}
	end_alloc(ctx, address, page);
}

static __always_inline void end_alloc_inner(void *ctx, __u64 address,
					    __u64 page)
{
	struct calls *here = nested_here();

	if (here)
		here->inner_alloc = page;
	end_alloc(ctx, address, page);
}

static __always_inline void end_frag(void *ctx, __u64 address, __u64 page,
				     const struct frag_place *place)
{
	struct shadow_event event = {
		.event = EVENT_ALLOC,
		.pool = address,
		.page = page,
	};
	struct calls *here = nested_here();
	struct pool_record *pool;
	struct page_note *note;
	struct pool_flow *flow;
	__u64 *word;

	if (!armed || !page)
		return;
	if (here)
		here->inner_alloc = 0;
	event.pfn = page_to_pfn(page);
	word = shadow_word(event.pfn, false);
	note = page_note(event.pfn);
	if (!word || !note)
		return;
	/* The compiler may have inlined the allocation of the page here. */
	if (word_state(*word) != STATE_OUT)
		end_alloc(ctx, address, page);
	event.before = *(volatile __u64 *)word;
	event.slot = follow_slot(address, event.before);
	pool = pool_record(event.slot);
	if (!pool || event.slot == SLOT_NONE)
		return;
	flow = pool_flow(event.slot, pool->seq);
	check_drained(ctx, pool, &event);
	if (pool->frag_page != page || !place->offset)
		end_cycle(note, flow);
	check_issue(ctx, pool, &event, place);
	check_alignment(ctx, pool, &event, place, flow);
	note->frags_issued++;
	FLOW(flow, frags_issued);
	pool->frag_page = page;
	pool->frag_issued = place->issued;
	pool->frag_end = place->offset + place->size;
}

static __always_inline void end_frag_inner(void *ctx, __u64 address, __u64 page,
					   const struct frag_place *place)
{
	struct calls *here = nested_here();

	if (here)
		here->inner_frag = page + place->offset;
	end_frag(ctx, address, page, place);
}

static __always_inline void end_frag_outer(void *ctx, __u64 address, __u64 page,
					   const struct frag_place *place)
{
	struct calls *here = nested_here();

	if (here && page && here->inner_frag == page + place->offset) {
		here->inner_frag = 0;
		return;
	}
	end_frag(ctx, address, page, place);
}

static __always_inline void read_offset(struct frag_place *place, __u64 at)
{
	bpf_probe_read_kernel(&place->offset, sizeof(place->offset),
			      (void *)at);
}

#endif
