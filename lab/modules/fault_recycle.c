// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs on the way of pages in and out of the cache and the ring, and on what
 * comes after a pool's destruction.
 */
#include "fault.h"

static int put_while_pooled(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	struct page *page;
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half()) ?: fault_empty_ring(fp);
	page = fault_take(fp);
	if (!page)
		return fault_pool_end(fp) ?: -ENOMEM;
	fault_put_ring(fp, page);
	if (wrong) {
		fault_put_ring(fp, page);
		/* one of both out again, before somebody gets it */
		ptr_ring_consume_bh(&fp->pool->ring);
	}
	err = fault_traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

static int handed_out_twice(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	struct page *page, *again = NULL;
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half()) ?: fault_empty_ring(fp);
	local_bh_disable();
	page = fault_take(fp);
	if (page && wrong)
		compat_set_cached(fp->pool, fp->pool->alloc.count++, page);
	if (page)
		again = fault_take(fp);
	local_bh_enable();
	if (!again || wrong != (again == page))
		err = -EAGAIN;
	/* both users give back what they have */
	if (page)
		fault_put_ring(fp, page);
	if (again)
		fault_put_ring(fp, again);
	/* and one of both out again, before somebody gets it */
	if (page && again == page)
		ptr_ring_consume_bh(&fp->pool->ring);
	err = fault_traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

static void from_cache_to_ring(struct fault_pool *fp)
{
	fp->pool->alloc.count--;
	fault_put_ring(fp, fp->page);
}

static int put_after_destroy(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	struct page *page;
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_ms);
	page = fault_take(fp);
	if (!page)
		return fault_pool_end(fp) ?: -ENOMEM;
	fault_pool_destroy(fp);
	if (wrong) {
		fault_put_direct(fp, page);
		return fault_pool_keep(fp, from_cache_to_ring, page) ?: err;
	}
	fault_put_ring(fp, page);
	return fault_release() ?: err;
}

static void put_kept(struct fault_pool *fp)
{
	fault_put_ring(fp, fp->page);
}

static int stalled_shutdown(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	struct page *page;
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_ms);
	page = fault_take(fp);
	if (!page)
		return fault_pool_end(fp) ?: -ENOMEM;
	fault_pool_destroy(fp);
	fault_pool_keep(fp, put_kept, page);
	/* late, but it comes: the kernel looks once a second */
	return wrong ? err : fault_release() ?: err;
}

const struct knob recycle_knobs[] = {
	KNOB(put_while_pooled, "a page is put into the ring twice",
	     "a page is put into the ring once"),
	KNOB(handed_out_twice,
	     "the cache gives out a page that is out, and both users put it",
	     "the cache gives out two pages"),
	KNOB(put_after_destroy,
	     "a page is put into the cache of a destroyed pool",
	     "a page is put into the ring of a destroyed pool"),
	KNOB(stalled_shutdown, "a page stays out when its pool is destroyed",
	     "a page comes back after its pool was destroyed"),
	{},
};
