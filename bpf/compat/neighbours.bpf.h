/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of neighbours: packets wait there for an address. */
#ifndef NETMEM_COMPAT_NEIGHBOURS_BPF_H
#define NETMEM_COMPAT_NEIGHBOURS_BPF_H

#include "bpf/compat/packets.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct neighbour {
	struct sk_buff_head arp_queue;
};

/* 6.18, not 6.12; until then `next`. */
struct neighbour___hlist {
	struct hlist_node hash;
};

struct neighbour___next {
	struct neighbour *next;
};

struct neigh_hash_table {
	unsigned int hash_shift;
};

struct neigh_hash_table___heads {
	struct hlist_head *hash_heads;
};

struct neigh_hash_table___buckets {
	struct neighbour **hash_buckets;
};

struct neigh_table {
	struct sk_buff_head proxy_queue;
	struct neigh_hash_table *nht;
};

struct neigh_parms {
	struct neigh_table *tbl;
};

struct in_device {
	struct neigh_parms *arp_parms;
};

struct inet6_dev {
	struct neigh_parms *nd_parms;
};

#pragma clang attribute pop

COMPAT_HAS_FIELD(ipv6_neighbours, inet6_dev, nd_parms)

/* The hash of a table of neighbours: an array of pointers to the first. */
static __always_inline __u64 compat_neighbour_buckets(__u64 table)
{
	struct neigh_hash_table___heads *heads = (void *)table;
	struct neigh_hash_table___buckets *buckets = (void *)table;

	if (bpf_core_field_exists(heads->hash_heads))
		return (__u64)BPF_CORE_READ(heads, hash_heads);
	return (__u64)BPF_CORE_READ(buckets, hash_buckets);
}

static __always_inline __u64 compat_neighbour_next(__u64 neighbour)
{
	struct neighbour___hlist *node = (void *)neighbour;
	struct neighbour___next *chain = (void *)neighbour;

	if (bpf_core_field_exists(node->hash))
		return (__u64)BPF_CORE_READ(node, hash.next);
	return (__u64)BPF_CORE_READ(chain, next);
}

#endif
