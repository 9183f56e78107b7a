// SPDX-License-Identifier: GPL-2.0
/*
 * What rightly happens to the pages of a pool, for the knobs' time around
 * their fault, and one page's way in and out.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "fault.h"

/* Of a round's pages every fourth leaves its pool, so that there are events. */
enum { WAY_DIRECT, WAY_RING, WAY_AWAY, WAY_BULK, WAY_COUNT };

struct page *fault_take(struct fault_pool *fp)
{
	struct page *page;

	local_bh_disable();
	page = page_pool_alloc_pages(fp->pool, GFP_ATOMIC | __GFP_NOWARN);
	local_bh_enable();
	return page;
}

void fault_put_direct(struct fault_pool *fp, struct page *page)
{
	fault_poll_begin();
	page_pool_recycle_direct(fp->pool, page);
	fault_poll_end();
}

void fault_put_ring(struct fault_pool *fp, struct page *page)
{
	page_pool_put_full_page(fp->pool, page, false);
}

void fault_put_away(struct fault_pool *fp, struct page *page)
{
	compat_set_whole(page);
	get_page(page);
	page_pool_put_full_page(fp->pool, page, false);
	put_page(page);
}

int fault_empty_ring(struct fault_pool *fp)
{
	struct page *page;

	while (!__ptr_ring_empty(&fp->pool->ring)) {
		page = fault_take(fp);
		if (!page)
			return -ENOMEM;
		fault_put_away(fp, page);
	}
	return 0;
}

void fault_sign(struct fault_pool *fp, struct page *page)
{
	compat_sign(page, fp->pool);
}

void fault_unsign(struct page *page)
{
	compat_unsign(page);
}

int fault_traffic_round(struct fault_pool *fp)
{
	struct page *page[FAULT_ROUND], *bulk[FAULT_ROUND];
	int taken, bulked = 0, i;

	for (taken = 0; taken < FAULT_ROUND; taken++) {
		page[taken] = fault_take(fp);
		if (!page[taken])
			break;
	}
	for (i = 0; i < taken; i++) {
		switch (i % WAY_COUNT) {
		case WAY_DIRECT:
			fault_put_direct(fp, page[i]);
			break;
		case WAY_RING:
			fault_put_ring(fp, page[i]);
			break;
		case WAY_AWAY:
			fault_put_away(fp, page[i]);
			break;
		default:
			bulk[bulked++] = page[i];
		}
	}
	/* as XDP returns its frames, in softirq */
	local_bh_disable();
	compat_put_bulk(fp->pool, bulk, bulked);
	local_bh_enable();
	return taken < FAULT_ROUND ? -ENOMEM : 0;
}

int fault_traffic(struct fault_pool *fp, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	int err;

	do {
		err = fault_traffic_round(fp);
		msleep(20);
	} while (!err && time_before(jiffies, end));
	return err;
}

struct sk_buff *fault_skb(void)
{
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);

	if (!skb)
		return NULL;
	compat_mark_for_recycle(skb);
	skb_put_zero(skb, 64);
	return skb;
}

void fault_skb_add(struct sk_buff *skb, struct page *page, unsigned int offset,
		   unsigned int size)
{
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, offset, size,
			size);
}
