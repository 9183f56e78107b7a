/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows that kernels differ. Kernel types are declared
 * here with the members that we read, and relocated by BTF (CO-RE) at load;
 * differences are told by what BTF has, never by version. Each flavour names
 * the change that made it necessary.
 */
#ifndef NETMEM_COMPAT_BPF_H
#define NETMEM_COMPAT_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

typedef struct {
	int counter;
} atomic_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

/* The formatter takes this name for C++. */
/* clang-format off */
struct class {
	const char *name;
};
/* clang-format on */

struct kobject {
	const char *name;
};

struct device_driver {
	const char *name;
};

struct device {
	struct kobject kobj;
	struct device_driver *driver;
	struct class *class;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
	char name[16];
	struct device dev;
};

struct napi_struct {
	struct net_device *dev;
	unsigned int napi_id;
};

struct page_pool_params {
	unsigned int flags;
	unsigned int order;
	unsigned int pool_size;
	struct device *dev;
	struct napi_struct *
		napi; /* 6.4: "page_pool: allow caching from safely localized NAPI" */
};

struct page_pool_params_slow {
	struct net_device *netdev;
	unsigned int flags;
};

struct pp_alloc_cache {
	__u32 count;
	void *cache[128];
};

/* 6.12: entries are netmem_ref, an integer type. */
struct pp_alloc_cache___netmem_ref {
	unsigned long cache[128];
};

struct ptr_ring {
	int producer;
	int consumer_head;
	int size;
	void **queue;
};

struct page_pool_user {
	__u32 id;
};

struct page_pool {
	struct page_pool_params p;
	__u32 pages_state_hold_cnt;
	struct pp_alloc_cache alloc;
	struct ptr_ring ring;
	atomic_t pages_state_release_cnt;
	__u32 xdp_mem_id;
	__u64 destroy_cnt;
};

/* 6.8: parameters split into fast and slow, "net: page_pool: split the page_pool_params into fast and slow". */
struct page_pool___slow {
	struct page_pool_params_slow slow;
	struct page_pool_user user;
};

struct xarray {
	void *xa_head;
};

/* 6.15: outstanding pages are tracked and unmapped at destroy, "page_pool: Track DMA-mapped pages and unmap them when destroying the pool". */
struct page_pool___dma_mapped {
	struct xarray dma_mapped;
};

struct page {
	unsigned long pp_magic;
	struct page_pool *pp;
	atomic_t _refcount;
};

/* The netmem series (kernel-patches/): struct page loses its pool members. */
struct netmem {
	unsigned long pp_magic;
	struct page_pool *pp;
};

/* 6.18: the pool members get a descriptor that overlays struct page. */
struct netmem_desc {
	unsigned long pp_magic;
	struct page_pool *pp;
};

struct xdp_mem_info {
	__u32 type;
	__u32 id;
};

struct xdp_rxq_info {
	struct net_device *dev;
	__u32 queue_index;
	struct xdp_mem_info mem;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_meta;
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	__u32 frame_sz;
	__u32 flags; /* 5.18: multi-buffer frames, "xdp: introduce flags field in xdp_buff/xdp_frame" */
};

struct rhash_head {
	struct rhash_head *next;
};

struct xdp_mem_allocator {
	struct xdp_mem_info mem;
	struct page_pool *page_pool;
	struct rhash_head node;
};

/* buckets: tagged words of type struct rhash_lock_head * (5.2 on). */
struct bucket_table {
	unsigned int size;
	unsigned int nest;
	struct bucket_table *future_tbl;
	void *buckets[0];
};

struct rhashtable {
	struct bucket_table *tbl;
};

struct xa_node {
	unsigned char shift;
	void *slots[1];
};

/* 6.9: a fragment names a netmem; before, it was a bio_vec with a page. */
struct skb_frag {
	unsigned int len;
	unsigned int offset;
};

struct skb_frag___netmem {
	unsigned long netmem;
};

struct bio_vec {
	void *bv_page;
	unsigned int bv_len;
	unsigned int bv_offset;
};

struct skb_shared_info {
	__u8 nr_frags;
	struct skb_frag frags[1];
};

#pragma clang attribute pop

enum xdp_mem_type {
	MEM_TYPE_PAGE_POOL = 2,
};

/* xdp_buff.flags, from include/net/xdp.h (enum xdp_buff_flags). */
#define COMPAT_XDP_FLAGS_HAS_FRAGS (1U << 0)

/* MEM_TYPE_PAGE_POOL, include/net/xdp.h (enum xdp_mem_type). */
#define COMPAT_MEM_TYPE_PAGE_POOL 2

/* Pool flags, from include/net/page_pool*.h; unchanged since 5.10. */
#define COMPAT_PP_FLAG_DMA_MAP (1U << 0)
#define COMPAT_PP_FLAG_PAGE_FRAG (1U << 2)

/*
 * PP_SIGNATURE (include/linux/poison.h): 0x40 plus POISON_POINTER_DELTA, which
 * is the same on x86-64 and arm64. Kernels before 5.14 have no signature.
 */
#define COMPAT_PP_SIGNATURE 0xdead000000000040ULL

static __always_inline bool compat_has_signature(void)
{
	return bpf_core_field_exists(struct page, pp_magic) ||
	       bpf_core_field_exists(struct netmem, pp_magic) ||
	       bpf_core_field_exists(struct netmem_desc, pp_magic);
}

static __always_inline __u32 compat_magic_offset(void)
{
	if (bpf_core_field_exists(struct page, pp_magic))
		return bpf_core_field_offset(struct page, pp_magic);
	if (bpf_core_field_exists(struct netmem, pp_magic))
		return bpf_core_field_offset(struct netmem, pp_magic);
	if (bpf_core_field_exists(struct netmem_desc, pp_magic))
		return bpf_core_field_offset(struct netmem_desc, pp_magic);
	return 0;
}

static __always_inline __u32 compat_pp_offset(void)
{
	if (bpf_core_field_exists(struct page, pp))
		return bpf_core_field_offset(struct page, pp);
	if (bpf_core_field_exists(struct netmem, pp))
		return bpf_core_field_offset(struct netmem, pp);
	if (bpf_core_field_exists(struct netmem_desc, pp))
		return bpf_core_field_offset(struct netmem_desc, pp);
	return 0;
}

static __always_inline __u32 compat_cache_offset(void)
{
	__u32 base = bpf_core_field_offset(struct page_pool, alloc);

	if (bpf_core_field_exists(struct pp_alloc_cache, cache))
		return base +
		       bpf_core_field_offset(struct pp_alloc_cache, cache);
	return base +
	       bpf_core_field_offset(struct pp_alloc_cache___netmem_ref, cache);
}

/* Kernels that track their mappings, and so unmap at destroy. */
static __always_inline bool compat_dma_tracked(void)
{
	return bpf_core_field_exists(struct page_pool___dma_mapped, dma_mapped);
}

/*
 * PP_MAGIC_MASK: kernels that track DMA mappings keep an index in bits 7 to
 * 38 of the signature (include/linux/mm.h); all leave the low two bits out.
 */
static __always_inline __u64 compat_magic_mask(void)
{
	if (compat_dma_tracked())
		return ~(0xffffffffULL << 7 | 0x3ULL);
	return ~0x3ULL;
}

static __always_inline bool compat_is_pp_page(__u64 magic)
{
	return (magic & compat_magic_mask()) == COMPAT_PP_SIGNATURE;
}

/*
 * Could this be a signature? From a typed pointer, where bit operations on
 * the whole member are refused, because it overlays a list pointer: the low
 * half, copied as a 32-bit register, becomes a number.
 */
static __always_inline bool compat_maybe_signed(const struct page *page)
{
	__u32 mask = compat_magic_mask(), low, number;

	/* Elsewhere in memory: the caller has to read it all. */
	if (!bpf_core_field_exists(page->pp_magic))
		return true;
	low = page->pp_magic;
	asm volatile("%0 = %1" : "=w"(number) : "w"(low));
	return (number & mask) == (__u32)COMPAT_PP_SIGNATURE;
}

static __always_inline __u32 compat_page_size(void)
{
	return bpf_core_type_size(struct page);
}

/*
 * A tail page keeps its head's address plus one where a pool page keeps its
 * signature (struct page, compound_head); other pages are their own head.
 */
static __always_inline __u64 compat_head_page(__u64 page, __u64 magic)
{
	return magic & 1 ? magic & ~1ULL : page;
}

/*
 * An entry of skb_shared_info.frags. The members have moved between types
 * (bio_vec, then skb_frag in 6.9) but not in memory: 64-bit kernels only.
 */
struct compat_frag {
	__u64 page;
	__u32 size;
	__u32 offset;
};

/* Address of the skb_shared_info behind a frame of @xdp. */
static __always_inline __u64 compat_shared_info(struct xdp_buff *xdp)
{
	__u64 hard_start = (__u64)BPF_CORE_READ(xdp, data_hard_start);
	__u32 info = bpf_core_type_size(struct skb_shared_info);

	/* SKB_DATA_ALIGN: cache lines are 64 bytes on x86-64 and arm64. */
	return hard_start + BPF_CORE_READ(xdp, frame_sz) - ((info + 63) & ~63U);
}

static __always_inline bool compat_has_frags(struct xdp_buff *xdp)
{
	return bpf_core_field_exists(xdp->flags) &&
	       BPF_CORE_READ(xdp, flags) & COMPAT_XDP_FLAGS_HAS_FRAGS;
}

/* 6.12 on: netmem_ref with bit 0 set is a net_iov, which has no struct page. */
static __always_inline bool compat_is_net_iov(__u64 entry)
{
	return entry & 1;
}

static __always_inline __u32 compat_pool_flags(struct page_pool *pool)
{
	struct page_pool___slow *slow = (void *)pool;

	if (bpf_core_field_exists(pool->p.flags))
		return BPF_CORE_READ(pool, p.flags);
	if (bpf_core_field_exists(slow->slow.flags))
		return BPF_CORE_READ(slow, slow.flags);
	return 0;
}

static __always_inline struct net_device *
compat_pool_netdev(struct page_pool *pool)
{
	struct page_pool___slow *slow = (void *)pool;

	if (bpf_core_field_exists(slow->slow.netdev))
		return BPF_CORE_READ(slow, slow.netdev);
	return NULL;
}

static __always_inline struct napi_struct *
compat_pool_napi(struct page_pool *pool)
{
	if (bpf_core_field_exists(pool->p.napi))
		return BPF_CORE_READ(pool, p.napi);
	return NULL;
}

static __always_inline __u32 compat_pool_netlink_id(struct page_pool *pool)
{
	struct page_pool___slow *slow = (void *)pool;

	if (bpf_core_field_exists(slow->user.id))
		return BPF_CORE_READ(slow, user.id);
	return 0;
}

/* Kernels that number their pools: 6.8, "net: page_pool: id the page pools". */
static __always_inline bool compat_has_netlink_id(void)
{
	return bpf_core_field_exists(struct page_pool___slow, user);
}

/* 5.17: a pool knows its id in mem_id_ht, "page_pool: Store the XDP mem id". */
static __always_inline bool compat_has_xdp_mem_id(void)
{
	return bpf_core_field_exists(struct page_pool, xdp_mem_id);
}

static __always_inline __u32 compat_pool_xdp_mem_id(struct page_pool *pool)
{
	if (bpf_core_field_exists(pool->xdp_mem_id))
		return BPF_CORE_READ(pool, xdp_mem_id);
	return 0;
}

/* 2 so far; BTF would tell a change, as 5.8 made one behind it (XSK_BUFF_POOL). */
static __always_inline __u32 compat_mem_type_page_pool(void)
{
	if (bpf_core_enum_value_exists(enum xdp_mem_type, MEM_TYPE_PAGE_POOL))
		return bpf_core_enum_value(enum xdp_mem_type,
					   MEM_TYPE_PAGE_POOL);
	return COMPAT_MEM_TYPE_PAGE_POOL;
}

/*
 * Low bits 2 mark an xarray's own entries: above 4096 an xa_node, below it
 * retry and zero entries (include/linux/xarray.h, xa_is_node()). Low bits 0
 * mark a pointer of the user. A node has 64 slots, 16 with CONFIG_BASE_SMALL.
 */
static __always_inline bool compat_xa_is_node(__u64 entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

static __always_inline __u64 compat_xa_to_node(__u64 entry)
{
	return entry - 2;
}

static __always_inline bool compat_xa_is_pointer(__u64 entry)
{
	return entry && !(entry & 3);
}

static __always_inline __u32 compat_xa_slots(void)
{
	return bpf_core_field_size(struct xa_node, slots) / sizeof(void *);
}

/*
 * A rhashtable bucket is a pointer with a lock bit (include/linux/rhashtable.h,
 * rht_ptr()); a chain ends with a nulls marker, which has its low bit set.
 */
static __always_inline __u64 compat_rht_first(__u64 bucket)
{
	return bucket & ~1ULL;
}

static __always_inline bool compat_rht_is_end(__u64 entry)
{
	return !entry || entry & 1;
}

#endif
