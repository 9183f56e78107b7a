// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs on the frames that an XDP program sees: `fault0` is a network device
 * with native XDP, and what it receives a knob makes of pages of a pool.
 * Nothing is behind the device, so whatever the program says of a frame, its
 * pages go back to their pool. The program has to be there before:
 *
 *	ip link set dev fault0 up
 *	ip link set dev fault0 xdpdrv obj xdp_netmem_stats.bpf.o program ...
 */
#define pr_fmt(fmt) "netmem_fault: " fmt

#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "fault.h"

/*
 * Frames of one poll, and polls, however long they take: the program gives one
 * frame in 128 to the inspection, and one in WRONG_EVERY is wrong.
 */
#define BUDGET 64
#define POLLS 64
#define WRONG_EVERY 4
/* Bytes of a frame that are in its head, and where a fragment begins. */
#define HEAD_SIZE 512
#define FRAG_OFFSET 256
/* One to so many fragments in a frame. */
#define FRAGS_MOST 4

static struct net_device *device;
static struct bpf_prog __rcu *program;

/* A receive queue, while a knob is turned. */
struct queue {
	struct fault_pool *fp;
	struct xdp_rxq_info rxq;
	/* the frame with this number: 0, or a negative error */
	int (*receive)(struct queue *queue, const struct bpf_prog *prog,
		       u32 number);
	bool wrong;
	u32 frames;
};

static bool is_wrong(const struct queue *queue, u32 number)
{
	return queue->wrong && number % WRONG_EVERY == WRONG_EVERY - 1;
}

/* A frame as hardware leaves it: headroom, and a packet that nobody knows. */
static void prepare(struct queue *queue, struct xdp_buff *xdp,
		    struct page *page)
{
	struct ethhdr *eth = page_address(page) + XDP_PACKET_HEADROOM;

	memset(eth, 0, HEAD_SIZE);
	eth_broadcast_addr(eth->h_dest);
	ether_addr_copy(eth->h_source, device->dev_addr);
	eth->h_proto = htons(ETH_P_802_EX1);
	*xdp = (struct xdp_buff){
		.data = eth,
		.data_meta = eth,
		.data_end = (void *)eth + HEAD_SIZE,
		.data_hard_start = page_address(page),
		.rxq = &queue->rxq,
		.frame_sz = PAGE_SIZE,
	};
}

/*
 * A frame in one page. The wrong one's has left the pool, and the pool's name
 * is on it again. With the twin such a page leaves, too, but not for a frame.
 */
static int receive_page(struct queue *queue, const struct bpf_prog *prog,
			u32 number)
{
	struct fault_pool *fp = queue->fp;
	struct page *page = fault_take(fp);
	struct xdp_buff xdp;

	if (!page)
		return -ENOMEM;
	if (is_wrong(queue, number)) {
		get_page(page);
		fault_put_away(fp, page);
		fault_sign(fp, page);
		prepare(queue, &xdp, page);
		bpf_prog_run_xdp(prog, &xdp);
		fault_unsign(page);
		put_page(page);
		return 0;
	}
	if (number % WRONG_EVERY == WRONG_EVERY - 1) {
		fault_put_away(fp, page);
		page = fault_take(fp);
		if (!page)
			return -ENOMEM;
	}
	prepare(queue, &xdp, page);
	bpf_prog_run_xdp(prog, &xdp);
	fault_put_direct(fp, page);
	return 0;
}

static int poll(struct queue *queue)
{
	struct bpf_net_context context, *outer;
	const struct bpf_prog *prog;
	int err = 0, i;

	local_bh_disable();
	outer = bpf_net_ctx_set(&context);
	rcu_read_lock();
	prog = rcu_dereference(program);
	if (!prog)
		err = -ENOLINK;
	for (i = 0; i < BUDGET && !err; i++)
		err = queue->receive(queue, prog, queue->frames++);
	rcu_read_unlock();
	bpf_net_ctx_clear(outer);
	local_bh_enable();
	return err;
}

static int queue_open(struct queue *queue)
{
	int err;

	queue->fp = fault_pool_new(0, 0, 0);
	if (!queue->fp)
		return -ENOMEM;
	err = compat_rxq_reg(&queue->rxq, device);
	if (err)
		goto end_pool;
	err = xdp_rxq_info_reg_mem_model(&queue->rxq, MEM_TYPE_PAGE_POOL,
					 queue->fp->pool);
	if (err)
		goto unregister;
	fault_pool_share(queue->fp);
	return 0;

unregister:
	xdp_rxq_info_unreg(&queue->rxq);
end_pool:
	fault_pool_end(queue->fp);
	return err;
}

static int queue_close(struct queue *queue)
{
	/* takes XDP's part of the pool off, not ours */
	xdp_rxq_info_unreg(&queue->rxq);
	return fault_pool_end(queue->fp);
}

static int check_device(void)
{
	if (!device)
		return -ENODEV;
	if (!netif_running(device))
		return -ENETDOWN;
	return rcu_access_pointer(program) ? 0 : -ENOLINK;
}

static int run_queue(struct queue *queue)
{
	int err = check_device() ?: queue_open(queue), i;

	if (err)
		return err;
	err = fault_traffic(queue->fp, fault_half());
	for (i = 0; i < POLLS && !err; i++) {
		err = poll(queue);
		msleep(fault_ms / POLLS);
	}
	err = err ?: fault_traffic(queue->fp, fault_half());
	return queue_close(queue) ?: err;
}

static int xdp_foreign_page(bool wrong)
{
	struct queue queue = { .receive = receive_page, .wrong = wrong };

	return run_queue(&queue);
}

/*
 * A frame in a part of a page, as of a driver that cuts its pages by itself. By
 * turns the head of the wrong one is not aligned, or the end, and with it the
 * skb_shared_info.
 */
static int receive_part(struct queue *queue, const struct bpf_prog *prog,
			u32 number)
{
	unsigned int away = is_wrong(queue, number) ? 4 : 8;
	struct fault_pool *fp = queue->fp;
	struct page *page = fault_take(fp);
	struct xdp_buff xdp;

	if (!page)
		return -ENOMEM;
	prepare(queue, &xdp, page);
	xdp.frame_sz -= away;
	if (number / WRONG_EVERY % 2)
		xdp.data_hard_start += away;
	bpf_prog_run_xdp(prog, &xdp);
	fault_put_direct(fp, page);
	return 0;
}

static int xdp_frag_misaligned(bool wrong)
{
	struct queue queue = { .receive = receive_part, .wrong = wrong };

	return run_queue(&queue);
}

#ifdef HAVE_XDP_FRAGS

static void put_frags(struct fault_pool *fp, struct skb_shared_info *info)
{
	while (info->nr_frags--)
		fault_put_direct(fp,
				 skb_frag_page(&info->frags[info->nr_frags]));
}

/* A fragment up to the end of its page, or @beyond it. */
static int add_frag(struct fault_pool *fp, struct skb_shared_info *info,
		    unsigned int beyond)
{
	unsigned int size = PAGE_SIZE - FRAG_OFFSET + beyond;
	struct page *page = fault_take(fp);

	if (!page)
		return -ENOMEM;
	skb_frag_fill_page_desc(&info->frags[info->nr_frags++], page,
				FRAG_OFFSET, size);
	info->xdp_frags_size += size;
	return 0;
}

/* A frame in several pages. The last fragment of a wrong one is too long. */
static int receive_frags(struct queue *queue, const struct bpf_prog *prog,
			 u32 number)
{
	struct fault_pool *fp = queue->fp;
	struct page *page = fault_take(fp);
	u32 count = 1 + number / WRONG_EVERY % FRAGS_MOST, i;
	struct skb_shared_info *info;
	struct xdp_buff xdp;
	int err = 0;

	if (!page)
		return -ENOMEM;
	prepare(queue, &xdp, page);
	info = xdp_get_shared_info_from_buff(&xdp);
	info->nr_frags = 0;
	info->xdp_frags_size = 0;
	xdp_buff_set_frags_flag(&xdp);
	for (i = 1; i <= count && !err; i++)
		err = add_frag(fp, info, i == count && is_wrong(queue, number));
	/* one that does not know of fragments must not see them */
	if (!err && !prog->aux->xdp_has_frags)
		err = -EOPNOTSUPP;
	if (!err)
		bpf_prog_run_xdp(prog, &xdp);
	put_frags(fp, info);
	fault_put_direct(fp, page);
	return err;
}

static int xdp_frag_bounds(bool wrong)
{
	struct queue queue = { .receive = receive_frags, .wrong = wrong };

	return run_queue(&queue);
}

#endif /* HAVE_XDP_FRAGS */

/* The core holds the lock and has taken a reference of the program for us. */
static int device_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct bpf_prog *old;

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	old = rtnl_dereference(program);
	rcu_assign_pointer(program, bpf->prog);
	if (old)
		bpf_prog_put(old);
	return 0;
}

static int device_open(struct net_device *dev)
{
	netif_start_queue(dev);
	return 0;
}

static int device_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

static netdev_tx_t device_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops device_ops = {
	.ndo_open = device_open,
	.ndo_stop = device_stop,
	.ndo_start_xmit = device_xmit,
	.ndo_bpf = device_bpf,
};

void fault_xdp_init(void)
{
	struct net_device *dev;
	int err;

	dev = alloc_netdev(0, "fault0", NET_NAME_PREDICTABLE, ether_setup);
	if (!dev)
		return;
	dev->netdev_ops = &device_ops;
	eth_hw_addr_random(dev);
	xdp_set_features_flag(dev, NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_RX_SG);
	err = register_netdev(dev);
	if (err) {
		pr_err("no fault0: error %d\n", err);
		free_netdev(dev);
		return;
	}
	device = dev;
}

void fault_xdp_exit(void)
{
	if (!device)
		return;
	unregister_netdev(device);
	free_netdev(device);
}

const struct knob xdp_knobs[] = {
	KNOB(xdp_foreign_page,
	     "frames on pages that have left the pool whose name they bear",
	     "all frames are on pages that the pool has given out"),
	{ "xdp_frag_misaligned", "frag_misaligned",
	  "frames whose buffer begins or ends 4 bytes off", xdp_frag_misaligned,
	  true },
	{ "xdp_frag_misaligned_clean", NULL,
	  "frames whose buffer begins or ends 8 bytes off", xdp_frag_misaligned,
	  false },
#ifdef HAVE_XDP_FRAGS
	KNOB(xdp_frag_bounds,
	     "frames whose last fragment ends one byte behind its page",
	     "frames whose fragments end where their pages do"),
#endif
	{},
};
