// SPDX-License-Identifier: GPL-2.0
/*
 * Cases on XDP frames whose memory is a page pool's.
 */
#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>
#include "test.h"

#define FRAME_LEN 256

/* A receive queue and its pool, as a driver has them. */
struct queue {
	struct xdp_rxq_info rxq;
	struct page_pool *pool;
};

static bool queue_new(struct kase *t, struct queue *q, unsigned int order)
{
	memset(q, 0, sizeof(*q));
	q->pool = pool_new(t, 0, order, 0);
	if (!q->pool)
		return false;
	expect(t, xdp_rxq_info_reg(&q->rxq, init_net.loopback_dev, 0, 0), 0);
	expect(t,
	       xdp_rxq_info_reg_mem_model(&q->rxq, MEM_TYPE_PAGE_POOL, q->pool),
	       0);
	pool_watch_again(q->pool);
	return true;
}

static void queue_done(struct kase *t, struct queue *q)
{
	xdp_rxq_info_unreg(&q->rxq);
	/* its user has not let go yet */
	expect(t, pool_gone(q->pool), false);
	pool_done(t, q->pool);
}

/* A frame on a page of the queue's pool, with @nr_frags pages more. */
static struct xdp_frame *frame_new(struct queue *q, int nr_frags)
{
	unsigned int size = PAGE_SIZE << q->pool->p.order;
	struct skb_shared_info *shared;
	struct xdp_buff xdp;
	int i;

	xdp_init_buff(&xdp, size, &q->rxq);
	xdp_prepare_buff(&xdp, page_address(pool_page(q->pool)),
			 XDP_PACKET_HEADROOM, FRAME_LEN, false);
	memset(xdp.data, 0, FRAME_LEN);
	if (nr_frags) {
		shared = xdp_get_shared_info_from_buff(&xdp);
		memset(shared, 0, sizeof(*shared));
		for (i = 0; i < nr_frags; i++) {
			skb_frag_t *frag = &shared->frags[i];

			__skb_frag_set_page(frag, pool_page(q->pool));
			skb_frag_off_set(frag, 64);
			skb_frag_size_set(frag, 1000);
		}
		shared->nr_frags = nr_frags;
		shared->xdp_frags_size = 1000 * nr_frags;
		xdp_buff_set_frags_flag(&xdp);
	}
	return xdp_convert_buff_to_frame(&xdp);
}

/* So many pages into the cache that no refill comes into our way. */
static void fill_cache(struct page_pool *pool, int pages)
{
	struct page *page[32];
	int i;

	for (i = 0; i < pages; i++)
		page[i] = pool_page(pool);
	for (i = 0; i < pages; i++)
		pool_put_napi(pool, page[i]);
}

static void returns(struct kase *t, unsigned int order, int nr_frags)
{
	int all = 1 + nr_frags;
	struct xdp_buff xdp;
	struct queue q;
	u32 cache, ring;

	if (!queue_new(t, &q, order))
		return;
	xdp_return_frame(frame_new(&q, nr_frags));
	expect(t, in_ring(q.pool), all);
	expect(t, out(q.pool), 0);

	fill_cache(q.pool, 3 * all);
	cache = cached(q.pool);
	ring = in_ring(q.pool);
	local_bh_disable();
	xdp_return_frame_rx_napi(frame_new(&q, nr_frags));
	expect(t, cached(q.pool), cache);
	expect(t, in_ring(q.pool), ring);

	/* inside a redirect the cache is somebody else's */
	xdp_set_return_frame_no_direct();
	xdp_return_frame_rx_napi(frame_new(&q, nr_frags));
	xdp_clear_return_frame_no_direct();
	expect(t, in_ring(q.pool), ring + all);
	expect(t, cached(q.pool), cache - all);

	/* a buffer that never became a frame */
	xdp_convert_frame_to_buff(frame_new(&q, nr_frags), &xdp);
	xdp.rxq = &q.rxq;
	cache = cached(q.pool);
	xdp_return_buff(&xdp);
	expect(t, cached(q.pool), cache + all);
	local_bh_enable();

	expect(t, out(q.pool), 0);
	expect(t, released(q.pool), 0);
	queue_done(t, &q);
}

static void case_xdp_return(struct kase *t)
{
	returns(t, 0, 0);
	returns(t, 2, 0);
}

static void case_xdp_return_frags(struct kase *t)
{
	returns(t, 0, 5);
	returns(t, 1, 3);
}

/* Frames of two queues in one bulk, more than one flush long. */
static void case_xdp_bulk(struct kase *t)
{
	struct xdp_frame_bulk bulk;
	struct queue q[2];
	int i, count[2] = {};

	if (!queue_new(t, &q[0], 0))
		return;
	if (!queue_new(t, &q[1], 2)) {
		queue_done(t, &q[0]);
		return;
	}
	xdp_frame_bulk_init(&bulk);
	rcu_read_lock();
	for (i = 0; i < 120; i++) {
		int which = (i / 20) & 1;
		int frags = i % 7 == 3 ? 3 : 0;

		count[which] += 1 + frags;
		xdp_return_frame_bulk(frame_new(&q[which], frags), &bulk);
	}
	xdp_flush_frame_bulk(&bulk);
	rcu_read_unlock();
	for (i = 0; i < 2; i++) {
		expect(t, count[i] >= 60, true);
		expect(t, out(q[i].pool), 0);
		expect(t, released(q[i].pool), 0);
		/* not one of them straight into the cache */
		expect(t, in_ring(q[i].pool) > 0, true);
		queue_done(t, &q[i]);
	}
}

/* A frame that goes up the stack leaves the pool on its way. */
static void case_xdp_to_skb(struct kase *t)
{
	struct skb_shared_info *shared;
	struct page *head, *frag;
	struct xdp_frame *frame;
	struct sk_buff *skb;
	struct queue q;

	if (!queue_new(t, &q, 0))
		return;
	frame = frame_new(&q, 1);
	head = virt_to_page(frame);
	shared = xdp_get_shared_info_from_frame(frame);
	frag = skb_frag_page(&shared->frags[0]);
	get_page(head);
	get_page(frag);
	skb = xdp_build_skb_from_frame(frame, init_net.loopback_dev);
	if (expect(t, !skb, false)) {
		expect(t, released(q.pool), 2);
		expect(t, !page_owner_pool(head), true);
		expect(t, !page_owner_pool(frag), true);
		expect(t, page_is_signed(head) || page_is_signed(frag), false);
		expect(t, skb->len, FRAME_LEN + 1000 - ETH_HLEN);
		kfree_skb(skb);
		expect(t, page_ref_count(head), 1);
		expect(t, page_ref_count(frag), 1);
	} else {
		xdp_return_frame(frame);
	}
	expect(t, out(q.pool), 0);
	expect(t, in_ring(q.pool), 0);
	put_page(head);
	put_page(frag);
	queue_done(t, &q);
}

/* A frame that comes back when its queue and its driver are gone. */
static void case_xdp_destroy(struct kase *t)
{
	struct xdp_frame *frame, *second;
	struct xdp_frame_bulk bulk;
	struct queue q;

	if (!queue_new(t, &q, 0))
		return;
	frame = frame_new(&q, 2);
	second = frame_new(&q, 0);
	xdp_rxq_info_unreg(&q.rxq);
	pool_destroy(q.pool);
	expect(t, pool_gone(q.pool), false);
	expect(t, held(q.pool) - released(q.pool), 4);
	xdp_return_frame(frame);
	/* the id is valid as long as the pool has pages out */
	xdp_frame_bulk_init(&bulk);
	rcu_read_lock();
	xdp_return_frame_bulk(second, &bulk);
	xdp_flush_frame_bulk(&bulk);
	rcu_read_unlock();
	pool_expect_gone(t, q.pool, 8 * HZ);
}

/* The model without a queue, as the BPF test run registers it. */
static void case_xdp_mem_model(struct kase *t)
{
	struct queue q = { .pool = pool_new(t, 0, 0, 0) };
	struct xdp_mem_info mem = {};

	if (!q.pool)
		return;
	expect(t, xdp_reg_mem_model(&mem, MEM_TYPE_PAGE_POOL, q.pool), 0);
	pool_watch_again(q.pool);
	expect(t, mem.id, q.pool->xdp_mem_id);
	q.rxq.mem = mem;
	xdp_return_frame(frame_new(&q, 2));
	expect(t, in_ring(q.pool), 3);
	expect(t, out(q.pool), 0);
	xdp_unreg_mem_model(&mem);
	expect(t, pool_gone(q.pool), false);
	pool_done(t, q.pool);
}

struct kase xdp_cases[] = {
	{ "xdp_return", case_xdp_return },
	{ "xdp_return_frags", case_xdp_return_frags },
	{ "xdp_bulk", case_xdp_bulk },
	{ "xdp_to_skb", case_xdp_to_skb },
	{ "xdp_destroy", case_xdp_destroy },
	{ "xdp_mem_model", case_xdp_mem_model },
	{},
};
