/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netmem_fault's words: knobs, and pools whose end is observed.
 *
 * A knob makes pools of its own, has legal traffic on them, does one thing
 * wrong in the middle, and destroys them. Its clean twin does the same thing
 * rightly. What would keep a pool for ever, or what has to be there when the
 * watch ends, is kept until `release`, which makes it good.
 */
#ifndef FAULT_H
#define FAULT_H

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/preempt.h>

#include "compat.h"

/* Pages that one round of traffic has out at a time. */
#define FAULT_ROUND 48

struct knob {
	const char *name;
	/* the check that it must trigger; NULL when nothing is wrong */
	const char *check;
	const char *about;
	/* 0, or a negative error */
	int (*run)(bool wrong);
	bool wrong;
};

/* A knob by the name of its check, and its twin. */
/* clang-format off */
#define KNOB(id, wrong_about, clean_about)           \
	{ #id, #id, wrong_about, id, true },         \
	{ #id "_clean", NULL, clean_about, id, false }
/* clang-format on */

/* All knobs, each list ended by an empty one. */
extern const struct knob book_knobs[];
extern const struct knob recycle_knobs[];
extern const struct knob audit_knobs[];
extern const struct knob race_knobs[];
extern const struct knob frag_knobs[];
extern const struct knob device_knobs[];
extern const struct knob holder_knobs[];
extern const struct knob xdp_knobs[];
extern const struct knob clean_knobs[];
extern const struct knob iov_knobs[];

/* How long a knob has legal traffic, in milliseconds. */
extern unsigned int fault_ms;

struct fault_pool {
	struct list_head list;
	struct page_pool *pool;
	/* the kernel has freed the pool */
	struct completion gone;
	/* who else wants to know that */
	void (*disconnect)(void *pool);
	/* what it is kept for, and the page and the pool that are part of it */
	void (*undo)(struct fault_pool *fp);
	struct page *page;
	struct fault_pool *other;
	/* pages that it counts and does not have; below 0: released too often */
	int debt;
	bool destroyed;
};

/* NULL when there is no memory. */
struct fault_pool *fault_pool_new(unsigned int flags, unsigned int order,
				  unsigned int size);
struct fault_pool *fault_pool_new_params(const struct page_pool_params *params);
/* After somebody else has set the pool's disconnect. */
void fault_pool_share(struct fault_pool *fp);
/* Destroys a pool with all pages back: 0, or -EBUSY when it stays. */
int fault_pool_end(struct fault_pool *fp);
/* Destroys a pool that will stay. */
void fault_pool_destroy(struct fault_pool *fp);
/* Until `release`, which calls @undo and destroys the pool if nobody has. */
int fault_pool_keep(struct fault_pool *fp, void (*undo)(struct fault_pool *fp),
		    struct page *page);
/* Makes good what knobs have left: 0, or -EBUSY when a pool stays. */
int fault_release(void);

/*
 * A driver's poll, from which pages may go to the cache: some kernels ask
 * whether softirqs are off, 5.10 asks whether one is served. Not nested.
 */
static inline void fault_poll_begin(void)
{
	local_bh_disable();
	preempt_count_add(SOFTIRQ_OFFSET);
}

static inline void fault_poll_end(void)
{
	preempt_count_sub(SOFTIRQ_OFFSET);
	local_bh_enable();
}

/* One page, as a driver's poll does it: with softirqs off. */
struct page *fault_take(struct fault_pool *fp);
void fault_put_direct(struct fault_pool *fp, struct page *page);
void fault_put_ring(struct fault_pool *fp, struct page *page);
/* Out of the pool and to the page allocator, by way of an extra reference. */
void fault_put_away(struct fault_pool *fp, struct page *page);
/* Nothing is in the ring, and what is put there next lies there first. */
int fault_empty_ring(struct fault_pool *fp);
/* Writes the pool's signature on a page that is out of it, or takes it off. */
void fault_sign(struct fault_pool *fp, struct page *page);
void fault_unsign(struct page *page);

/* Legal traffic of whole pages for a part of the knob's time. */
int fault_traffic(struct fault_pool *fp, unsigned int ms);
/* One round of it. */
int fault_traffic_round(struct fault_pool *fp);
/* An skb that has @page as a fragment and returns it to its pool. */
struct sk_buff *fault_skb(void);
void fault_skb_add(struct sk_buff *skb, struct page *page, unsigned int offset,
		   unsigned int size);

/* Halves of a knob's time: before what it does, and after. */
static inline unsigned int fault_half(void)
{
	return fault_ms / 2;
}

/* The device of the XDP knobs comes and goes with the module. */
void fault_xdp_init(void);
void fault_xdp_exit(void);

/* The files that measure, below @dir. */
void fault_cost_init(struct dentry *dir);

#endif /* FAULT_H */
