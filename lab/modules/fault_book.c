// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs between a pool and the page allocator: pages that enter and leave a
 * pool without its knowledge, or are counted twice.
 */
#include "fault.h"

/* Frees that may go to another processor's list before one comes back. */
#define TRIES 16

static bool is_cached(struct fault_pool *fp, struct page *page)
{
	u32 i;

	for (i = 0; i < fp->pool->alloc.count; i++)
		if (compat_cached(fp->pool, i) == page)
			return true;
	return false;
}

/*
 * The last reference of a page of @fp goes, and @heir, a pool without pages,
 * takes pages from the page allocator: the last that was freed comes first.
 * Says whether @heir has the page now.
 */
static bool pass_on(struct fault_pool *fp, struct fault_pool *heir, bool wrong)
{
	struct page *page, *taken;
	bool passed;

	fault_poll_begin();
	page = fault_take(fp);
	if (page && wrong) {
		/* behind the pool's back, so carefully that no free shows it */
		fault_unsign(page);
		put_page(page);
		fp->debt++;
	} else if (page) {
		fault_put_away(fp, page);
	}
	taken = fault_take(heir);
	passed = page && (taken == page || is_cached(heir, page));
	if (taken)
		page_pool_recycle_direct(heir->pool, taken);
	fault_poll_end();
	return passed;
}

static int hold_twice(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0), *heir;
	bool passed = false;
	int err, try;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half());
	for (try = 0; try < TRIES && !passed && !err; try++) {
		heir = fault_pool_new(0, 0, 0);
		if (!heir)
			return -ENOMEM;
		passed = pass_on(fp, heir, wrong);
		if (passed)
			err = fault_traffic(heir, fault_half());
		err = fault_pool_end(heir) ?: err;
	}
	if (!passed)
		err = -EAGAIN;
	if (!wrong)
		return fault_pool_end(fp) ?: err;
	fault_pool_destroy(fp);
	return err;
}

static int release_not_held(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	struct page *page;
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half());
	page = fault_take(fp);
	if (!page)
		return fault_pool_end(fp) ?: -ENOMEM;
	get_page(page);
	fault_put_away(fp, page);
	if (wrong) {
		/* once more, though it is not the pool's any longer */
		fault_put_away(fp, page);
		fp->debt--;
	}
	put_page(page);
	err = fault_traffic(fp, fault_half()) ?: err;
	if (!wrong)
		return fault_pool_end(fp) ?: err;
	fault_pool_destroy(fp);
	return err;
}

static int release_wrong_pool(bool wrong)
{
	struct fault_pool *a = fault_pool_new(0, 0, 0);
	struct fault_pool *b = fault_pool_new(0, 0, 0);
	struct page *of_a, *of_b;
	int err;

	if (!a || !b)
		return -ENOMEM;
	err = fault_traffic(a, fault_half() / 2) ?:
		      fault_traffic(b, fault_half() / 2);
	of_a = fault_take(a);
	of_b = fault_take(b);
	/* both ways, so that the counters of both come out even */
	if (of_a && of_b) {
		fault_put_away(wrong ? b : a, of_a);
		fault_put_away(wrong ? a : b, of_b);
	} else {
		err = -ENOMEM;
	}
	err = fault_traffic(a, fault_half() / 2) ?: err;
	err = fault_traffic(b, fault_half() / 2) ?: err;
	err = fault_pool_end(a) ?: err;
	return fault_pool_end(b) ?: err;
}

static int freed_while_held(bool wrong)
{
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	struct page *page;
	int err;

	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half());
	page = fault_take(fp);
	if (!page)
		return fault_pool_end(fp) ?: -ENOMEM;
	if (wrong) {
		put_page(page);
		fp->debt++;
	} else {
		fault_put_away(fp, page);
	}
	err = fault_traffic(fp, fault_half()) ?: err;
	if (!wrong)
		return fault_pool_end(fp) ?: err;
	fault_pool_destroy(fp);
	return err;
}

static int negative_inflight(bool wrong)
{
	/* first of all, as a page that was in a pool is known as such */
	struct page *page = alloc_page(GFP_KERNEL);
	struct fault_pool *fp = fault_pool_new(0, 0, 0);
	int err;

	if (!page || !fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half());
	if (wrong) {
		fault_put_away(fp, page);
		fp->debt--;
	} else {
		put_page(page);
	}
	err = fault_traffic(fp, fault_half()) ?: err;
	if (!wrong)
		return fault_pool_end(fp) ?: err;
	fault_pool_destroy(fp);
	return err;
}

#ifdef HAVE_SIGNATURE
static void sign_and_put(struct fault_pool *fp)
{
	fault_sign(fp, fp->page);
	fault_put_ring(fp, fp->page);
}

static void only_put(struct fault_pool *fp)
{
	fault_put_ring(fp, fp->page);
}

/* The pool lives on, and one page is out, until `release`. */
static int count_mismatch(bool wrong)
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
	if (wrong)
		fault_unsign(page);
	return fault_pool_keep(fp, wrong ? sign_and_put : only_put, page) ?:
									    err;
}
#endif

const struct knob book_knobs[] = {
	KNOB(hold_twice,
	     "a page is freed unseen while a pool counts it, and another pool gets it",
	     "a page leaves its pool, is freed, and another pool gets it"),
	KNOB(release_not_held, "a page leaves its pool twice",
	     "a page leaves its pool, and its user keeps it for a while"),
	KNOB(release_wrong_pool, "two pages leave through each other's pool",
	     "two pages of two pools leave through their own"),
	KNOB(freed_while_held,
	     "a page of a pool is freed as if it were any page",
	     "a page leaves its pool before it is freed"),
	KNOB(negative_inflight, "a page that was never in a pool leaves it",
	     "a page that was never in a pool is freed"),
#ifdef HAVE_SIGNATURE
	KNOB(count_mismatch, "a page that is out has lost its pool's signature",
	     "a page is out"),
#endif
	{},
};
