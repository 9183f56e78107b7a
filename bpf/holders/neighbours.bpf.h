/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of neighbours: packets that wait for a neighbour's address. */
#ifndef NETMEM_NEIGHBOURS_BPF_H
#define NETMEM_NEIGHBOURS_BPF_H

#include "bpf/compat/neighbours.bpf.h"
#include "bpf/holders/found.bpf.h"

#define BUCKETS_A_RUN 128
#define NEIGHBOURS_A_BUCKET 64

/* ctx[0]: a device; its tables of neighbours, of IPv4 and IPv6 */
SEC("raw_tp")
int holders_neighbour_tables(__u64 *ctx)
{
	struct net_device *dev = (void *)ctx[0];
	__u64 table = (__u64)BPF_CORE_READ(dev, ip_ptr, arp_parms, tbl);

	if (table)
		add_object(table);
	if (!compat_has_ipv6_neighbours())
		return 0;
	table = (__u64)BPF_CORE_READ(dev, ip6_ptr, nd_parms, tbl);
	if (table)
		add_object(table);
	return 0;
}

/* One bucket; a global function: verified once. */
__noinline int visit_neighbours(__u64 bucket)
{
	__u64 neighbour = read_word(bucket);
	__u32 i;

	for (i = 0; i < NEIGHBOURS_A_BUCKET && neighbour; i++) {
		add_skb_queue(PLACE_NEIGHBOUR,
			      ADDRESS(neighbour, struct neighbour, arp_queue),
			      0);
		neighbour = compat_neighbour_next(neighbour);
	}
	if (neighbour)
		found_lost++;
	return 0;
}

/* ctx[0]: a table of neighbours; ctx[1]: the first bucket */
SEC("raw_tp")
int holders_neighbours(__u64 *ctx)
{
	struct neigh_table *table = (void *)ctx[0];
	__u64 hash = (__u64)BPF_CORE_READ(table, nht);
	__u32 shift =
		read_half(ADDRESS(hash, struct neigh_hash_table, hash_shift));
	__u64 buckets = compat_neighbour_buckets(hash);
	__u32 i, number;

	go_on = 0;
	if (!ctx[1])
		add_skb_queue(PLACE_NEIGHBOUR,
			      ADDRESS(table, struct neigh_table, proxy_queue),
			      0);
	for (i = 0; i < BUCKETS_A_RUN; i++) {
		number = ctx[1] + i;
		if (!buckets || number >= 1U << (shift & 31))
			return 0;
		visit_neighbours(buckets + number * sizeof(__u64));
	}
	go_on = ctx[1] + BUCKETS_A_RUN;
	return 0;
}

#endif
