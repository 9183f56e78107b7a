// SPDX-License-Identifier: GPL-2.0
/*
 * What a page's way out of a pool and back costs, by the clock. Reading
 *
 *	/sys/kernel/debug/netmem_fault/cost/PATH
 *
 * has a pool of its own go that way over and over, and gives one line:
 *
 *	ROUNDS MEDIAN LEAST MOST ALL
 *
 * a round is one hand-out and one return; the nanoseconds are those of ROUNDS
 * of them, of the repetitions' median, cheapest and dearest; ALL rounds were
 * run, those before the count included. Under QEMU with -icount shift=0 a
 * nanosecond is an instruction. Interrupts are off meanwhile.
 *
 * Two paths are for the tracepoints: `gone`, whose pages come from the page
 * allocator and go back to it, and `hold`, of which the first half counts.
 * `free` has no pool: pages of the page allocator, allocated and freed.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timekeeping.h>

#include "fault.h"

/* Elements that are out at a time: less than the cache takes. */
#define BATCH 64
#define BATCHES 20
#define REPEATS 9
/*
 * Until every page of the pool is known to who watches, and stays in it, and a
 * log of netmem-check's that its look at a pool before has opened is full.
 */
#define WARM_REPEATS 14

#define FRAG_SIZE (PAGE_SIZE / 4)
#define SKB_FRAGS 16

struct cost {
	struct page_pool *pool;
	struct page *page[BATCH];
	unsigned int offset[BATCH];
	u64 not_counted; /* nanoseconds */
	u64 ns[REPEATS];
};

struct cost_path {
	const char *name;
	/* rounds of one batch */
	unsigned int batch;
	unsigned int flags;
	/* 0, or a negative error */
	int (*run)(struct cost *c);
};

/* Two instructions a turn: tells whether the clock counts instructions. */
static int run_loop(struct cost *c)
{
	unsigned long turns = 100 * BATCH;

#if defined(CONFIG_X86_64)
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(turns) : : "cc");
#elif defined(CONFIG_ARM64)
	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(turns) : : "cc");
#else
	while (turns--)
		barrier();
#endif
	return 0;
}

static int take_pages(struct cost *c)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		c->page[i] = page_pool_alloc_pages(c->pool,
						   GFP_ATOMIC | __GFP_NOWARN);
		if (!c->page[i])
			break;
	}
	return i;
}

static int run_cache(struct cost *c)
{
	int taken = take_pages(c), i;

	for (i = 0; i < taken; i++)
		page_pool_recycle_direct(c->pool, c->page[i]);
	return taken < BATCH ? -ENOMEM : 0;
}

static int run_ring(struct cost *c)
{
	int taken = take_pages(c), i;

	for (i = 0; i < taken; i++)
		page_pool_put_full_page(c->pool, c->page[i], false);
	return taken < BATCH ? -ENOMEM : 0;
}

/* A second reference keeps a page from being recycled. */
static void give_up_pages(struct cost *c, int taken)
{
	int i;

	for (i = 0; i < taken; i++) {
		get_page(c->page[i]);
		page_pool_put_full_page(c->pool, c->page[i], false);
		put_page(c->page[i]);
	}
}

static int run_gone(struct cost *c)
{
	int taken = take_pages(c);

	give_up_pages(c, taken);
	return taken < BATCH ? -ENOMEM : 0;
}

static int run_hold(struct cost *c)
{
	int taken = take_pages(c);
	u64 start = ktime_get_ns();

	give_up_pages(c, taken);
	c->not_counted += ktime_get_ns() - start;
	return taken < BATCH ? -ENOMEM : 0;
}

static int run_free(struct cost *c)
{
	int taken, i;

	for (taken = 0; taken < BATCH; taken++) {
		c->page[taken] = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
		if (!c->page[taken])
			break;
	}
	for (i = 0; i < taken; i++)
		__free_page(c->page[i]);
	return taken < BATCH ? -ENOMEM : 0;
}

#ifdef HAVE_FRAGS
static int take_frags(struct cost *c)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		c->page[i] = page_pool_dev_alloc_frag(c->pool, &c->offset[i],
						      FRAG_SIZE);
		if (!c->page[i])
			break;
	}
	return i;
}

static int run_frag(struct cost *c)
{
	int taken = take_frags(c), i;

	for (i = 0; i < taken; i++)
		page_pool_put_full_page(c->pool, c->page[i], false);
	return taken < BATCH ? -ENOMEM : 0;
}

/* As the stack gives them back. */
static int run_skb(struct cost *c)
{
	int taken = take_frags(c), i, err = taken < BATCH ? -ENOMEM : 0;
	struct sk_buff *skb = NULL;

	for (i = 0; i < taken; i++) {
		if (!skb) {
			skb = alloc_skb(256, GFP_ATOMIC);
			if (skb)
				compat_mark_for_recycle(skb);
		}
		if (!skb) {
			page_pool_put_full_page(c->pool, c->page[i], false);
			err = -ENOMEM;
			continue;
		}
		fault_skb_add(skb, c->page[i], c->offset[i], FRAG_SIZE);
		if (skb_shinfo(skb)->nr_frags == SKB_FRAGS || i == taken - 1) {
			kfree_skb(skb);
			skb = NULL;
		}
	}
	return err;
}
#endif

static const struct cost_path paths[] = {
	{ "loop", 100 * BATCH, 0, run_loop },
	{ "cache", BATCH, 0, run_cache },
	{ "ring", BATCH, 0, run_ring },
	{ "hold", BATCH, 0, run_hold },
	{ "gone", BATCH, 0, run_gone },
	{ "free", BATCH, 0, run_free },
#ifdef HAVE_FRAGS
	{ "frag", BATCH, PP_FLAG_PAGE_FRAG, run_frag },
	{ "skb", BATCH, PP_FLAG_PAGE_FRAG, run_skb },
#endif
};

static int run_batches(const struct cost_path *path, struct cost *c, u64 *ns)
{
	unsigned long flags;
	int err = 0, i;
	u64 start;

	fault_poll_begin();
	local_irq_save(flags);
	c->not_counted = 0;
	start = ktime_get_ns();
	for (i = 0; i < BATCHES && !err; i++)
		err = path->run(c);
	*ns = ktime_get_ns() - start - c->not_counted;
	local_irq_restore(flags);
	fault_poll_end();
	return err;
}

static int compare(const void *a, const void *b)
{
	u64 left = *(const u64 *)a, right = *(const u64 *)b;

	return left < right ? -1 : left > right;
}

static int measure(const struct cost_path *path, struct cost *c)
{
	int err = 0, i;

	for (i = 0; i < WARM_REPEATS && !err; i++)
		err = run_batches(path, c, &c->ns[0]);
	for (i = 0; i < REPEATS && !err; i++)
		err = run_batches(path, c, &c->ns[i]);
	sort(c->ns, REPEATS, sizeof(c->ns[0]), compare, NULL);
	return err;
}

static int cost_show(struct seq_file *file, void *unused)
{
	const struct cost_path *path = file->private;
	struct page_pool_params params = {
		.flags = path->flags,
		.nid = NUMA_NO_NODE,
	};
	struct cost *c = kzalloc(sizeof(*c), GFP_KERNEL);
	unsigned int rounds = path->batch * BATCHES;
	int err;

	if (!c)
		return -ENOMEM;
	c->pool = page_pool_create(&params);
	if (IS_ERR(c->pool)) {
		err = PTR_ERR(c->pool);
	} else {
		err = measure(path, c);
		page_pool_destroy(c->pool);
	}
	if (!err)
		seq_printf(file, "%u %llu %llu %llu %u\n", rounds,
			   c->ns[REPEATS / 2], c->ns[0], c->ns[REPEATS - 1],
			   rounds * (WARM_REPEATS + REPEATS));
	kfree(c);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(cost);

void fault_cost_init(struct dentry *dir)
{
	int i;

	dir = debugfs_create_dir("cost", dir);
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		debugfs_create_file(paths[i].name, 0400, dir, (void *)&paths[i],
				    &cost_fops);
}
