/* SPDX-License-Identifier: GPL-2.0 */
/* Pools, their pages and net_iovs, and the signature by which these are known. */
#ifndef NETMEM_COMPAT_PAGE_POOL_BPF_H
#define NETMEM_COMPAT_PAGE_POOL_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

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

struct page_pool_user {
	__s64 detach_time; /* ktime_get_boottime(); 0: not destroyed */
	__u32 id;
};

struct page_pool {
	struct page_pool_params p;
	__u32 pages_state_hold_cnt;
	struct pp_alloc_cache alloc;
	struct ptr_ring ring;
	atomic_t pages_state_release_cnt;
	__u32 xdp_mem_id;
	unsigned long defer_start; /* jiffies of the destroy; 0: not yet */
	__u64 destroy_cnt;
};

/* 6.8: parameters split into fast and slow, "net: page_pool: split the page_pool_params into fast and slow". */
struct page_pool___slow {
	struct page_pool_params_slow slow;
	struct page_pool_user user;
};

/* 6.9: a processor's own pool, "net: add generic percpu page_pool allocator". */
struct page_pool___percpu {
	int cpuid;
};

struct xarray {
	void *xa_head;
};

/* 6.15: outstanding pages are tracked and unmapped at destroy, "page_pool: Track DMA-mapped pages and unmap them when destroying the pool". */
struct page_pool___dma_mapped {
	struct xarray dma_mapped;
};

/* Fragments of the page at hand (6.1 to 7.x: the same names). */
struct page_pool___frag {
	long frag_users;
	void *frag_page;
	refcount_t user_cnt;
};

/* 6.12: frag_page is a netmem_ref, an integer type. */
struct page_pool___frag_ref {
	unsigned long frag_page;
};

/* 6.12: who gives them to a pool, "memory-provider: dmabuf devmem memory provider". */
struct page_pool___provider {
	void *mp_priv;
};

struct page {
	unsigned long pp_magic;
	struct page_pool *pp;
	unsigned int page_type;
	atomic_t _refcount;
};

/* 7.x: pages of pools have a type, "mm: introduce a new page type for page pool in page type". */
enum pagetype {
	PGTY_netpp = 0xf9,
};

/* 5.15 to 6.7: fragments of a page that are out. */
struct page___frag_count {
	atomic64_t pp_frag_count;
};

/* 6.8: the same under another name, "page_pool: transition to reference count management after page draining". */
struct page___ref_count {
	atomic64_t pp_ref_count;
};

/* 7.x: a tail page may keep a mask that makes its address that of its head. */
struct page___mask {
	unsigned long compound_info;
} __attribute__((preserve_access_index));

/* Before 5.14 no member of a pool is where a tail page has its head. */
struct page___head {
	unsigned long compound_head;
} __attribute__((preserve_access_index));

/* The netmem series (kernel-patches/): struct page loses its pool members. */
struct netmem {
	unsigned long pp_magic;
	struct page_pool *pp;
};

struct netmem___frag_count {
	atomic64_t pp_frag_count;
};

/* 6.18: the pool members get a descriptor that overlays struct page. */
struct netmem_desc {
	unsigned long pp_magic;
	struct page_pool *pp;
};

struct netmem_desc___ref_count {
	atomic64_t pp_ref_count;
};

/* 6.12: memory without a struct page, "page_pool: devmem support". */
struct net_iov {
	struct page_pool *pp;
	atomic64_t pp_ref_count;
};

/* 7.x: the pool's members are in the descriptor that it begins with. */
struct net_iov___desc {
	struct netmem_desc desc;
};

#pragma clang attribute pop

/* Pool flags, from include/net/page_pool*.h; unchanged since 5.10. */
#define COMPAT_PP_FLAG_DMA_MAP (1U << 0)
#define COMPAT_PP_FLAG_PAGE_FRAG (1U << 2)

/* ---- the mark of a pool's page ---- */

/*
 * What tells a pool's page from others: its type, on kernels that have one for
 * it, else PP_SIGNATURE in pp_magic (include/linux/poison.h), which is 0x40 plus
 * POISON_POINTER_DELTA. The delta differs between architectures and
 * configurations: the loader finds it before the load, here is the usual one.
 * Kernels before 5.14 have no mark.
 */
const volatile __u64 pp_mark __weak = 0xdead000000000040ULL;
const volatile __u64 pp_mark_mask __weak = ~0x3ULL;

/* Bits of the signature below any delta, and what they are. */
#define COMPAT_LOW_BITS 0x7c
#define COMPAT_LOW_SIGNATURE 0x40

static __always_inline bool compat_has_page_type(void)
{
	return bpf_core_enum_value_exists(enum pagetype, PGTY_netpp) &&
	       bpf_core_field_exists(struct page, page_type);
}

static __always_inline __u32 compat_page_type(void)
{
	return compat_has_page_type() ?
		       bpf_core_enum_value(enum pagetype, PGTY_netpp) :
		       0;
}

static __always_inline bool compat_has_magic(void)
{
	return bpf_core_field_exists(struct page, pp_magic) ||
	       bpf_core_field_exists(struct netmem, pp_magic) ||
	       bpf_core_field_exists(struct netmem_desc, pp_magic);
}

static __always_inline bool compat_has_mark(void)
{
	return compat_has_page_type() || compat_has_magic();
}

/* Where a page has its signature; without one, what lies there. */
static __always_inline __u32 compat_magic_offset(void)
{
	if (bpf_core_field_exists(struct page, pp_magic))
		return bpf_core_field_offset(struct page, pp_magic);
	if (bpf_core_field_exists(struct netmem, pp_magic))
		return bpf_core_field_offset(struct netmem, pp_magic);
	if (bpf_core_field_exists(struct netmem_desc, pp_magic))
		return bpf_core_field_offset(struct netmem_desc, pp_magic);
	if (bpf_core_field_exists(struct page___mask, compound_info))
		return bpf_core_field_offset(struct page___mask, compound_info);
	if (bpf_core_field_exists(struct page___head, compound_head))
		return bpf_core_field_offset(struct page___head, compound_head);
	return 0;
}

/* Where the eight bytes are that compat_is_marked() takes. */
static __always_inline __u32 compat_mark_offset(void)
{
	if (compat_has_page_type())
		return bpf_core_field_offset(struct page, page_type);
	return compat_magic_offset();
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

/* Of the eight bytes, the four of the type; its highest byte is what it is. */
static __always_inline __u32 compat_type_of(__u64 value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value >>= 32;
#endif
	return (__u32)value >> 24;
}

/*
 * The mask (PP_MAGIC_MASK, include/linux/mm.h) leaves the low two bits out and,
 * where kernels keep an index of their DMA mappings there, more. Most pages are
 * told by the low bits, without looking at what the loader found.
 */
static __always_inline bool compat_is_marked(__u64 value)
{
	if (compat_has_page_type())
		return compat_type_of(value) == pp_mark;
	return (value & COMPAT_LOW_BITS) == COMPAT_LOW_SIGNATURE &&
	       (value & pp_mark_mask) == pp_mark;
}

/*
 * Could this be a mark? From a typed pointer, where bit operations on the whole
 * member are refused, because it overlays a list pointer: the low half, copied
 * as a 32-bit register, becomes a number. More of it than the low bits only
 * where there is no index, and the delta's low half is 0.
 */
static __always_inline bool compat_maybe_marked(const struct page *page)
{
	__u32 mask = COMPAT_LOW_BITS, low, number;

	if (compat_has_page_type()) {
		low = page->page_type;
		asm volatile("%0 = %1" : "=w"(number) : "w"(low));
		return number >> 24 == compat_page_type();
	}
	/* Elsewhere in memory: the caller has to read it all. */
	if (!bpf_core_field_exists(page->pp_magic))
		return true;
#ifndef __TARGET_ARCH_powerpc
	if (!compat_dma_tracked())
		mask = ~0x3U;
#endif
	low = page->pp_magic;
	asm volatile("%0 = %1" : "=w"(number) : "w"(low));
	return (number & mask) == COMPAT_LOW_SIGNATURE;
}

static __always_inline __u32 compat_page_size(void)
{
	return bpf_core_type_size(struct page);
}

/* No struct page lies here, and no mask lies below. */
#define COMPAT_HEAD_MASKS (~0ULL << 29)

/*
 * A tail page keeps its head's address plus one where a pool page keeps its
 * signature (struct page, compound_head); other pages are their own head.
 */
static __always_inline __u64 compat_head_page(__u64 page, __u64 magic)
{
	if (!(magic & 1))
		return page;
	if (bpf_core_field_exists(struct page___mask, compound_info) &&
	    magic >= COMPAT_HEAD_MASKS)
		return page & magic;
	return magic & ~1ULL;
}

/* ---- net_iovs ---- */

/* 6.12 on: netmem_ref with bit 0 set is a net_iov, which has no struct page. */
static __always_inline bool compat_is_net_iov(__u64 entry)
{
	return entry & 1;
}

static __always_inline bool compat_has_net_iov(void)
{
	return bpf_core_type_exists(struct net_iov);
}

/* Where a net_iov says whose it is: an address. */
static __always_inline __u64 compat_net_iov_pp(__u64 ref)
{
	ref &= ~1ULL;
	if (bpf_core_field_exists(struct net_iov, pp))
		return ref + bpf_core_field_offset(struct net_iov, pp);
	if (bpf_core_field_exists(struct net_iov___desc, desc))
		return ref +
		       bpf_core_field_offset(struct net_iov___desc, desc) +
		       bpf_core_field_offset(struct netmem_desc, pp);
	return 0;
}

/* Where it counts its fragments: an address. */
static __always_inline __u64 compat_net_iov_frags(__u64 ref)
{
	ref &= ~1ULL;
	if (bpf_core_field_exists(struct net_iov, pp_ref_count))
		return ref +
		       bpf_core_field_offset(struct net_iov, pp_ref_count);
	if (bpf_core_field_exists(struct net_iov___desc, desc))
		return ref +
		       bpf_core_field_offset(struct net_iov___desc, desc) +
		       bpf_core_field_offset(struct netmem_desc___ref_count,
					     pp_ref_count);
	return 0;
}

/* ---- fragments ---- */

/* Where a page counts its fragments; 0: this kernel does not. */
static __always_inline __u32 compat_frag_offset(void)
{
	if (bpf_core_field_exists(struct page___frag_count, pp_frag_count))
		return bpf_core_field_offset(struct page___frag_count,
					     pp_frag_count);
	if (bpf_core_field_exists(struct page___ref_count, pp_ref_count))
		return bpf_core_field_offset(struct page___ref_count,
					     pp_ref_count);
	if (bpf_core_field_exists(struct netmem___frag_count, pp_frag_count))
		return bpf_core_field_offset(struct netmem___frag_count,
					     pp_frag_count);
	if (bpf_core_field_exists(struct netmem_desc___ref_count, pp_ref_count))
		return bpf_core_field_offset(struct netmem_desc___ref_count,
					     pp_ref_count);
	return 0;
}

/* The kernel's counter of a page's fragments; false: it has none. */
static __always_inline bool compat_frag_count(__u64 page, __s64 *count)
{
	__u32 offset = compat_frag_offset();
	__u64 at = page + offset;

	if (compat_is_net_iov(page))
		at = compat_net_iov_frags(page);
	return offset &&
	       !bpf_probe_read_kernel(count, sizeof(*count), (void *)at);
}

/* Fragments that the pool gave out of the page at hand. */
static __always_inline __s64 compat_frag_users(__u64 address)
{
	struct page_pool___frag *pool = (void *)address;

	if (bpf_core_field_exists(pool->frag_users))
		return BPF_CORE_READ(pool, frag_users);
	return 0;
}

/* The same by a pointer that the verifier knows: one load. */
static __always_inline __s64
compat_frag_users_typed(const struct page_pool___frag *pool)
{
	if (bpf_core_field_exists(pool->frag_users))
		return pool->frag_users;
	return 0;
}

/* Has the pool a page at hand that it cuts into fragments? */
static __always_inline bool compat_has_frag_page(__u64 address)
{
	struct page_pool___frag *pool = (void *)address;
	__u64 page = 0;

	if (bpf_core_field_exists(struct page_pool___frag_ref, frag_page))
		bpf_probe_read_kernel(
			&page, sizeof(page),
			(void *)address + bpf_core_field_offset(
						  struct page_pool___frag_ref,
						  frag_page));
	else if (bpf_core_field_exists(pool->frag_page))
		page = (__u64)BPF_CORE_READ(pool, frag_page);
	return page != 0;
}

/* ---- pools ---- */

/* Who may still use the pool: the driver, and XDP memory registrations. */
static __always_inline __u32 compat_pool_users(__u64 address)
{
	struct page_pool___frag *pool = (void *)address;

	return BPF_CORE_READ(pool, user_cnt.refs.counter);
}

/* A pool whose memory a provider gives: net_iovs, from its first one on. */
static __always_inline bool compat_is_provided(struct page_pool *pool)
{
	struct page_pool___provider *provided = (void *)pool;

	return bpf_core_field_exists(provided->mp_priv) &&
	       BPF_CORE_READ(provided, mp_priv);
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

/* The processor whose pool this is; -1: it is a driver's. */
static __always_inline int compat_pool_cpu(struct page_pool *pool)
{
	struct page_pool___percpu *percpu = (void *)pool;

	if (bpf_core_field_exists(percpu->cpuid))
		return BPF_CORE_READ(percpu, cpuid);
	return -1;
}

static __always_inline bool compat_keeps_detached(void)
{
	return bpf_core_field_exists(struct page_pool___slow, user.detach_time);
}

/* When a pool was destroyed (CLOCK_BOOTTIME, nanoseconds); 0: not noted. */
static __always_inline __u64 compat_pool_detached(struct page_pool *pool)
{
	struct page_pool___slow *slow = (void *)pool;

	if (compat_keeps_detached())
		return BPF_CORE_READ(slow, user.detach_time);
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

#endif
