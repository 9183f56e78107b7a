/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations and puts of a page whose word and pool are as they should be. All
 * else is left to the full way (alloc.bpf.h, put.bpf.h), nothing having changed:
 * pools that are being destroyed, net_iovs, and whatever breaks a
 * check. It does the same for these events as for those taken here.
 */
#ifndef NETMEM_QUICK_FOLLOW_BPF_H
#define NETMEM_QUICK_FOLLOW_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/track/cache.bpf.h"
#include "bpf/track/quick_word.bpf.h"

struct quick_page {
	__u64 *word;
	__u64 old;
	struct pool_record *pool;
	struct page_note *note;
	struct model_input in;
};

/* @address: the pool, 0 where the page's word has to tell. */
static __always_inline bool quick_find(__u64 address, __u64 page,
				       struct quick_page *it)
{
	__u32 index;
	__u64 at;

	if (armed != ARMED || !quick_index(page, &at))
		return false;
	index = at;
	it->word = quick_word(index);
	if (!it->word)
		return false;
	it->old = *(volatile __u64 *)it->word;
	it->in.slot = word_slot(it->old);
	it->pool = pool_record(it->in.slot);
	if (!it->pool || (address && it->pool->id.pool != address) ||
	    it->pool->status != POOL_ACTIVE || it->pool->destroying)
		return false;
	it->in.pool_gen = it->pool->generation;
	it->note = bpf_map_lookup_elem(&page_notes, &index);
	return it->note;
}

/* No fragments, or none of them is missing. */
static __always_inline bool quick_last_frag(const struct quick_page *it,
					    __u64 page)
{
	__s64 count;

	return !it->note->frags_issued || !compat_frag_count(page, &count) ||
	       frag_check_last(count) == CHECK_NONE;
}

/* ---- the cache: nobody else is inside, nearly always ---- */

static __noinline void enter_taken_cache(void *ctx, struct pool_record *pool)
{
	cache_enter(pool, ctx);
}

static __noinline void visit_taken_cache(void *ctx, struct pool_record *pool)
{
	cache_visit(pool, ctx);
}

/* @before: the page's word before this event, which names the pool. */
static __noinline void leave_met_cache(void *ctx, struct pool_record *pool,
				       __u64 page, __u64 before,
				       enum model_event kind)
{
	struct shadow_event event = {
		.event = kind,
		.pool = pool->id.pool,
		.page = page,
		.pfn = page_to_pfn(page),
		.slot = word_slot(before),
		.before = before,
		.owner_gen = pool->generation,
	};

	cache_leave(ctx, pool, &event, kind != EVENT_PUT_RING);
}

static __always_inline void quick_enter(void *ctx, struct pool_record *pool)
{
	if (*(volatile __u64 *)&pool->inside) {
		enter_taken_cache(ctx, pool);
		return;
	}
	*(volatile __u64 *)&pool->met = 0;
	*(volatile __u64 *)&pool->inside = cache_name() |
					   (bpf_jiffies64() & CACHE_TIME_MASK);
}

static __always_inline void quick_leave(void *ctx, const struct quick_page *it,
					__u64 page, enum model_event kind)
{
	struct pool_record *pool = it->pool;
	__u64 inside = *(volatile __u64 *)&pool->inside;

	if (!inside)
		return;
	if (*(volatile __u64 *)&pool->met) {
		leave_met_cache(ctx, pool, page, it->old, kind);
		return;
	}
	if ((inside & CACHE_NAME_MASK) == cache_name())
		*(volatile __u64 *)&pool->inside = 0;
}

/* ---- allocations ---- */

static __always_inline bool quick_alloc_begins(void *ctx, __u64 address)
{
	struct pool_record *pool = pool_record(pool_hash(address));

	if (armed != ARMED || !pool || pool->id.pool != address ||
	    pool->status != POOL_ACTIVE)
		return false;
	quick_enter(ctx, pool);
	return true;
}

static __always_inline bool quick_alloc(void *ctx, __u64 address, __u64 page)
{
	struct quick_page it = {};
	struct pool_flow *flow;
	__u64 new;

	if (!quick_find(address, page, &it))
		return false;
	it.in.age = age_now();
	new = model_plain_alloc(it.old, &it.in);
	if (!new || !swap_word(it.word, it.old, new))
		return false;
	flow = pool_flow(it.in.slot, it.pool->seq);
	FLOW(flow, handed_out);
	end_cycle(it.note, flow);
	it.note->recycled += word_state(it.old) != STATE_HELD;
	it.note->xdp = 0;
	note_alloc(ctx, it.note, it.pool);
	quick_leave(ctx, &it, page, EVENT_ALLOC);
	return true;
}

/* ---- puts ---- */

static __always_inline void quick_note_put(void *ctx, struct quick_page *it,
					   struct pool_flow *flow)
{
	FLOW(flow, returned);
	note_stacked_put(ctx, it->note, it->pool);
}

/*
 * Its end is not hooked: @cached is where it will go. That a page stays out of
 * cache and ring shows its release.
 */
static __always_inline bool quick_put_predicted(void *ctx, __u64 address,
						__u64 page, bool cached)
{
	struct quick_page it = {};
	struct pool_flow *flow;
	__u64 new;

	if (!quick_find(address, page, &it) || !quick_last_frag(&it, page))
		return false;
	new = model_plain_put(it.old, &it.in,
			      cached ? STATE_CACHED : STATE_RING);
	if (!new)
		return false;
	*put_note(page) = page;
	if (!swap_word(it.word, it.old, new))
		return false;
	flow = pool_flow(it.in.slot, it.pool->seq);
	quick_note_put(ctx, &it, flow);
	if (cached)
		FLOW(flow, cached);
	else
		FLOW(flow, ring);
	if (cached && *(volatile __u64 *)&it.pool->inside && is_recycled(page))
		visit_taken_cache(ctx, it.pool);
	return true;
}

/* Its end is hooked; @enters: it may use the cache meanwhile. */
static __always_inline bool quick_put_begins(void *ctx, __u64 address,
					     __u64 page, bool enters)
{
	struct quick_page it = {};
	__u64 new;

	if (!quick_find(address, page, &it) || !quick_last_frag(&it, page))
		return false;
	new = model_plain_put(it.old, &it.in, STATE_RETURNING);
	if (!new || !swap_word(it.word, it.old, new))
		return false;
	quick_note_put(ctx, &it, pool_flow(it.in.slot, it.pool->seq));
	if (enters)
		quick_enter(ctx, it.pool);
	return true;
}

static __always_inline bool quick_put_ends(void *ctx, __u64 address, __u64 page,
					   bool cached, bool entered)
{
	struct quick_page it = {};
	struct pool_flow *flow;
	__u64 new;

	if (!quick_find(address, page, &it) ||
	    (entered && *(volatile __u64 *)&it.pool->met))
		return false;
	new = model_plain_put_end(it.old, &it.in,
				  cached ? STATE_CACHED : STATE_RING);
	if (!new || !swap_word(it.word, it.old, new))
		return false;
	flow = pool_flow(it.in.slot, it.pool->seq);
	if (cached)
		FLOW(flow, cached);
	else
		FLOW(flow, ring);
	if (entered)
		quick_leave(ctx, &it, page,
			    cached ? EVENT_PUT_CACHE : EVENT_PUT_RING);
	return true;
}

#endif
