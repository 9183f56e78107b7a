/* SPDX-License-Identifier: GPL-2.0 */
/* Queues of processors: backlogs, deferred frees, and GRO of any NAPI. */
#ifndef NETMEM_PROCESSORS_BPF_H
#define NETMEM_PROCESSORS_BPF_H

#include "bpf/compat/processors.bpf.h"
#include "bpf/holders/found.bpf.h"

#define GRO_LISTS 8

/* Packets that are merged, at @hash, and those that are, at @ready. */
__noinline int add_gro_lists(__u64 hash, __u64 ready, __u32 number)
{
	__u32 i;

	for (i = 0; i < GRO_LISTS; i++)
		add_list(PLACE_GRO,
			 hash + i * bpf_core_type_size(struct gro_list),
			 PACKETS_UNKNOWN, number);
	return add_list(PLACE_GRO_READY, ready, PACKETS_UNKNOWN, number);
}

/* What a NAPI has: the packet in the making, and its lists. */
__noinline int add_gro(__u64 napi, __u32 number)
{
	add_pointer(SHAPE_ONE, PLACE_GRO_FRAGS,
		    ADDRESS(napi, struct napi_struct, skb), number);
	return add_gro_lists(napi + compat_gro_hash(),
			     napi + compat_gro_ready(), number);
}

/* A list's head whose neighbours point back: not any other memory. */
static __always_inline bool is_list(__u64 head)
{
	__u64 next = read_word(head), last = read_word(head + sizeof(head));

	return next && last && read_word(next + sizeof(head)) == head &&
	       read_word(last) == head;
}

/*
 * ctx[0]: a processor's softnet_data, ctx[1]: the processor. Returns 1 when
 * there is something else at that address.
 */
SEC("raw_tp")
int holders_softnet(__u64 *ctx)
{
	__u64 softnet = ctx[0];
	__u32 cpu = ctx[1];

	if (!is_list(ADDRESS(softnet, struct softnet_data, input_pkt_queue)) ||
	    !is_list(ADDRESS(softnet, struct softnet_data, process_queue)))
		return 1;
	add_gro(ADDRESS(softnet, struct softnet_data, backlog), cpu);
	add_skb_queue(PLACE_INPUT,
		      ADDRESS(softnet, struct softnet_data, input_pkt_queue),
		      cpu);
	add_skb_queue(PLACE_PROCESS,
		      ADDRESS(softnet, struct softnet_data, process_queue),
		      cpu);
	add_skb_queue(PLACE_XFRM, compat_xfrm_backlog_at(softnet), cpu);
	add_pointer(SHAPE_CHAIN, PLACE_COMPLETION,
		    ADDRESS(softnet, struct softnet_data, completion_queue),
		    cpu);
	add_pointer(SHAPE_CHAIN, PLACE_DEFERRED, compat_defer_list_at(softnet),
		    cpu);
	return 0;
}

/*
 * ctx[0]: net_hotdata, ctx[1]: distance of a processor, ctx[2]: the processor,
 * ctx[3]: memory nodes. Returns 1 when there is something else.
 */
SEC("raw_tp")
int holders_deferred(__u64 *ctx)
{
	__u32 cpu = ctx[2], count = ctx[3], i;
	__u64 node;

	if (!compat_has_defer_nodes())
		return 0;
	node = read_word(ADDRESS(ctx[0], struct net_hotdata, skb_defer_nodes));
	if (!node)
		return 1;
	node += ctx[1];
	if (count > 64)
		found_lost++;
	for (i = 0; i < 64 && i < count; i++) {
		add_pointer(SHAPE_CHAIN, PLACE_DEFERRED,
			    ADDRESS(node, struct skb_defer_node, defer_list),
			    cpu);
		node += bpf_core_type_size(struct skb_defer_node);
	}
	return 0;
}

#endif
