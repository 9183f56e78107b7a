// SPDX-License-Identifier: GPL-2.0
/*
 * Cases on pages that are given out in fragments.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "test.h"

#define LIVE 48
#define ROUNDS 1500

struct fragment {
	struct page *page;
	unsigned int offset;
	unsigned int size;
	u8 pattern;
};

static void *fragment_address(const struct fragment *f)
{
	return page_address(f->page) + f->offset;
}

/* False: it does not lie inside the page, or is no page of this pool. */
static bool take(struct page_pool *pool, struct fragment *f, unsigned int size,
		 u8 pattern)
{
	local_bh_disable();
	f->page = page_pool_alloc_frag(pool, &f->offset, size, GFP_TEST);
	local_bh_enable();
	f->size = size;
	f->pattern = pattern;
	if (!f->page || PageTail(f->page) || page_owner_pool(f->page) != pool ||
	    f->offset + size > PAGE_SIZE << pool->p.order)
		return false;
	memset(fragment_address(f), pattern, size);
	return true;
}

/* False: somebody else has written to it. */
static bool give(struct page_pool *pool, struct fragment *f)
{
	bool whole = !memchr_inv(fragment_address(f), f->pattern, f->size);

	switch (test_random(3)) {
	case 0:
		pool_put_napi(pool, f->page);
		break;
	case 1:
		page_pool_put_full_page(pool, f->page, false);
		break;
	default:
		/* with an address inside the fragment, as an skb has it */
		page_pool_return_skb_page(virt_to_page(fragment_address(f)));
	}
	f->page = NULL;
	return whole;
}

/* Fragments of many sizes, given back in any order. */
static void fragments(struct kase *t, unsigned int order)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, order, 0);
	unsigned int max = PAGE_SIZE << order;
	int i, live = 0, bad = 0, overwritten = 0;
	struct fragment *f;

	if (!pool)
		return;
	f = kcalloc(LIVE, sizeof(*f), GFP_KERNEL);
	if (!expect(t, !f, false))
		goto destroy;
	for (i = 0; i < ROUNDS; i++) {
		struct fragment *one = &f[test_random(LIVE)];

		if (one->page) {
			overwritten += !give(pool, one);
			live--;
		} else {
			/* small ones, half pages, whole pages */
			static const int part[] = { 32, 8, 4, 2, 1 };
			unsigned int size =
				max / part[test_random(ARRAY_SIZE(part))];

			bad += !take(pool, one, 1 + test_random(size), i);
			live++;
		}
	}
	/* fewer pages than fragments: pages are shared, and come back */
	expect(t, held(pool) < ROUNDS / 2, true);
	expect(t, out(pool) <= live + 1, true);
	for (i = 0; i < LIVE; i++)
		if (f[i].page)
			overwritten += !give(pool, &f[i]);
	expect(t, bad, 0);
	expect(t, overwritten, 0);
	expect(t, released(pool), 0);
	/* the page that the pool cuts fragments from */
	expect(t, out(pool), 1);
	kfree(f);
destroy:
	pool_done(t, pool);
}

static void case_fragments(struct kase *t)
{
	fragments(t, 0);
}

static void case_fragments_high_order(struct kase *t)
{
	fragments(t, 2);
}

/* The page is back with its last fragment, and not before. */
static void case_fragment_last(struct kase *t)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, 0, 0);
	struct page *page;
	int i;

	if (!pool)
		return;
	page = pool_page(pool);
	page_pool_fragment_page(page, 5);
	for (i = 0; i < 4; i++) {
		page_pool_put_full_page(pool, page, false);
		expect(t, out(pool), 1);
		expect(t, in_ring(pool), 0);
	}
	page_pool_put_full_page(pool, page, false);
	expect(t, out(pool), 0);
	expect(t, in_ring(pool), 1);
	pool_done(t, pool);
}

/* Fragments of a few pages in one bulk, as XDP returns them. */
static void case_fragment_bulk(struct kase *t)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, 1, 0);
	struct fragment f[12];
	void *data[12];
	int i, pages;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(f); i++)
		expect(t, take(pool, &f[i], PAGE_SIZE / 2, i), true);
	pages = out(pool);
	expect(t, pages, 3);
	/* all but one of the first page; the bulk overwrites its array */
	for (i = 1; i < ARRAY_SIZE(f); i++)
		data[i - 1] = fragment_address(&f[i]) + 10;
	page_pool_put_page_bulk(pool, data, ARRAY_SIZE(f) - 1);
	/* the third is still the one that the pool cuts from */
	expect(t, in_ring(pool), 1);
	expect(t, out(pool), 2);
	data[0] = fragment_address(&f[0]);
	page_pool_put_page_bulk(pool, data, 1);
	expect(t, in_ring(pool), 2);
	expect(t, out(pool), 1);
	expect(t, released(pool), 0);
	pool_done(t, pool);
}

/* A page whose fragments are all back is cut again from its start. */
static void case_fragment_reuse(struct kase *t)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, 0, 0);
	struct fragment a, b, c;
	u32 fresh;

	if (!pool)
		return;
	expect(t, take(pool, &a, PAGE_SIZE / 2, 1), true);
	expect(t, take(pool, &b, PAGE_SIZE / 2, 2), true);
	expect(t, a.page == b.page, true);
	expect(t, b.offset, PAGE_SIZE / 2);
	fresh = cached(pool);
	page_pool_put_full_page(pool, a.page, false);
	page_pool_put_full_page(pool, b.page, false);
	expect(t, take(pool, &c, PAGE_SIZE / 4, 3), true);
	expect(t, c.page == a.page, true);
	expect(t, c.offset, 0);
	expect(t, cached(pool), fresh);

	/* with one user left, another page is taken */
	expect(t, take(pool, &b, PAGE_SIZE, 4), true);
	expect(t, b.page == c.page, false);
	expect(t, cached(pool), fresh - 1);
	expect(t, !memchr_inv(fragment_address(&c), 3, c.size), true);
	page_pool_put_full_page(pool, c.page, false);
	expect(t, out(pool), 1);
	page_pool_put_full_page(pool, b.page, false);
	pool_done(t, pool);
}

/* A fragment that outlives its pool's user keeps the pool. */
static void case_fragment_destroy(struct kase *t)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, 1, 0);
	struct fragment f;

	if (!pool)
		return;
	expect(t, take(pool, &f, 700, 1), true);
	pool_destroy(pool);
	expect(t, pool_gone(pool), false);
	expect(t, held(pool) - released(pool), 1);
	page_pool_put_full_page(pool, f.page, false);
	pool_expect_gone(t, pool, 8 * HZ);
}

/* Small packets whose heads share a page. */
static void case_fragment_skb(struct kase *t)
{
	struct page_pool *pool = pool_new(t, PP_FLAG_PAGE_FRAG, 2, 0);
	struct sk_buff *skb[8];
	struct fragment f;
	int i;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(skb); i++) {
		expect(t, take(pool, &f, 2048, i), true);
		skb[i] = build_skb(fragment_address(&f), 2048);
		if (!expect(t, !skb[i], false)) {
			page_pool_put_full_page(pool, f.page, false);
			continue;
		}
		skb_mark_for_recycle(skb[i]);
	}
	expect(t, out(pool), 1);
	for (i = ARRAY_SIZE(skb) - 1; i >= 0; i--)
		consume_skb(skb[i]);
	expect(t, released(pool), 0);
	expect(t, take(pool, &f, 2048, 1), true);
	/* all eight were back: the same page from its start */
	expect(t, f.offset, 0);
	expect(t, held(pool), 1);
	page_pool_put_full_page(pool, f.page, false);
	pool_done(t, pool);
}

struct kase frag_cases[] = {
	{ "fragments", case_fragments },
	{ "fragments_high_order", case_fragments_high_order },
	{ "fragment_last", case_fragment_last },
	{ "fragment_bulk", case_fragment_bulk },
	{ "fragment_reuse", case_fragment_reuse },
	{ "fragment_destroy", case_fragment_destroy },
	{ "fragment_skb", case_fragment_skb },
	{},
};
