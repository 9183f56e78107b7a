/* SPDX-License-Identifier: GPL-2.0 */
/* Run queues, the receive work of each processor (softnet_data), NAPI and GRO. */
#ifndef NETMEM_COMPAT_PROCESSORS_BPF_H
#define NETMEM_COMPAT_PROCESSORS_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/compat/packets.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct cfs_rq {
	struct rq *rq;
};

struct rq {
	int cpu;
	struct task_struct *curr;
	struct list_head cfs_tasks;
};

struct softnet_data {
	struct sk_buff_head process_queue;
	struct sk_buff *completion_queue;
	struct sk_buff_head input_pkt_queue;
	struct napi_struct backlog;
	struct sk_buff_head xfrm_backlog; /* with CONFIG_XFRM_OFFLOAD */
	/* 6.1 to 6.12 (5.19: "net: generalize skb freeing deferral to per-cpu lists"). */
	struct sk_buff *defer_list;
};

/* 6.18 to 7.3: one list for each memory node. */
struct skb_defer_node {
	struct llist_head defer_list;
};

struct net_hotdata {
	struct skb_defer_node *skb_defer_nodes;
	int sysctl_skb_defer_max;
};

struct gro_list {
	struct list_head list;
};

struct napi_struct___gro_hash {
	struct gro_list gro_hash[8];
	struct list_head rx_list;
};

/* 6.18, not 6.12: GRO is a structure of its own. */
struct gro_node {
	struct gro_list hash[8];
	struct list_head rx_list;
};

struct napi_struct___gro_node {
	struct gro_node gro;
};

#pragma clang attribute pop

COMPAT_HAS_TYPE(defer_nodes, skb_defer_node)
COMPAT_HAS_FIELD(group_scheduling, task_struct, se.cfs_rq)
COMPAT_HAS_FIELD(cfs_tasks, rq, cfs_tasks)
COMPAT_HAS_FIELD(defer_list, softnet_data, defer_list)

COMPAT_AT(xfrm_backlog, softnet_data, xfrm_backlog)
COMPAT_AT(defer_list, softnet_data, defer_list)

/* 5.19: "bpf: add bpf_map_lookup_percpu_elem for percpu map". */
enum bpf_func_id___percpu {
	BPF_FUNC_map_lookup_percpu_elem___percpu = 195,
};

/* bpf_map_lookup_percpu_elem() */
static __always_inline bool compat_has_percpu_lookup(void)
{
	return bpf_core_enum_value_exists(
		enum bpf_func_id___percpu,
		BPF_FUNC_map_lookup_percpu_elem___percpu);
}

/* Where a NAPI has its eight GRO lists, and the list of those done. */
static __always_inline __u32 compat_gro_hash(void)
{
	if (bpf_core_field_exists(struct napi_struct___gro_node, gro))
		return bpf_core_field_offset(struct napi_struct___gro_node,
					     gro) +
		       bpf_core_field_offset(struct gro_node, hash);
	return bpf_core_field_offset(struct napi_struct___gro_hash, gro_hash);
}

static __always_inline __u32 compat_gro_ready(void)
{
	if (bpf_core_field_exists(struct napi_struct___gro_node, gro))
		return bpf_core_field_offset(struct napi_struct___gro_node,
					     gro) +
		       bpf_core_field_offset(struct gro_node, rx_list);
	return bpf_core_field_offset(struct napi_struct___gro_hash, rx_list);
}

#endif
