/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hold and release of a page whose word and pool are as they should be, which
 * is nearly every event, with one look at each. All else is left to take_hold()
 * and take_release(), nothing having changed: first and last events of a pool,
 * net_iovs, pages without a word, words that another event changed meanwhile,
 * and whatever breaks a check. They do the same for these events as for those
 * taken here.
 */
#ifndef NETMEM_QUICK_BPF_H
#define NETMEM_QUICK_BPF_H

#include "bpf/core/log.bpf.h"
#include "bpf/track/flow.bpf.h"
#include "bpf/track/quick_word.bpf.h"
#include "bpf/track/referenced.bpf.h"

/* One hold in so many keeps its stack. */
#define HOLD_STACK_EVERY 0x10000

/* Only where a list of pages is being made: bpf/core/log.bpf.h. */
static __noinline void log_hold(__u64 page, __u32 slot)
{
	log_page(page_to_pfn(page), slot);
}

static __noinline void follow_hold(__u64 page)
{
	flow_hold(page_to_pfn(page));
}

static __noinline __u32 pool_find_farther(__u64 address)
{
	return pool_find(address);
}

/*
 * The live pool of an event. Nearly all are in the first place of their
 * hash; else a pool that was there before is not forgotten yet.
 */
static __always_inline struct pool_record *quick_pool(const volatile __u64 *ctx,
						      __u32 *slot)
{
	struct pool_record *pool;

	*slot = pool_hash(ctx[0]);
	pool = pool_record(*slot);
	if (pool && pool->id.pool == ctx[0] && pool_is_live(pool))
		return pool;
	*slot = pool_find_farther(ctx[0]);
	return *slot == SLOT_NONE ? NULL : pool_record(*slot);
}

/*
 * hold(pool, page, count); false: not taken. What is needed beyond a call fits
 * the registers that calls leave alone: so the arguments are read again.
 */
static __always_inline bool quick_hold(const volatile __u64 *ctx)
{
	__u64 *word, index, old, new;
	struct model_input in = {};
	struct pool_record *pool;

	if (!quick_index(ctx[1], &index))
		return false;
	word = quick_word(index);
	if (!word)
		return false;
	pool = quick_pool(ctx, &in.slot);
	if (!pool || (__u32)ctx[2] == 1 ||
	    !(pool->hold_seen & (HOLD_STACK_EVERY - 1)))
		return false;
	in.age = age_now();
	in.pool_gen = pool->generation;
	old = *(volatile __u64 *)word;
	new = model_plain_hold(old, &in);
	if (!new || !swap_word(word, old, new))
		return false;
	if (log_is_open())
		log_hold(ctx[1], in.slot);
	if (following)
		follow_hold(ctx[1]);
	pool->hold_seen++;
	pool->hold_last = ctx[2];
	return true;
}

/* What a release says to flow_release(). */
static __noinline void follow_release(const __u64 *ctx, __u64 before)
{
	__u32 slot = word_slot(before);
	struct pool_record *pool = pool_record(slot);

	if (pool)
		flow_release(ctx[1], page_to_pfn(ctx[1]), before, slot, pool);
}

/* release(pool, page, count); false: not taken. */
static __always_inline bool quick_release(const __u64 *ctx)
{
	__u64 *word, index, old, new;
	struct model_input in = {};
	struct pool_record *pool;

	if (!quick_index(ctx[1], &index))
		return false;
	word = quick_word(index);
	if (!word)
		return false;
	old = *(volatile __u64 *)word;
	in.slot = word_slot(old);
	pool = pool_record(in.slot);
	if (!pool || pool->id.pool != ctx[0])
		return false;
	in.pool_gen = pool->generation;
	new = model_plain_release(old, &in);
	if (!new || !swap_word(word, old, new))
		return false;
	if (following)
		follow_release(ctx, old);
	note_references(ctx);
	__sync_fetch_and_add(&pool->release_seen, 1);
	return true;
}

#endif
