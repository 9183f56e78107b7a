/* SPDX-License-Identifier: GPL-2.0 */
/* Devices, their NAPIs, and the queues and rings of their drivers. */
#ifndef NETMEM_DEVICES_BPF_H
#define NETMEM_DEVICES_BPF_H

#include "bpf/compat/devices.bpf.h"
#include "bpf/compat/qdiscs.bpf.h"
#include "bpf/holders/networks.bpf.h"
#include "bpf/holders/processors.bpf.h"

#define DEVICES_A_RUN 32
#define NAPIS_A_RUN 64
#define BQL_QUEUES_A_RUN 64

bool bql_used = false;
__u64 bql_bytes = 0;
bool was_up = false; /* a transmit queue has ever been used */

static __always_inline void describe_device(struct found_object *object,
					    __u64 address)
{
	struct net_device *dev = (void *)address;
	const char *kind = BPF_CORE_READ(dev, rtnl_link_ops, kind);
	struct device *parent = BPF_CORE_READ(dev, dev.parent);

	object->ifindex = BPF_CORE_READ(dev, ifindex);
	object->tx_queues = BPF_CORE_READ(dev, num_tx_queues);
	object->rx_queues = BPF_CORE_READ(dev, real_num_rx_queues);
	bpf_core_read_str(object->name, sizeof(object->name), &dev->name);
	if (parent) {
		object->flags |= OBJECT_HARDWARE;
		kind = BPF_CORE_READ(parent, driver, name);
	}
	if (!kind && BPF_CORE_READ(dev, flags) & COMPAT_IFF_LOOPBACK)
		__builtin_memcpy(object->kind, "loopback", sizeof("loopback"));
	if (kind)
		bpf_probe_read_kernel_str(object->kind, sizeof(object->kind),
					  kind);
	if (BPF_CORE_READ(dev, state) & COMPAT_LINK_STATE_START)
		object->flags |= OBJECT_RUNNING;
	if (BPF_CORE_READ(dev, xdp_state[0].prog) ||
	    BPF_CORE_READ(dev, xdp_state[1].prog) ||
	    BPF_CORE_READ(dev, xdp_state[2].prog))
		object->flags |= OBJECT_XDP;
	if (BPF_CORE_READ(dev, netdev_ops, ndo_xdp_xmit))
		object->flags |= OBJECT_SENDS_FRAMES;
}

/* ctx[0]: a namespace; ctx[1]: where to go on, or 0 */
SEC("raw_tp")
int holders_devices(__u64 *ctx)
{
	__u64 head = ADDRESS(ctx[0], struct net, dev_base_head), dev;
	__u64 entry = ctx[1] ? ctx[1] : read_word(head);
	struct found_object *object;
	__u32 i;

	go_on = 0;
	for (i = 0; i < DEVICES_A_RUN; i++) {
		if (!entry || entry == head)
			return 0;
		dev = entry -
		      bpf_core_field_offset(struct net_device, dev_list);
		object = add_object(dev);
		if (object) {
			object->netns = inode_of_net(ctx[0]);
			describe_device(object, dev);
		}
		entry = read_word(entry);
	}
	go_on = entry;
	return 0;
}

/* ctx[0]: a device; ctx[1]: where to go on, or 0 */
SEC("raw_tp")
int holders_napis(__u64 *ctx)
{
	__u64 head = ADDRESS(ctx[0], struct net_device, napi_list);
	__u64 entry = ctx[1] ? ctx[1] : read_word(head);
	__u32 i;

	go_on = 0;
	for (i = 0; i < NAPIS_A_RUN; i++) {
		if (!entry || entry == head)
			return 0;
		add_gro(entry - bpf_core_field_offset(struct napi_struct,
						      dev_list),
			i);
		entry = read_word(entry);
	}
	go_on = entry;
	return 0;
}

/* ctx[0]: a device: its bulk queues of frames, a per-CPU object */
SEC("raw_tp")
int holders_device_bulk(__u64 *ctx)
{
	__u64 bulk = compat_device_bulk_at(ctx[0]);
	struct found_queue *queue;
	__u32 index = queue_count;

	if (!bulk)
		return 0;
	bulk = read_word(bulk);
	if (!bulk)
		return 0;
	add_queue(SHAPE_FRAMES, PLACE_BULK,
		  ADDRESS(bulk, struct xdp_dev_bulk_queue, q), 0, 0);
	queue = bpf_map_lookup_elem(&found_queues, &index);
	if (queue)
		queue->percpu =
			bpf_core_field_offset(struct xdp_dev_bulk_queue,
					      count) -
			bpf_core_field_offset(struct xdp_dev_bulk_queue, q);
	return 0;
}

/*
 * ctx[0]: a device, ctx[1]: its transmit queues, ctx[2]: the first of them to
 * read. Bytes that its ring has, by byte queue limits; bql_used is false where
 * the driver does not count them. The kernel notes a time in a queue as soon as
 * the device is up with a link.
 */
SEC("raw_tp")
int holders_transmitting(__u64 *ctx)
{
	struct net_device *dev = (void *)ctx[0];
	__u64 at = (__u64)BPF_CORE_READ(dev, _tx) +
		   ctx[2] * bpf_core_type_size(struct netdev_queue);
	__u32 queued, completed, i;

	go_on = 0;
	if (!ctx[2]) {
		bql_used = was_up = false;
		bql_bytes = 0;
	}
	for (i = 0; i < BQL_QUEUES_A_RUN; i++) {
		if (ctx[2] + i >= ctx[1])
			return 0;
		was_up |= read_word(ADDRESS(at, struct netdev_queue,
					    trans_start)) != 0;
		if (!compat_has_bql())
			goto next;
		queued = read_half(
			ADDRESS(at, struct netdev_queue, dql.num_queued));
		completed = read_half(
			ADDRESS(at, struct netdev_queue, dql.num_completed));
		bql_used |= queued != 0;
		bql_bytes += queued - completed;
next:
		at += bpf_core_type_size(struct netdev_queue);
	}
	go_on = ctx[2] + i;
	return 0;
}

/* ctx[0]: which queue; ctx[1]: where its count is */
SEC("raw_tp")
int holders_bulk_count(__u64 *ctx)
{
	__u32 index = ctx[0];
	struct found_queue *queue = bpf_map_lookup_elem(&found_queues, &index);

	if (!queue)
		return 0;
	queue->packets = read_half(ctx[1]);
	queue->size = queue->packets;
	return 0;
}

/* ctx[0]: a veth device, ctx[1]: its receive queues */
SEC("raw_tp")
int holders_veth(__u64 *ctx)
{
	struct veth_priv *priv = (void *)compat_netdev_priv(ctx[0]);
	__u64 rq;
	__u32 i;

	if (!compat_has_veth())
		return 0;
	rq = (__u64)BPF_CORE_READ(priv, rq);
	if (ctx[1] > RINGS_MAX)
		found_lost++;
	for (i = 0; i < RINGS_MAX && i < ctx[1] && rq; i++) {
		if (compat_veth_has_ring(rq))
			add_ring(SHAPE_RING_LOW_FRAME, PLACE_RING,
				 ADDRESS(rq, struct veth_rq, xdp_ring), i);
		rq += bpf_core_type_size(struct veth_rq);
	}
	return 0;
}

/* ctx[0]: a tun or tap device */
SEC("raw_tp")
int holders_tun(__u64 *ctx)
{
	__u64 priv = compat_netdev_priv(ctx[0]), file;
	__u32 count, i;

	if (!compat_has_tun())
		return 0;
	count = read_half(ADDRESS(priv, struct tun_struct, numqueues));
	for (i = 0; i < RINGS_MAX && i < count; i++) {
		file = read_word(ADDRESS(priv, struct tun_struct, tfiles) +
				 i * sizeof(file));
		if (!file)
			continue;
		add_ring(SHAPE_RING_LOW_FRAME, PLACE_RING,
			 ADDRESS(file, struct tun_file, tx_ring), i);
		/* for its NAPI, on the way in */
		add_skb_queue(PLACE_INPUT,
			      ADDRESS(file, struct tun_file, sk.sk_write_queue),
			      i);
	}
	return 0;
}

static __always_inline void add_array(__u32 shape, __u32 place, __u64 array,
				      __u32 first, __u32 count, __u32 size,
				      __u64 pool, __u32 number)
{
	__u32 index = queue_count;
	struct found_queue *queue;

	if (!array || !count || first >= size || count > size)
		return;
	add_queue(shape, place, array, count, number);
	queue = bpf_map_lookup_elem(&found_queues, &index);
	if (!queue)
		return;
	queue->first = first;
	queue->size = size;
	queue->pool = pool;
}

/*
 * Slots that the device has: not those that wait for a refill, whose pointers
 * are stale, and only with pages of the ring's present pool.
 */
static __always_inline void add_mvneta_rx(__u64 address, __u32 number)
{
	struct mvneta_rx_queue *rxq = (void *)address;
	__u32 size = BPF_CORE_READ(rxq, size);
	__u32 waiting = BPF_CORE_READ(rxq, refill_num);

	if (BPF_CORE_READ(rxq, descs) && waiting <= size)
		add_array(SHAPE_PAGES, PLACE_RX_RING,
			  (__u64)BPF_CORE_READ(rxq, buf_virt_addr),
			  BPF_CORE_READ(rxq, next_desc_to_proc), size - waiting,
			  size, (__u64)BPF_CORE_READ(rxq, page_pool), number);
}

static __always_inline void add_mvneta_tx(__u64 address, __u32 number)
{
	struct mvneta_tx_queue *txq = (void *)address;

	if (BPF_CORE_READ(txq, descs))
		add_array(SHAPE_TX_BUFFERS, PLACE_TX_RING,
			  (__u64)BPF_CORE_READ(txq, buf),
			  BPF_CORE_READ(txq, txq_get_index),
			  BPF_CORE_READ(txq, count), BPF_CORE_READ(txq, size),
			  0, number);
}

/* ctx[0]: an mvneta device, ctx[1], ctx[2]: its receive, transmit queues */
SEC("raw_tp")
int holders_mvneta(__u64 *ctx)
{
	struct mvneta_port *port = (void *)compat_netdev_priv(ctx[0]);
	__u64 rxq, txq;
	__u32 i;

	if (!compat_has_mvneta())
		return 0;
	rxq = (__u64)BPF_CORE_READ(port, rxqs);
	txq = (__u64)BPF_CORE_READ(port, txqs);
	for (i = 0; i < 8; i++) {
		if (rxq && i < ctx[1])
			add_mvneta_rx(rxq + i * bpf_core_type_size(
							struct mvneta_rx_queue),
				      i);
		if (txq && i < ctx[2])
			add_mvneta_tx(txq + i * bpf_core_type_size(
							struct mvneta_tx_queue),
				      i);
	}
	return 0;
}

#endif
