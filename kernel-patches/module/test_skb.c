// SPDX-License-Identifier: GPL-2.0
/*
 * Cases on the way back through freed skbs.
 */
#include <linux/mm.h>
#include "test.h"

#define HEAD_SIZE PAGE_SIZE

/* An skb whose head is @data, of a page of a pool; owns that page. */
static struct sk_buff *skb_on(struct kase *t, void *data)
{
	struct sk_buff *skb = build_skb(data, HEAD_SIZE);

	if (!expect(t, !skb, false))
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, 64);
	memset(skb_put(skb, 100), 0x42, 100);
	return skb;
}

static struct sk_buff *skb_from(struct kase *t, struct page_pool *pool)
{
	return skb_on(t, page_address(pool_page(pool)));
}

static void add_frag(struct sk_buff *skb, struct page *page)
{
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 128, 1000,
			PAGE_SIZE);
}

static void case_skb_head(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct sk_buff *skb;
	struct page *page;
	u32 cache;

	if (!pool)
		return;
	page = pool_page(pool);
	cache = cached(pool);
	skb = skb_on(t, page_address(page));
	expect(t, out(pool), 1);
	consume_skb(skb);
	expect(t, in_ring(pool), 1);
	expect(t, cached(pool), cache);
	expect(t, out(pool), 0);
	expect(t, page_owner_pool(page) == pool, true);
	expect(t, page_ref_count(page), 1);

	/* in softirq it is the ring too: nobody knows whose softirq it is */
	skb = skb_from(t, pool);
	local_bh_disable();
	kfree_skb(skb);
	local_bh_enable();
	expect(t, in_ring(pool), 2);
	expect(t, out(pool), 0);
	expect(t, released(pool), 0);
	pool_done(t, pool);
}

/* An skb that nobody marked keeps its page for the page allocator. */
static void case_skb_unmarked(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct sk_buff *skb;
	struct page *page;

	if (!pool)
		return;
	page = pool_page(pool);
	page_pool_release_page(pool, page);
	get_page(page);
	skb = build_skb(page_address(page), HEAD_SIZE);
	if (expect(t, !skb, false))
		consume_skb(skb);
	expect(t, in_ring(pool), 0);
	expect(t, page_ref_count(page), 1);
	put_page(page);
	pool_done(t, pool);
}

static void case_skb_frags(struct kase *t)
{
	struct page_pool *small = pool_new(t, 0, 0, 0);
	struct page_pool *large = pool_new(t, 0, 2, 0);
	struct page *a, *b;
	struct sk_buff *skb;

	if (!small || !large)
		goto destroy;
	skb = skb_from(t, small);
	if (!skb)
		goto destroy;
	add_frag(skb, pool_page(small));
	a = pool_page(large);
	b = pool_page(large);
	add_frag(skb, a);
	/* the fragment names a tail page; the pool knows the head alone */
	add_frag(skb, b + 2);
	expect(t,
	       skb_frag_address(&skb_shinfo(skb)->frags[2]) ==
		       page_address(b) + 2 * PAGE_SIZE + 128,
	       true);
	expect(t, PageTail(skb_frag_page(&skb_shinfo(skb)->frags[2])), true);
	expect(t, out(small), 2);
	expect(t, out(large), 2);
	consume_skb(skb);
	expect(t, in_ring(small), 2);
	expect(t, in_ring(large), 2);
	expect(t, out(small) + out(large), 0);
	expect(t, released(small) + released(large), 0);
	/* the refill hands out what came last */
	expect(t, pool_page(large) == b, true);
	expect(t, pool_page(large) == a, true);
	page_pool_put_full_page(large, a, false);
	page_pool_put_full_page(large, b, false);
destroy:
	if (small)
		pool_done(t, small);
	if (large)
		pool_done(t, large);
}

/* The head lies in a tail page of a compound one. */
static void case_skb_tail_head(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 2, 0);
	struct sk_buff *skb;
	struct page *page;
	int i;

	if (!pool)
		return;
	for (i = 0; i < 4; i++) {
		page = pool_page(pool);
		skb = skb_on(t, page_address(page) + i * PAGE_SIZE);
		if (skb)
			consume_skb(skb);
		expect(t, in_ring(pool), 1);
		expect(t, out(pool), 0);
	}
	expect(t, held(pool), 1);
	expect(t, released(pool), 0);
	pool_done(t, pool);
}

static void clones(struct kase *t, bool clone_first)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct sk_buff *skb, *clone, *third;

	if (!pool)
		return;
	skb = skb_from(t, pool);
	if (!skb)
		goto destroy;
	add_frag(skb, pool_page(pool));
	clone = skb_clone(skb, GFP_KERNEL);
	third = skb_clone(skb, GFP_KERNEL);
	if (expect(t, clone && third, true)) {
		expect(t, clone->pp_recycle, 1);
		consume_skb(third);
		expect(t, out(pool), 2);
		consume_skb(clone_first ? clone : skb);
		expect(t, out(pool), 2);
		expect(t, in_ring(pool), 0);
		kfree_skb(clone_first ? skb : clone);
	} else {
		kfree_skb(clone);
		kfree_skb(third);
		kfree_skb(skb);
	}
	/* once, with the last of them */
	expect(t, in_ring(pool), 2);
	expect(t, out(pool), 0);
	expect(t, released(pool), 0);
destroy:
	pool_done(t, pool);
}

static void case_skb_clones(struct kase *t)
{
	clones(t, true);
	clones(t, false);
}

/*
 * A clone that gets a head of its own shares the fragments by their page
 * count, which page_pool answers with a release.
 */
static void case_skb_expand_head(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct sk_buff *skb, *clone;
	struct page *frag;

	if (!pool)
		return;
	skb = skb_from(t, pool);
	if (!skb)
		goto destroy;
	frag = pool_page(pool);
	add_frag(skb, frag);
	get_page(frag);
	clone = skb_clone(skb, GFP_KERNEL);
	if (expect(t, !clone, false)) {
		expect(t, pskb_expand_head(clone, 256, 0, GFP_KERNEL), 0);
		expect(t, page_ref_count(frag), 3);
		consume_skb(skb);
		/* the head is recycled, the fragment released */
		expect(t, in_ring(pool), 1);
		expect(t, released(pool), 1);
		expect(t, !page_owner_pool(frag), true);
		consume_skb(clone);
	} else {
		kfree_skb(skb);
	}
	expect(t, page_ref_count(frag), 1);
	put_page(frag);
	expect(t, out(pool), 0);
destroy:
	pool_done(t, pool);
}

/* Fragments and a stolen head move into another skb, as GRO and TCP do. */
static void case_skb_coalesce(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct sk_buff *to, *from;
	bool stolen = false;
	int delta;

	if (!pool)
		return;
	to = skb_from(t, pool);
	from = skb_from(t, pool);
	if (!to || !from)
		goto destroy;
	add_frag(to, pool_page(pool));
	add_frag(from, pool_page(pool));
	if (expect(t, skb_try_coalesce(to, from, &stolen, &delta), true)) {
		expect(t, stolen, true);
		kfree_skb_partial(from, stolen);
		expect(t, skb_shinfo(to)->nr_frags, 3);
	} else {
		kfree_skb(from);
	}
	expect(t, out(pool), 4);
	kfree_skb(to);
	expect(t, in_ring(pool), 4);
	expect(t, out(pool), 0);
	expect(t, released(pool), 0);
destroy:
	pool_done(t, pool);
}

/* A marked skb may carry pages of other people. */
static void case_skb_foreign(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page, *compound;
	struct sk_buff *skb;

	if (!pool)
		return;
	page = alloc_page(GFP_KERNEL);
	compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	if (!expect(t, page && compound, true))
		goto free;
	expect(t, page_pool_return_skb_page(page), false);
	expect(t, page_pool_return_skb_page(compound + 3), false);
	expect(t, page_ref_count(page), 1);
	expect(t, page_ref_count(compound), 1);

	skb = skb_from(t, pool);
	if (!skb)
		goto free;
	get_page(page);
	get_page(compound);
	get_page(compound);
	add_frag(skb, page);
	add_frag(skb, compound);
	add_frag(skb, compound + 3);
	consume_skb(skb);
	expect(t, page_ref_count(page), 1);
	expect(t, page_ref_count(compound), 1);
	/* the head was the pool's, and nothing else */
	expect(t, in_ring(pool), 1);
	expect(t, out(pool), 0);
	expect(t, released(pool), 0);

	/* a head of slab memory, a fragment of the pool */
	skb = alloc_skb(256, GFP_KERNEL);
	if (expect(t, !skb, false)) {
		skb_mark_for_recycle(skb);
		add_frag(skb, pool_page(pool));
		kfree_skb(skb);
	}
	expect(t, in_ring(pool), 2);
	expect(t, out(pool), 0);
free:
	if (page)
		put_page(page);
	if (compound)
		put_page(compound);
	pool_done(t, pool);
}

/*
 * Most struct pages of a huge page may be one and the same memory. They look
 * like head pages then, and are still pages of somebody else.
 */
static void case_skb_fake_head(struct kase *t)
{
	static const int index[] = { 0, 1, 64, 65, 128 };
	struct page_pool *pool;
	struct page *head, *page;
	struct sk_buff *skb;
	int i, before;

#ifdef CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP
	if (!static_key_enabled(&hugetlb_optimize_vmemmap_key) ||
	    !test_huge_page)
#endif
	{
		t->skipped = "no huge page with shared struct pages";
		return;
	}
	pool = pool_new(t, 0, 0, 0);
	if (!pool)
		return;
	if (!expect(t, get_user_pages_fast(test_huge_page, 1, 0, &head), 1))
		goto destroy;
	before = page_count(head);
	for (i = 0; i < ARRAY_SIZE(index); i++) {
		if (!expect(t,
			    get_user_pages_fast(test_huge_page +
							index[i] * PAGE_SIZE,
						1, 0, &page),
			    1))
			break;
		expect(t, compound_head(page) == head, true);
		expect(t, test_bit(PG_head, &page->flags), index[i] % 64 == 0);
		expect(t, page_pool_return_skb_page(page), false);
		expect(t, page_count(head), before + 1);
		skb = skb_from(t, pool);
		if (!skb) {
			put_page(page);
			break;
		}
		add_frag(skb, page);
		consume_skb(skb);
		expect(t, page_count(head), before);
		expect(t, in_ring(pool), i + 1);
		expect(t, out(pool), 0);
	}
	put_page(head);
destroy:
	pool_done(t, pool);
}

/* An skb that waits in a queue while its pool's user goes. */
static void case_skb_destroy(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct sk_buff *skb;

	if (!pool)
		return;
	skb = skb_from(t, pool);
	if (skb)
		add_frag(skb, pool_page(pool));
	pool_destroy(pool);
	expect(t, pool_gone(pool), false);
	expect(t, held(pool) - released(pool), 2);
	consume_skb(skb);
	pool_expect_gone(t, pool, 8 * HZ);
}

struct kase skb_cases[] = {
	{ "skb_head", case_skb_head },
	{ "skb_unmarked", case_skb_unmarked },
	{ "skb_frags", case_skb_frags },
	{ "skb_tail_head", case_skb_tail_head },
	{ "skb_clones", case_skb_clones },
	{ "skb_expand_head", case_skb_expand_head },
	{ "skb_coalesce", case_skb_coalesce },
	{ "skb_foreign", case_skb_foreign },
	{ "skb_fake_head", case_skb_fake_head },
	{ "skb_destroy", case_skb_destroy },
	{},
};
