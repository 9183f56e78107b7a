/* SPDX-License-Identifier: GPL-2.0 */
/* Packets, and the two ways in which lists have them. */
#ifndef NETMEM_COMPAT_PACKETS_BPF_H
#define NETMEM_COMPAT_PACKETS_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

/* Its list, rbnode and ll_node lie at its beginning, where next does. */
struct sk_buff {
	struct sk_buff *next;
	unsigned int len, data_len;
	unsigned int end; /* an offset on 64-bit kernels */
	unsigned char *head;
	struct sock *sk;
	void *destructor;
	__u16 protocol; /* network order */
	__u16 network_header; /* distance from head */
	/* 5.14: "skbuff: add a bit to identify page_pool pages"; gone with the data */
	__u8 pp_recycle : 1;
};

/* 64 in 6.1 and 6.12, 128 in 7.2; none in 5.10. */
struct napi_alloc_cache {
	unsigned int skb_count;
	void *skb_cache[64];
};

struct sk_buff_head {
	struct sk_buff *next;
	__u32 qlen;
};

#pragma clang attribute pop

COMPAT_HAS_FIELD(recycle_mark, sk_buff, pp_recycle)

/* Whether a pool gets the packet's pages back when it is freed. */
static __always_inline bool compat_recycles(struct sk_buff *skb)
{
	return compat_has_recycle_mark() &&
	       BPF_CORE_READ_BITFIELD(skb, pp_recycle);
}

/* Packets that a processor keeps for the next ones. */
static __always_inline bool compat_has_napi_cache(void)
{
	return bpf_core_field_exists(struct napi_alloc_cache, skb_cache);
}

static __always_inline __u32 compat_napi_cache_size(void)
{
	return bpf_core_field_size(struct napi_alloc_cache, skb_cache) /
	       sizeof(void *);
}

#endif
