/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers and frames of XDP, and the fragments of these and of packets. */
#ifndef NETMEM_COMPAT_XDP_BPF_H
#define NETMEM_COMPAT_XDP_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct xdp_mem_info {
	__u32 type;
	__u32 id;
};

struct xdp_frame {
	void *data;
	__u16 len, headroom; /* 6.18: wider */
	__u32 frame_sz;
	struct xdp_mem_info mem;
	__u32 flags; /* 5.18: as xdp_buff.flags below */
};

/* 6.14: a frame says the type only, "xdp: get rid of xdp_frame::mem.id". */
struct xdp_frame___type {
	__u32 mem_type;
};

struct xdp_rxq_info {
	struct net_device *dev;
	__u32 queue_index;
	struct xdp_mem_info mem;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	__u32 frame_sz; /* 5.8, "xdp: add frame size to xdp_buff" */
	__u32 flags; /* 5.18: multi-buffer frames, "xdp: introduce flags field in xdp_buff/xdp_frame" */
};

struct bpf_dtab_netdev {
	struct net_device *dev;
};

struct rhash_head {
	struct rhash_head *next;
};

struct xdp_mem_allocator {
	struct xdp_mem_info mem;
	struct page_pool *page_pool;
	struct rhash_head node;
};

/* Read as a struct compat_frag. */
struct skb_frag {
	unsigned int len;
};

struct skb_shared_info {
	__u8 nr_frags;
	struct sk_buff *frag_list;
	struct skb_frag frags[1];
};

#pragma clang attribute pop

enum xdp_mem_type {
	MEM_TYPE_PAGE_POOL = 2,
};

/* Flags of buffers and frames, from include/net/xdp.h (enum xdp_buff_flags). */
#define COMPAT_XDP_FLAGS_HAS_FRAGS (1U << 0)

/* MEM_TYPE_PAGE_POOL, include/net/xdp.h (enum xdp_mem_type). */
#define COMPAT_MEM_TYPE_PAGE_POOL 2

/*
 * An entry of skb_shared_info.frags. The members have moved between types
 * (bio_vec, then skb_frag in 6.9) but not in memory: 64-bit kernels only.
 */
struct compat_frag {
	__u64 page;
	__u32 size;
	__u32 offset;
};

/* SKB_DATA_ALIGN: cache lines are 64 bytes on x86-64 and arm64. */
static __always_inline __u32 compat_shared_info_size(void)
{
	return (bpf_core_type_size(struct skb_shared_info) + 63) & ~63U;
}

/* Address of the skb_shared_info behind a frame of @xdp. */
static __always_inline __u64 compat_shared_info(struct xdp_buff *xdp)
{
	__u64 hard_start = (__u64)BPF_CORE_READ(xdp, data_hard_start);

	return hard_start + BPF_CORE_READ(xdp, frame_sz) -
	       compat_shared_info_size();
}

/* Bytes of a frame's buffer from data_hard_start on; 0: not known. */
static __always_inline __u32 compat_frame_size(struct xdp_buff *xdp)
{
	if (!bpf_core_field_exists(xdp->frame_sz))
		return 0;
	return BPF_CORE_READ(xdp, frame_sz);
}

static __always_inline bool compat_has_frags(struct xdp_buff *xdp)
{
	return bpf_core_field_exists(xdp->flags) &&
	       BPF_CORE_READ(xdp, flags) & COMPAT_XDP_FLAGS_HAS_FRAGS;
}

static __always_inline bool compat_frame_has_frags(struct xdp_frame *frame)
{
	return bpf_core_field_exists(frame->flags) &&
	       BPF_CORE_READ(frame, flags) & COMPAT_XDP_FLAGS_HAS_FRAGS;
}

/* 2 so far; BTF would tell a change, as 5.8 made one behind it (XSK_BUFF_POOL). */
static __always_inline __u32 compat_mem_type_page_pool(void)
{
	if (bpf_core_enum_value_exists(enum xdp_mem_type, MEM_TYPE_PAGE_POOL))
		return bpf_core_enum_value(enum xdp_mem_type,
					   MEM_TYPE_PAGE_POOL);
	return COMPAT_MEM_TYPE_PAGE_POOL;
}

/* BPF_MAP_TYPE_DEVMAP and _DEVMAP_HASH, include/uapi/linux/bpf.h */
#define COMPAT_MAP_DEVMAP 14
#define COMPAT_MAP_DEVMAP_HASH 25

/*
 * The net_device that a redirect by a devmap was for; 0: not known. Before 5.13
 * the tracepoint had an address in place of the type (ee75aef23afe, "bpf, xdp:
 * Restructure redirect actions").
 */
static __always_inline __u64 compat_redirect_target(__u64 target, __u64 type)
{
	struct bpf_dtab_netdev *entry = (void *)target;

	if (!target ||
	    (type != COMPAT_MAP_DEVMAP && type != COMPAT_MAP_DEVMAP_HASH))
		return 0;
	return (__u64)BPF_CORE_READ(entry, dev);
}

/* What a frame's memory is, as its owner sees it (enum xdp_mem_type). */
static __always_inline __u32 compat_frame_memory(struct xdp_frame *frame)
{
	struct xdp_frame___type *newer = (void *)frame;
	__u64 bits = 0;

	if (bpf_core_field_exists(frame->mem.type))
		return BPF_CORE_READ(frame, mem.type);
	if (!bpf_core_field_exists(newer->mem_type))
		return compat_mem_type_page_pool();
	bits = BPF_CORE_READ_BITFIELD_PROBED(newer, mem_type);
	return bits;
}

#endif
