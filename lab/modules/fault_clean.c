// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs with which nothing is wrong: all ways of whole pages.
 */
#include <linux/delay.h>

#include "fault.h"

/* More than a ring of RING places takes, less than the cache with it. */
#define RING 64
#define PAGES 160

/* Takes @count pages; those that it got are @page. */
static int take_many(struct fault_pool *fp, struct page **page, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		page[i] = fault_take(fp);
		if (!page[i])
			break;
	}
	return i;
}

/* The ring is full on the way, and so is the cache. */
static int overfill(struct fault_pool *fp, struct page **page, bool direct)
{
	int taken = take_many(fp, page, PAGES), i;

	for (i = 0; i < taken; i++)
		if (direct)
			fault_put_direct(fp, page[i]);
		else
			fault_put_ring(fp, page[i]);
	return taken < PAGES ? -ENOMEM : 0;
}

static int overfill_in_bulks(struct fault_pool *fp, struct page **page)
{
	int taken = take_many(fp, page, PAGES), i;

	local_bh_disable();
	for (i = 0; i < taken; i += 16)
		compat_put_bulk(fp->pool, page + i, min(taken - i, 16));
	local_bh_enable();
	return taken < PAGES ? -ENOMEM : 0;
}

static int pool_clean(bool wrong)
{
	unsigned long end = jiffies + msecs_to_jiffies(2 * fault_ms);
	struct page **page = kcalloc(PAGES, sizeof(*page), GFP_KERNEL);
	struct fault_pool *fp;
	int err = page ? 0 : -ENOMEM, round;

	while (!err && time_before(jiffies, end)) {
		fp = fault_pool_new(0, 0, RING);
		if (!fp) {
			err = -ENOMEM;
			break;
		}
		for (round = 0; round < 8 && !err; round++) {
			err = fault_traffic_round(fp)		?:
				      overfill(fp, page, true)	?:
				      overfill(fp, page, false) ?:
				      overfill_in_bulks(fp, page);
			msleep(20);
		}
		err = fault_pool_end(fp) ?: err;
	}
	kfree(page);
	return err;
}

#ifdef HAVE_SKB_RECYCLE
/* Each page in an skb of its own, its data in the second half of the page. */
static int order1_round(struct fault_pool *fp)
{
	struct sk_buff *skb[16];
	struct page *page[16];
	int taken, i, err = 0;

	taken = take_many(fp, page, ARRAY_SIZE(page));
	for (i = 0; i < taken; i++) {
		skb[i] = fault_skb();
		if (skb[i])
			fault_skb_add(skb[i], page[i] + 1, 64, 1000);
		else
			fault_put_ring(fp, page[i]);
	}
	for (i = 0; i < taken; i++) {
		if (!skb[i])
			err = -ENOMEM;
		kfree_skb(skb[i]);
	}
	return taken < ARRAY_SIZE(page) ? -ENOMEM : err;
}

static int order1_clean(bool wrong)
{
	unsigned long end = jiffies + msecs_to_jiffies(2 * fault_ms);
	struct fault_pool *fp = fault_pool_new(0, 1, 0);
	int err = fp ? 0 : -ENOMEM;

	while (!err && time_before(jiffies, end)) {
		err = order1_round(fp) ?: fault_traffic_round(fp);
		msleep(20);
	}
	return fp ? fault_pool_end(fp) ?: err : err;
}
#endif

const struct knob clean_knobs[] = {
	{ "pool_clean", NULL,
	  "pages through cache, ring, bulks, full ones, and out of the pool",
	  pool_clean },
#ifdef HAVE_SKB_RECYCLE
	{ "order1_clean", NULL,
	  "pages of order 1, as fragments that begin in their second page",
	  order1_clean },
#endif
	{},
};
