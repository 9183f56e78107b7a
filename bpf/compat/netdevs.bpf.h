/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Net devices as pools know them: is one registered, since when at least, what
 * drives it, and which queue a pool serves.
 */
#ifndef NETMEM_COMPAT_NETDEVS_BPF_H
#define NETMEM_COMPAT_NETDEVS_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct hlist_node___linked {
	struct hlist_node **pprev;
};

struct net_device___listed {
	struct hlist_node___linked index_hlist;
};

struct net___devices {
	struct hlist_head *dev_index_head;
};

struct net_device___address {
	const unsigned char *dev_addr;
};

struct rtnl_link_ops___kind {
	const char *kind;
};

/* 6.8: "netdev-genl: Add netlink framework functions for queue". */
struct netdev_rx_queue {
	struct napi_struct *napi;
};

struct net_device___queues {
	struct netdev_rx_queue *_rx;
};

/* 6.3: "net: veth: add page_pool for page recycling". */
struct veth_rq___pool {
	struct page_pool *page_pool;
};

struct veth_priv___pool {
	struct veth_rq___pool *rq;
};

struct net_device___private {
	char priv[1];
};

/* Addresses, which keep the time that they were made. */
struct in_ifaddr {
	struct in_ifaddr *ifa_next;
	unsigned long ifa_cstamp;
};

struct in_device___addresses {
	struct in_ifaddr *ifa_list;
};

struct ifmcaddr6 {
	struct ifmcaddr6 *next;
	unsigned long mca_cstamp;
};

struct inet6_dev___groups {
	struct ifmcaddr6 *mc_list;
};

#pragma clang attribute pop

#define COMPAT_LOOPBACK_IFINDEX 1
#define COMPAT_NETDEV_HASH 256 /* NETDEV_HASHENTRIES */
#define COMPAT_ADDRESSES 32 /* of a device, that are looked at */

/*
 * Functions with a loop are global, so that the verifier goes through each once
 * and not once for each path that leads to it; and weak, as each linked object
 * brings them.
 */

/* The list of a namespace by ifindex: the first link of a chain. */
static __always_inline struct hlist_node *compat_netdev_chain(struct net *net,
							      __u32 ifindex)
{
	struct net___devices *devices = (void *)net;
	struct hlist_head *heads = BPF_CORE_READ(devices, dev_index_head);

	heads = (void *)heads +
		(ifindex & (COMPAT_NETDEV_HASH - 1)) * sizeof(void *);
	return BPF_CORE_READ(heads, first);
}

static __always_inline struct net_device *
compat_netdev_of_link(struct hlist_node *link)
{
	return (void *)link -
	       bpf_core_field_offset(struct net_device___listed, index_hlist);
}

static __always_inline struct net_device *
compat_netdev_of_device(struct device *device)
{
	return (void *)device - bpf_core_field_offset(struct net_device, dev);
}

/*
 * Is there a registered net device at this address? Its namespace's list points
 * to it; the kernel poisons that link when it takes a device off the list, long
 * before it frees it.
 */
static __always_inline bool compat_netdev_is_registered(struct net_device *dev)
{
	struct net_device___listed *listed = (void *)dev;
	__u64 at =
		(__u64)dev +
		bpf_core_field_offset(struct net_device___listed, index_hlist);
	struct hlist_node **back = BPF_CORE_READ(listed, index_hlist.pprev);
	__u64 link = 0;

	bpf_probe_read_kernel(&link, sizeof(link), back);
	return link == at;
}

static __always_inline unsigned long earlier(unsigned long a, unsigned long b)
{
	return !a || (b && (long)(b - a) < 0) ? b : a;
}

/*
 * A time (jiffies) when the net device was there already, as early as we can
 * tell: that of its oldest address or group; 0: nothing tells. It joins the
 * groups of all IPv6 nodes when it is registered.
 */
__weak __noinline unsigned long compat_netdev_since(__u64 netdev)
{
	struct net_device *dev = (void *)netdev;
	struct in_device___addresses *in = (void *)BPF_CORE_READ(dev, ip_ptr);
	struct inet6_dev___groups *in6 = (void *)BPF_CORE_READ(dev, ip6_ptr);
	struct ifmcaddr6 *group = NULL;
	struct in_ifaddr *address = NULL;
	unsigned long since = 0;
	int i;

	if (in && bpf_core_field_exists(in->ifa_list))
		address = BPF_CORE_READ(in, ifa_list);
	for (i = 0; address && i < COMPAT_ADDRESSES; i++) {
		since = earlier(since, BPF_CORE_READ(address, ifa_cstamp));
		address = BPF_CORE_READ(address, ifa_next);
	}
	if (in6 && bpf_core_field_exists(in6->mc_list))
		group = BPF_CORE_READ(in6, mc_list);
	for (i = 0; group && i < COMPAT_ADDRESSES; i++) {
		since = earlier(since, BPF_CORE_READ(group, mca_cstamp));
		group = BPF_CORE_READ(group, next);
	}
	return since;
}

/* Its hardware address; 0 without one. */
static __always_inline __u64 compat_netdev_hardware(struct net_device *dev)
{
	struct net_device___address *from = (void *)dev;
	const unsigned char *bytes = BPF_CORE_READ(from, dev_addr);
	__u64 address = 0;

	bpf_probe_read_kernel(&address, 6, bytes);
	return address;
}

/* "veth"; NULL of a device that hangs on a bus. */
static __always_inline const char *compat_netdev_kind(struct net_device *dev)
{
	struct rtnl_link_ops___kind *ops =
		(void *)BPF_CORE_READ(dev, rtnl_link_ops);

	return ops ? BPF_CORE_READ(ops, kind) : NULL;
}

#define COMPAT_QUEUES 128 /* of a device, that are looked at */
#define COMPAT_NO_QUEUE (~0U)

/* The receive queue whose NAPI instance the pool has. */
__weak __noinline __u32 compat_queue_of_napi(__u64 netdev, __u64 napi)
{
	struct net_device *dev = (void *)netdev;
	struct net_device___queues *queues = (void *)dev;
	__u32 count = BPF_CORE_READ(dev, real_num_rx_queues), i;
	struct netdev_rx_queue *queue;
	void *at;

	if (!bpf_core_field_exists(struct netdev_rx_queue, napi) ||
	    !bpf_core_field_exists(queues->_rx))
		return COMPAT_NO_QUEUE;
	at = BPF_CORE_READ(queues, _rx);
	for (i = 0; i < COMPAT_QUEUES && i < count; i++) {
		queue = at + i * bpf_core_type_size(struct netdev_rx_queue);
		if ((__u64)BPF_CORE_READ(queue, napi) == napi)
			return i;
	}
	return COMPAT_NO_QUEUE;
}

/* veth gives its pools no NAPI instance; its queues name their pools. */
__weak __noinline __u32 compat_queue_of_veth(__u64 netdev, __u64 pool)
{
	struct net_device *dev = (void *)netdev;
	__u32 count = BPF_CORE_READ(dev, real_num_rx_queues), i;
	struct veth_priv___pool *private;
	struct veth_rq___pool *queue;
	void *at;

	if (!bpf_core_field_exists(struct veth_rq___pool, page_pool) ||
	    !bpf_core_field_exists(struct veth_priv___pool, rq))
		return COMPAT_NO_QUEUE;
	if (bpf_core_field_exists(struct net_device___private, priv))
	private = (void *)dev +
		  bpf_core_field_offset(struct net_device___private, priv);
	else /* NETDEV_ALIGN: 32 */
		private =
			(void *)dev +
			((bpf_core_type_size(struct net_device) + 31) & ~31ULL);
	at = BPF_CORE_READ(private, rq);
	for (i = 0; i < COMPAT_QUEUES && i < count; i++) {
		queue = at + i * bpf_core_type_size(struct veth_rq___pool);
		if ((__u64)BPF_CORE_READ(queue, page_pool) == pool)
			return i;
	}
	return COMPAT_NO_QUEUE;
}

#endif
