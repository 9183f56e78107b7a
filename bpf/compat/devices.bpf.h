/* SPDX-License-Identifier: GPL-2.0 */
/* Devices and the queues of their drivers: bulk queues, veth, tun, mvneta. */
#ifndef NETMEM_COMPAT_DEVICES_BPF_H
#define NETMEM_COMPAT_DEVICES_BPF_H

#include "bpf/compat/sockets.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct rtnl_link_ops {
	const char *kind;
};

struct net_device_ops {
	int (*ndo_xdp_xmit)(void);
};

/* 6.12, not 6.1: private data is a member. */
struct net_device___priv {
	char priv[1];
};

struct xdp_dev_bulk_queue {
	struct xdp_frame *q[16];
	unsigned int count;
};

struct veth_rq {
	struct bpf_prog *xdp_prog;
	struct ptr_ring xdp_ring;
};

/* 5.13: "veth: allow enabling NAPI even without XDP". */
struct veth_rq___napi {
	struct napi_struct *napi;
};

struct veth_priv {
	struct veth_rq *rq;
};

struct tun_file {
	struct sock sk;
	struct ptr_ring tx_ring;
};

struct tun_struct {
	struct tun_file *tfiles[256];
	unsigned int numqueues;
};

/* ---- mvneta ---- */

/* The kinds of packets come before it; 6.3 has one more of them. */
enum mvneta_tx_buf_type {
	MVNETA_TYPE_XDP_TX = 1,
};

struct mvneta_tx_buf {
	enum mvneta_tx_buf_type type;
	struct sk_buff *skb;
};

struct mvneta_tx_queue {
	int size, count;
	struct mvneta_tx_buf *buf;
	int txq_get_index;
	void *descs;
};

struct mvneta_rx_queue {
	int size;
	struct page_pool *page_pool;
	void **buf_virt_addr;
	void *descs;
	int next_desc_to_proc;
	__u32 refill_num;
};

struct mvneta_port {
	struct mvneta_rx_queue *rxqs;
	struct mvneta_tx_queue *txqs;
};

#pragma clang attribute pop

/* net_device.state: bit __LINK_STATE_START, include/linux/netdevice.h. */
#define COMPAT_LINK_STATE_START (1UL << 0)

/* net_device.flags: IFF_LOOPBACK, include/uapi/linux/if.h. */
#define COMPAT_IFF_LOOPBACK 0x8

COMPAT_HAS_TYPE(mvneta, mvneta_port)
COMPAT_HAS_TYPE(veth, veth_rq)
COMPAT_HAS_TYPE(tun, tun_file)

COMPAT_AT(device_bulk, net_device, xdp_bulkq)

/* Address of a device's private data (netdev_priv()). */
static __always_inline __u64 compat_netdev_priv(__u64 dev)
{
	if (bpf_core_field_exists(struct net_device___priv, priv))
		return dev +
		       bpf_core_field_offset(struct net_device___priv, priv);
	/* NETDEV_ALIGN: 32 */
	return dev + ((bpf_core_type_size(struct net_device) + 31) & ~31ULL);
}

/*
 * Has the queue its ring? Without, the ring's pointer is stale: veth_napi_del()
 * frees the slots and leaves it.
 */
static __always_inline bool compat_veth_has_ring(__u64 address)
{
	struct veth_rq___napi *newer = (void *)address;
	struct veth_rq *rq = (void *)address;

	if (bpf_core_field_exists(newer->napi))
		return BPF_CORE_READ(newer, napi);
	return BPF_CORE_READ(rq, xdp_prog);
}

#endif
