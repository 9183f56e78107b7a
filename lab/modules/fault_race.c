// SPDX-License-Identifier: GPL-2.0
/*
 * The knob with two processors inside the cache of one pool. Their updates of
 * its count get lost, so it drifts, and pages are in it twice or not at all;
 * both keep it far from its ends, where page_pool would write past the array.
 * The pool allocates nothing meanwhile, so that afterwards the cache can be
 * filled with the pages that it had before.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "fault.h"

#define PAGES 64
/* the cache has 128 places; one thread has so many pages out */
#define LEAST 24
#define MOST 96
#define STASH 8

struct racer {
	struct fault_pool *fp;
	struct task_struct *task;
	/* a lock that all racers take: then it is no race */
	spinlock_t *lock;
	struct page *stash[STASH];
	int stashed;
	u32 rounds;
};

static DEFINE_SPINLOCK(fair);

/* One page out of the cache or into it; as many as the count's place allows. */
static void race_step(struct racer *racer)
{
	struct page_pool *pool = racer->fp->pool;
	u32 count = READ_ONCE(pool->alloc.count);

	if (count > LEAST && racer->stashed < STASH)
		racer->stash[racer->stashed++] =
			page_pool_alloc_pages(pool, GFP_ATOMIC);
	count = READ_ONCE(pool->alloc.count);
	if (count < MOST && racer->stashed)
		page_pool_recycle_direct(pool, racer->stash[--racer->stashed]);
}

static int race(void *data)
{
	struct racer *racer = data;
	int i;

	while (!kthread_should_stop()) {
		fault_poll_begin();
		if (racer->lock)
			spin_lock(racer->lock);
		for (i = 0; i < 64; i++)
			race_step(racer);
		if (racer->lock)
			spin_unlock(racer->lock);
		fault_poll_end();
		racer->rounds++;
		cond_resched();
	}
	return 0;
}

/* The pages of a pool that has them all in its cache. */
static int fill(struct fault_pool *fp, struct page **page)
{
	int taken, i;

	for (taken = 0; taken < PAGES; taken++) {
		page[taken] = fault_take(fp);
		if (!page[taken])
			break;
	}
	for (i = 0; i < taken; i++)
		fault_put_direct(fp, page[i]);
	return taken < PAGES ? -ENOMEM : 0;
}

static int start(struct racer *racer, unsigned int cpu)
{
	racer->task = kthread_create(race, racer, "netmem_fault/%u", cpu);
	if (IS_ERR(racer->task))
		return PTR_ERR(racer->task);
	kthread_bind(racer->task, cpu);
	wake_up_process(racer->task);
	return 0;
}

static int run_race(struct fault_pool *fp, bool wrong)
{
	struct racer racers[2] = {};
	unsigned int cpu = cpumask_first(cpu_online_mask);
	int err = 0, started, i;

	for (started = 0; started < ARRAY_SIZE(racers) && !err; started++) {
		racers[started].fp = fp;
		racers[started].lock = wrong ? NULL : &fair;
		err = start(&racers[started], cpu);
		if (err)
			break;
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	/* an emulator may run its processors in turn: then they meet rarely */
	msleep((wrong ? 6 : 2) * fault_ms);
	for (i = 0; i < started; i++) {
		kthread_stop(racers[i].task);
		while (!wrong && racers[i].stashed)
			fault_put_direct(fp,
					 racers[i].stash[--racers[i].stashed]);
		if (!racers[i].rounds)
			err = -EAGAIN;
	}
	return err;
}

static int cache_race(bool wrong)
{
	/* of order 1: nothing comes into the cache but what is put */
	struct fault_pool *fp = fault_pool_new(0, 1, 0);
	struct page *page[PAGES];
	int err, i;

	if (num_online_cpus() < 2)
		return -EOPNOTSUPP;
	if (!fp)
		return -ENOMEM;
	err = fault_traffic(fp, fault_half()) ?: fault_empty_ring(fp);
	while (!err && fp->pool->alloc.count)
		fault_put_away(fp, fault_take(fp));
	err = err ?: fill(fp, page) ?: run_race(fp, wrong);
	if (!err && wrong) {
		for (i = 0; i < PAGES; i++)
			compat_set_cached(fp->pool, i, page[i]);
		fp->pool->alloc.count = PAGES;
	}
	return fault_pool_end(fp) ?: err;
}

const struct knob race_knobs[] = {
	KNOB(cache_race, "two processors allocate and recycle in one cache",
	     "two processors take turns in one cache, under a lock"),
	{},
};
