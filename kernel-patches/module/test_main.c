// SPDX-License-Identifier: GPL-2.0
/*
 * netmem_test: what page_pool promises, checked inside a running kernel. Base
 * and series must give the same answers. Loading runs all cases and says each
 * result in KTAP; a failure makes the load fail with EINVAL.
 */
#define pr_fmt(fmt) "netmem_test: " fmt

#include <linux/module.h>
#include "test.h"

static int spoil;
module_param(spoil, int, 0);
MODULE_PARM_DESC(spoil, "the check with this number expects something wrong");

unsigned long test_huge_page;
module_param_named(huge, test_huge_page, ulong, 0);
MODULE_PARM_DESC(huge, "address of a huge page in the loading process");

static struct kase *const suites[] = {
	pool_cases, frag_cases, skb_cases, xdp_cases, dma_cases, netmem_cases,
};

static struct test_pool pools[2];
static int checks;
static u32 seed;

bool expect_at(struct kase *t, const char *func, int line, const char *what,
	       long got, long want)
{
	if (++checks == spoil)
		want = ~want;
	if (got == want)
		return true;
	if (!t->failures++)
		snprintf(t->failed, sizeof(t->failed),
			 "%s:%d: %s: expected %ld got %ld", func, line, what,
			 want, got);
	return false;
}

u32 test_random(u32 below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct test_pool *test_pool(struct page_pool *pool)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(pools); i++)
		if (pools[i].pool == pool)
			return &pools[i];
	return NULL;
}

/* The last thing that page_pool does before the memory of a pool is freed. */
static void pool_is_gone(void *data)
{
	struct page_pool *pool = data;
	struct test_pool *tp = test_pool(pool);

	if (tp->disconnect)
		tp->disconnect(pool);
	tp->held = held(pool);
	tp->released = released(pool);
	complete(&tp->gone);
}

void pool_watch_again(struct page_pool *pool)
{
	struct test_pool *tp = test_pool(pool);

	if (pool->disconnect == pool_is_gone)
		return;
	tp->disconnect = pool->disconnect;
	pool->disconnect = pool_is_gone;
}

struct page_pool *pool_new_params(struct kase *t,
				  const struct page_pool_params *params)
{
	struct test_pool *tp = test_pool(NULL);
	struct page_pool *pool;

	if (!expect(t, !tp, false))
		return NULL;
	pool = page_pool_create(params);
	if (!expect(t, PTR_ERR_OR_ZERO(pool), 0))
		return NULL;
	tp->pool = pool;
	tp->disconnect = NULL;
	init_completion(&tp->gone);
	pool_watch_again(pool);
	return pool;
}

struct page_pool *pool_new(struct kase *t, unsigned int flags,
			   unsigned int order, unsigned int pool_size)
{
	struct page_pool_params params = {
		.flags = flags,
		.order = order,
		.pool_size = pool_size,
		.nid = NUMA_NO_NODE,
	};

	return pool_new_params(t, &params);
}

void pool_destroy(struct page_pool *pool)
{
	page_pool_destroy(pool);
}

bool pool_gone(struct page_pool *pool)
{
	return completion_done(&test_pool(pool)->gone);
}

void pool_expect_gone(struct kase *t, struct page_pool *pool,
		      unsigned long timeout)
{
	struct test_pool *tp = test_pool(pool);
	unsigned long deadline = jiffies + timeout;

	while (!completion_done(&tp->gone) && time_before(jiffies, deadline))
		schedule_timeout_uninterruptible(1);
	if (expect(t, completion_done(&tp->gone), true)) {
		expect(t, tp->held, tp->released);
	} else {
		/* It may outlive this module: let it forget us. */
		pool->disconnect = tp->disconnect;
	}
	tp->pool = NULL;
}

void pool_done(struct kase *t, struct page_pool *pool)
{
	pool_destroy(pool);
	pool_expect_gone(t, pool, 0);
}

u32 in_ring(struct page_pool *pool)
{
	struct ptr_ring *ring = &pool->ring;
	int entries;

	/* Consumed entries are cleared late, so entries cannot be counted. */
	entries = ring->producer - ring->consumer_head;
	if (entries < 0)
		entries += ring->size;
	if (!entries && ring->queue[ring->consumer_head])
		entries = ring->size;
	return entries;
}

struct page *pool_page(struct page_pool *pool)
{
	struct page *page;

	local_bh_disable();
	page = page_pool_alloc_pages(pool, GFP_TEST);
	local_bh_enable();
	return page;
}

void pool_put_napi(struct page_pool *pool, struct page *page)
{
	local_bh_disable();
	page_pool_recycle_direct(pool, page);
	local_bh_enable();
}

static void run_case(struct kase *t, int number, int *failed)
{
	seed = number;
	t->run(t);
	if (t->failures) {
		pr_err("not ok %d %s: %s%s\n", number, t->name, t->failed,
		       t->failures > 1 ? ", and more" : "");
		++*failed;
	} else if (t->skipped) {
		pr_info("ok %d %s # SKIP %s\n", number, t->name, t->skipped);
	} else {
		pr_info("ok %d %s\n", number, t->name);
	}
}

static int __init netmem_test_init(void)
{
	int number = 0, failed = 0, i;
	struct kase *t;

	pr_info("KTAP version 1\n");
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		for (t = suites[i]; t->name; t++)
			number++;
	pr_info("1..%d\n", number);
	number = 0;
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		for (t = suites[i]; t->name; t++)
			run_case(t, ++number, &failed);
	pr_info("%d cases, %d failed, %d checks\n", number, failed, checks);
	return failed ? -EINVAL : 0;
}

static void __exit netmem_test_exit(void)
{
}

module_init(netmem_test_init);
module_exit(netmem_test_exit);
MODULE_DESCRIPTION("what page_pool promises, checked in a running kernel");
MODULE_LICENSE("GPL");
