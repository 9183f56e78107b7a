/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Judges what a pool's cache and ring hold. One look may race with the pool;
 * a suspicion counts only when a second look sees it in the same place with
 * the pool's indices unmoved.
 */
#ifndef NETMEM_AUDIT_MODEL_H
#define NETMEM_AUDIT_MODEL_H

#include "model/model.h"
#include "model/records.h"

/* The check that one entry of @pool's cache or ring breaks. */
MODEL_INLINE __u32 audit_entry(const struct audit_page *page, __u64 pool,
			       int has_mark)
{
	if (!page->entry)
		return CHECK_NONE;
	if (!page->readable)
		return CHECK_pool_foreign;
	/* A net_iov says whose it is, and has no more than that. */
	if (frame_is_net_iov(page->frame))
		return page->pool == pool ? CHECK_NONE : CHECK_pool_foreign;
	if (has_mark && !page->is_signed)
		return page->refcount > 0 ? CHECK_pool_refcount :
					    CHECK_pool_foreign;
	if (has_mark && page->pool != pool)
		return CHECK_pool_foreign;
	if (page->refcount != 1)
		return CHECK_pool_refcount;
	return CHECK_NONE;
}

/*
 * The same, by the state of the entry's word. HELD may be anywhere in a pool, and
 * RETURNING is on its way.
 */
MODEL_INLINE __u32 audit_state(__u32 state)
{
	return state == STATE_OUT || state == STATE_FREE ?
		       CHECK_pooled_while_out :
		       CHECK_NONE;
}

/* Entries of a ptr_ring that are its own: from consumer_head to producer. */
MODEL_INLINE __u32 audit_ring_span(const struct audit_look *look,
				   int head_is_used)
{
	if (look->ring_size == 0 || look->producer >= look->ring_size ||
	    look->consumer_head >= look->ring_size)
		return 0;
	if (look->producer == look->consumer_head)
		return head_is_used ? look->ring_size : 0;
	return (look->producer + look->ring_size - look->consumer_head) %
	       look->ring_size;
}

MODEL_INLINE int audit_look_stable(const struct audit_look *look)
{
	return look->readable && look->cache_count == look->cache_count_after &&
	       look->producer == look->producer_after &&
	       look->consumer_head == look->consumer_head_after;
}

/* Nothing moved between two looks. */
MODEL_INLINE int audit_unmoved(const struct audit_look *first,
			       const struct audit_look *second)
{
	return audit_look_stable(first) && audit_look_stable(second) &&
	       first->pool == second->pool &&
	       first->cache_count == second->cache_count &&
	       first->producer == second->producer &&
	       first->consumer_head == second->consumer_head &&
	       first->hold == second->hold && first->release == second->release;
}

#endif
