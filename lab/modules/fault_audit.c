// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs that leave something wrong in a pool's ring, for whoever looks into
 * it. The pool rests until `release`.
 */
#include "fault.h"

/* take_out: what lies longest in the ring, which nobody else may get. */
static void take_out(struct fault_pool *fp)
{
	ptr_ring_consume_bh(&fp->pool->ring);
}

/* A pool that has had its traffic, and one page of it. */
static int begin(struct fault_pool **fp, struct page **page)
{
	int err;

	*fp = fault_pool_new(0, 0, 0);
	if (!*fp)
		return -ENOMEM;
	err = fault_traffic(*fp, fault_ms) ?: fault_empty_ring(*fp);
	if (!err)
		*page = fault_take(*fp);
	if (!err && !*page)
		err = -ENOMEM;
	return err;
}

static int pool_duplicate(bool wrong)
{
	struct fault_pool *fp;
	struct page *page;
	int err = begin(&fp, &page);

	if (err)
		return err;
	if (!wrong) {
		fault_put_ring(fp, page);
		return fault_pool_keep(fp, NULL, NULL);
	}
	/* past the pool's functions, as a race would leave it */
	ptr_ring_produce_bh(&fp->pool->ring, page);
	fault_put_ring(fp, page);
	return fault_pool_keep(fp, take_out, NULL);
}

static void move_home(struct fault_pool *fp)
{
	take_out(fp);
	fault_put_ring(fp->other, fp->page);
}

static int pool_foreign(bool wrong)
{
	struct fault_pool *fp, *other;
	struct page *page;
	int err = begin(&other, &page);

	if (err)
		return err;
	fp = fault_pool_new(0, 0, 0);
	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half()) ?: fault_empty_ring(fp);
	fault_put_ring(wrong ? fp : other, page);
	fp->other = other;
	return fault_pool_keep(fp, wrong ? move_home : NULL, page) ?: err;
}

static void put_reference(struct fault_pool *fp)
{
	put_page(fp->page);
}

static int pool_refcount(bool wrong)
{
	struct fault_pool *fp;
	struct page *page;
	int err = begin(&fp, &page);

	if (err)
		return err;
	fault_put_ring(fp, page);
	if (!wrong)
		return fault_pool_keep(fp, NULL, NULL);
	get_page(page);
	return fault_pool_keep(fp, put_reference, page);
}

const struct knob audit_knobs[] = {
	KNOB(pool_duplicate, "the ring has a page twice",
	     "the ring has a page once, and the pool rests"),
	KNOB(pool_foreign, "the ring has a page of another pool",
	     "two pools rest, each with its own pages"),
	KNOB(pool_refcount, "a page in the ring has two references",
	     "the pages in the ring have one reference each"),
	{},
};
