// SPDX-License-Identifier: GPL-2.0
/*
 * Cases on the pool itself: each way that a page can take from the pool and
 * back, and how a pool ends.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/workqueue.h>
#include "test.h"

static void case_cache(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page, *again;
	u32 all;

	if (!pool)
		return;
	page = pool_page(pool);
	all = held(pool);
	expect(t, all > 1, true);
	expect(t, cached(pool), all - 1);
	expect(t, out(pool), 1);
	expect(t, page_ref_count(page), 1);
	expect(t, page_owner_pool(page) == pool, true);
	expect(t, page_is_signed(page), true);

	pool_put_napi(pool, page);
	expect(t, cached(pool), all);
	expect(t, in_ring(pool), 0);

	/* the cache is a stack */
	again = pool_page(pool);
	expect(t, again == page, true);
	expect(t, held(pool), all);

	/* "direct" outside softirq must not touch the cache */
	page_pool_recycle_direct(pool, again);
	expect(t, cached(pool), all - 1);
	expect(t, in_ring(pool), 1);
	expect(t, released(pool), 0);
	pool_done(t, pool);
}

static void case_cache_full(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *pages[PP_ALLOC_CACHE_SIZE + 2];
	u32 before;
	int i;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = pool_page(pool);
	expect(t, out(pool), ARRAY_SIZE(pages));
	before = cached(pool);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pool_put_napi(pool, pages[i]);
	expect(t, cached(pool), PP_ALLOC_CACHE_SIZE);
	expect(t, in_ring(pool),
	       ARRAY_SIZE(pages) - (PP_ALLOC_CACHE_SIZE - before));
	expect(t, released(pool), 0);
	pool_done(t, pool);
}

static void case_ring(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *pages[PP_ALLOC_CACHE_REFILL];
	struct page *page;
	u32 all;
	int i;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = pool_page(pool);
	all = held(pool);
	while (cached(pool))
		page_pool_put_full_page(pool, pool_page(pool), false);
	expect(t, in_ring(pool), all - ARRAY_SIZE(pages));

	/* one half with softirqs off, one half without */
	local_bh_disable();
	for (i = 0; i < ARRAY_SIZE(pages) / 2; i++)
		page_pool_put_full_page(pool, pages[i], false);
	local_bh_enable();
	for (; i < ARRAY_SIZE(pages); i++)
		page_pool_put_page(pool, pages[i], 128, false);
	expect(t, in_ring(pool), all);
	expect(t, cached(pool), 0);

	/* an empty cache is refilled from the ring, with 64 at most */
	page = pool_page(pool);
	expect(t, held(pool), all);
	expect(t, cached(pool), min_t(u32, all, PP_ALLOC_CACHE_REFILL) - 1);
	expect(t, out(pool), 1);
	expect(t, page_owner_pool(page) == pool, true);
	pool_put_napi(pool, page);
	expect(t, released(pool), 0);
	pool_done(t, pool);
}

static void case_ring_full(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 4);
	struct page *pages[10];
	int i, users;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = pool_page(pool);
	for (i = 0; i < ARRAY_SIZE(pages) - 1; i++)
		page_pool_put_full_page(pool, pages[i], false);
	expect(t, in_ring(pool), 4);
	expect(t, released(pool), ARRAY_SIZE(pages) - 1 - 4);
	expect(t, out(pool), 1);
	/* nobody on this processor takes a freed page between the two */
	local_bh_disable();
	page_pool_put_full_page(pool, pages[9], false);
	users = page_ref_count(pages[9]);
	local_bh_enable();
	expect(t, users, 0);
	expect(t, released(pool), ARRAY_SIZE(pages) - 4);
	expect(t, out(pool), 0);
	pool_done(t, pool);
}

static void case_slow(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *pages[3 * PP_ALLOC_CACHE_REFILL];
	int i, j, wrong = 0;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = pool_page(pool);
		if (page_ref_count(pages[i]) != 1 ||
		    page_owner_pool(pages[i]) != pool ||
		    !page_is_signed(pages[i]) || PageTail(pages[i]))
			wrong++;
		for (j = 0; j < i; j++)
			if (pages[j] == pages[i])
				wrong++;
	}
	expect(t, wrong, 0);
	expect(t, out(pool), ARRAY_SIZE(pages));
	expect(t, held(pool) >= ARRAY_SIZE(pages), true);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		page_pool_put_full_page(pool, pages[i], false);
	expect(t, out(pool), 0);
	pool_done(t, pool);
}

static void case_high_order(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 2, 0);
	struct page *page, *other;

	if (!pool)
		return;
	page = pool_page(pool);
	other = pool_page(pool);
	/* high orders are allocated one at a time */
	expect(t, held(pool), 2);
	expect(t, compound_order(page), 2);
	expect(t, page_owner_pool(page) == pool, true);
	pool_put_napi(pool, page);
	page_pool_put_full_page(pool, other, true);
	expect(t, cached(pool), 1);
	expect(t, in_ring(pool), 1);
	expect(t, pool_page(pool) == page, true);
	expect(t, pool_page(pool) == other, true);
	expect(t, held(pool), 2);
	page_pool_put_full_page(pool, page, false);
	page_pool_put_full_page(pool, other, false);
	pool_done(t, pool);
}

#ifdef HAVE_NETMEM
static void note_init(struct netmem *nmem, void *arg)
{
	struct page *page = netmem_page(nmem);
#else
static void note_init(struct page *page, void *arg)
{
#endif
	int *calls = arg;

	/* the page is the pool's already when the callback sees it */
	if (page_owner_pool(page) && page_is_signed(page))
		++*calls;
	memset(page_address(page), 0x5a, 64);
}

static void case_init_callback(struct kase *t)
{
	int calls = 0;
	struct page_pool_params params = {
		.nid = NUMA_NO_NODE,
		.init_callback = note_init,
		.init_arg = &calls,
	};
	struct page_pool *pool = pool_new_params(t, &params);
	struct page *page;

	if (!pool)
		return;
	page = pool_page(pool);
	expect(t, calls, held(pool));
	expect(t, !memchr_inv(page_address(page), 0x5a, 64), true);
	memset(page_address(page), 0, 64);
	pool_put_napi(pool, page);
	page = pool_page(pool);
	/* a recycled page keeps what its user wrote */
	expect(t, calls, held(pool));
	expect(t, !memchr_inv(page_address(page), 0, 64), true);
	page_pool_put_full_page(pool, page, false);
	pool_done(t, pool);
}

static void case_release(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page;

	if (!pool)
		return;
	page = pool_page(pool);
	page_pool_release_page(pool, page);
	expect(t, released(pool), 1);
	expect(t, out(pool), 0);
	expect(t, !page_owner_pool(page), true);
	expect(t, page_is_signed(page), false);
	expect(t, page_ref_count(page), 1);
	/* the pool may go before the page */
	pool_done(t, pool);
	expect(t, page_pool_return_skb_page(page), false);
	expect(t, page_ref_count(page), 1);
	put_page(page);
}

static void elevated(struct kase *t, struct page_pool *pool, bool napi)
{
	struct page *page = pool_page(pool);
	u32 before = released(pool), ring = in_ring(pool);
	u32 cache = cached(pool);

	get_page(page);
	if (napi)
		pool_put_napi(pool, page);
	else
		page_pool_put_full_page(pool, page, false);
	expect(t, released(pool), before + 1);
	expect(t, in_ring(pool), ring);
	expect(t, cached(pool), cache);
	expect(t, !page_owner_pool(page), true);
	expect(t, page_is_signed(page), false);
	expect(t, page_ref_count(page), 1);
	put_page(page);
}

static void case_elevated(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);

	if (!pool)
		return;
	elevated(t, pool, true);
	elevated(t, pool, false);
	expect(t, out(pool), 0);
	pool_done(t, pool);
}

/*
 * A page from the emergency reserves goes back to the page allocator. Its
 * mark shares a word with the signature, which must still be recognised.
 */
static void case_pfmemalloc(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page;
	int i;

	if (!pool)
		return;
	for (i = 0; i < 2; i++) {
		page = pool_page(pool);
		page->lru.next = (void *)((unsigned long)page->lru.next | 2);
		expect(t, page_is_pfmemalloc(page), true);
		/* no reference of ours: that alone would release it */
		if (i)
			expect(t, page_pool_return_skb_page(page), true);
		else
			pool_put_napi(pool, page);
		expect(t, released(pool), i + 1);
		expect(t, in_ring(pool), 0);
	}
	expect(t, out(pool), 0);
	pool_done(t, pool);
}

static void case_bulk(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 8);
	struct page *extra, *pages[13];
	void *data[14];
	int i;

	if (!pool)
		return;
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = pool_page(pool);
		/* any address inside the page will do */
		data[i] = page_address(pages[i]) + test_random(PAGE_SIZE);
	}
	extra = pool_page(pool);
	get_page(extra);
	data[13] = page_address(extra);
	/* 8 fit into the ring, 5 go; the one with two users is released */
	page_pool_put_page_bulk(pool, data, ARRAY_SIZE(data));
	expect(t, in_ring(pool), 8);
	expect(t, released(pool), 6);
	expect(t, out(pool), 0);
	expect(t, page_ref_count(extra), 1);
	put_page(extra);
	pool_done(t, pool);
}

static void case_stats(struct kase *t)
{
#ifdef CONFIG_PAGE_POOL_STATS
	struct page_pool *pool = pool_new(t, 0, 0, 2);
	struct page_pool_stats stats = {};
	struct page *pages[8];
	int i;

	if (!pool)
		return;
	for (i = 0; i < 8; i++)
		pages[i] = pool_page(pool);
	pool_put_napi(pool, pages[0]);
	get_page(pages[1]);
	page_pool_put_full_page(pool, pages[1], false);
	put_page(pages[1]);
	for (i = 2; i < 8; i++)
		page_pool_put_full_page(pool, pages[i], false);
	while (cached(pool))
		page_pool_put_full_page(pool, pool_page(pool), false);
	page_pool_put_full_page(pool, pool_page(pool), false);
	expect(t, page_pool_get_stats(pool, &stats), true);
	expect(t, stats.alloc_stats.slow, 1);
	expect(t, stats.alloc_stats.slow_high_order, 0);
	expect(t, stats.alloc_stats.empty, 1);
	expect(t, stats.alloc_stats.refill, 1);
	/* all but the first of the slow allocation, and page 0 once more */
	expect(t, stats.alloc_stats.fast, held(pool));
	expect(t, stats.recycle_stats.cached, 1);
	expect(t, stats.recycle_stats.cache_full, 0);
	expect(t, stats.recycle_stats.released_refcnt, 1);
	expect(t, stats.recycle_stats.ring, 3);
	expect(t, stats.recycle_stats.ring_full + 1, released(pool));
	pool_done(t, pool);
#else
	t->skipped = "CONFIG_PAGE_POOL_STATS is not set";
#endif
}

static void case_nid(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page;
	u32 all, ring;

	if (!pool)
		return;
	page = pool_page(pool);
	page_pool_put_full_page(pool, page, false);
	all = held(pool);
	ring = in_ring(pool);

	local_bh_disable();
	page_pool_nid_changed(pool, NUMA_NO_NODE);
	expect(t, released(pool), 0);
	expect(t, cached(pool), all - 1);
	/* a new node empties the cache; the ring is looked at when it refills
	 */
	page_pool_nid_changed(pool, page_to_nid(page));
	local_bh_enable();
	expect(t, pool->p.nid, page_to_nid(page));
	expect(t, released(pool), all - 1);
	expect(t, cached(pool), 0);
	expect(t, in_ring(pool), ring);
	expect(t, out(pool), 0);
	pool_done(t, pool);
}

/* A page of the wrong node in the ring is given back, not handed out. */
static void case_nid_waive(struct kase *t)
{
	struct page_pool *pool;
	struct page *page;
	int nid;

	if (num_online_nodes() < 2) {
		t->skipped = "one node";
		return;
	}
	pool = pool_new(t, 0, 0, 0);
	if (!pool)
		return;
	page = pool_page(pool);
	nid = next_online_node(page_to_nid(page));
	if (nid == MAX_NUMNODES)
		nid = first_online_node;
	page_pool_put_full_page(pool, page, false);
	page_pool_put_full_page(pool, pool_page(pool), false);
	local_bh_disable();
	page_pool_update_nid(pool, nid);
	local_bh_enable();
	expect(t, in_ring(pool), 2);
	expect(t, out(pool), 0);
	page = pool_page(pool);
	expect(t, page_to_nid(page), nid);
	expect(t, in_ring(pool), 1);
	expect(t, out(pool), 1);
	page_pool_put_full_page(pool, page, false);
	pool_done(t, pool);
}

static void case_destroy_early(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page, *other;

	if (!pool)
		return;
	page = pool_page(pool);
	other = pool_page(pool);
	pool_destroy(pool);
	expect(t, pool_gone(pool), false);
	expect(t, cached(pool), 0);
	expect(t, held(pool) - released(pool), 2);
	/* longer than the pool's own interval */
	msleep(1500);
	expect(t, pool_gone(pool), false);
	page_pool_put_full_page(pool, page, false);
	expect(t, page_pool_return_skb_page(other), true);
	pool_expect_gone(t, pool, 8 * HZ);
}

/* A pool that goes drops its reference on each page that waits in it. */
static void case_destroy_frees(struct kase *t)
{
	struct page_pool *pool = pool_new(t, 0, 0, 0);
	struct page *page;

	if (!pool)
		return;
	page = pool_page(pool);
	pool_put_napi(pool, page);
	get_page(page);
	pool_done(t, pool);
	expect(t, page_ref_count(page), 1);
	expect(t, page_is_signed(page), false);
	put_page(page);
}

#define SHARED_PAGES 5000

struct exchange {
	struct work_struct work;
	struct page_pool *pool;
	struct page *slot[16];
};

/* Give back what the other processor allocates, while it does. */
static void give_back(struct work_struct *work)
{
	struct exchange *x = container_of(work, struct exchange, work);
	struct page *page;
	int n;

	for (n = 0; n < SHARED_PAGES; n++) {
		struct page **slot = &x->slot[n % ARRAY_SIZE(x->slot)];

		while (!(page = xchg(slot, NULL)))
			cond_resched();
		if (n & 1)
			page_pool_return_skb_page(page);
		else
			page_pool_put_full_page(x->pool, page, false);
	}
}

static void case_other_cpu(struct kase *t)
{
	struct exchange *x;
	unsigned int cpu;
	int n;

	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu >= nr_cpu_ids) {
		t->skipped = "one processor";
		return;
	}
	x = kzalloc(sizeof(*x), GFP_KERNEL);
	if (!expect(t, !x, false))
		return;
	x->pool = pool_new(t, 0, 0, 32);
	if (x->pool) {
		INIT_WORK(&x->work, give_back);
		schedule_work_on(cpu, &x->work);
		for (n = 0; n < SHARED_PAGES; n++) {
			struct page **slot = &x->slot[n % ARRAY_SIZE(x->slot)];
			struct page *page = pool_page(x->pool);

			while (cmpxchg(slot, NULL, page))
				cond_resched();
		}
		flush_work(&x->work);
		expect(t, out(x->pool), 0);
		/* recycled, not allocated again and again */
		expect(t, held(x->pool) < SHARED_PAGES / 2, true);
		pool_done(t, x->pool);
	}
	kfree(x);
}

struct kase pool_cases[] = {
	{ "cache", case_cache },
	{ "cache_full", case_cache_full },
	{ "ring", case_ring },
	{ "ring_full", case_ring_full },
	{ "slow", case_slow },
	{ "high_order", case_high_order },
	{ "init_callback", case_init_callback },
	{ "release", case_release },
	{ "elevated_refcount", case_elevated },
	{ "pfmemalloc", case_pfmemalloc },
	{ "bulk", case_bulk },
	{ "stats", case_stats },
	{ "nid", case_nid },
	{ "nid_waive", case_nid_waive },
	{ "destroy_frees", case_destroy_frees },
	{ "destroy_early", case_destroy_early },
	{ "other_cpu", case_other_cpu },
	{},
};
