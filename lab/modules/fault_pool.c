// SPDX-License-Identifier: GPL-2.0
/*
 * Pools from their making to the moment when the kernel frees them, and what
 * has to be made good before.
 */
#define pr_fmt(fmt) "netmem_fault: " fmt

#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "fault.h"

/* All pools that are not gone; the lock also guards against pool_is_gone(). */
static LIST_HEAD(pools);
static DEFINE_SPINLOCK(pools_lock);

/* The last thing that page_pool does before the memory of a pool is freed. */
static void pool_is_gone(void *pool)
{
	struct fault_pool *fp, *found = NULL;

	spin_lock_bh(&pools_lock);
	list_for_each_entry(fp, &pools, list) if (fp->pool == pool) found = fp;
	/* he may sleep, and @found stays until it is complete */
	if (found && found->disconnect) {
		spin_unlock_bh(&pools_lock);
		found->disconnect(pool);
		spin_lock_bh(&pools_lock);
	}
	if (found)
		complete_all(&found->gone);
	spin_unlock_bh(&pools_lock);
}

void fault_pool_share(struct fault_pool *fp)
{
	fp->disconnect = fp->pool->disconnect;
	fp->pool->disconnect = pool_is_gone;
}

struct fault_pool *fault_pool_new_params(const struct page_pool_params *params)
{
	struct fault_pool *fp = kzalloc(sizeof(*fp), GFP_KERNEL);

	if (!fp)
		return NULL;
	fp->pool = page_pool_create(params);
	if (IS_ERR(fp->pool)) {
		kfree(fp);
		return NULL;
	}
	init_completion(&fp->gone);
	fp->pool->disconnect = pool_is_gone;
	spin_lock_bh(&pools_lock);
	list_add_tail(&fp->list, &pools);
	spin_unlock_bh(&pools_lock);
	return fp;
}

struct fault_pool *fault_pool_new(unsigned int flags, unsigned int order,
				  unsigned int size)
{
	struct page_pool_params params = {
		.flags = flags,
		.order = order,
		.pool_size = size,
		.nid = NUMA_NO_NODE,
	};

	return fault_pool_new_params(&params);
}

static void pool_forget(struct fault_pool *fp)
{
	spin_lock_bh(&pools_lock);
	list_del(&fp->list);
	spin_unlock_bh(&pools_lock);
	kfree(fp);
}

void fault_pool_destroy(struct fault_pool *fp)
{
	fp->destroyed = true;
	page_pool_destroy(fp->pool);
}

int fault_pool_end(struct fault_pool *fp)
{
	fault_pool_destroy(fp);
	if (!completion_done(&fp->gone))
		return -EBUSY;
	pool_forget(fp);
	return 0;
}

int fault_pool_keep(struct fault_pool *fp, void (*undo)(struct fault_pool *fp),
		    struct page *page)
{
	fp->undo = undo;
	fp->page = page;
	return 0;
}

/*
 * A pool whose pages are all back, or are none any more by its corrected
 * count, goes: at once when it is destroyed now, else with the kernel's next
 * look, once a second. After a negative count the kernel does not look again.
 */
static int pool_release(struct fault_pool *fp)
{
	struct page_pool *pool = fp->pool;

	/* it may be gone since the last write */
	if (!completion_done(&fp->gone)) {
		if (fp->debt)
			atomic_add(fp->debt, &pool->pages_state_release_cnt);
		if (!fp->destroyed)
			fault_pool_destroy(fp);
		else if (fp->debt < 0)
			schedule_delayed_work(&pool->release_dw, 0);
		fp->debt = 0;
	}
	if (!wait_for_completion_timeout(&fp->gone, 5 * HZ)) {
		pr_err("pool %px does not go\n", pool);
		/* it may outlive this module: let it forget us */
		pool->disconnect = fp->disconnect;
		pool_forget(fp);
		return -EBUSY;
	}
	pool_forget(fp);
	return 0;
}

int fault_release(void)
{
	struct fault_pool *fp, *next;
	int err = 0;

	/* Only this side adds and removes, and it is one at a time. */
	list_for_each_entry(fp, &pools, list) if (fp->undo)
	{
		fp->undo(fp);
		fp->undo = NULL;
	}
	list_for_each_entry_safe(fp, next, &pools, list)
		err = pool_release(fp) ?: err;
	return err;
}
