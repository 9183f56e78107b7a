/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file, with compat_stack.bpf.h, that knows that kernels differ. Kernel
 * types are declared here with the members that we read, and relocated by BTF
 * (CO-RE) at load; differences are told by what BTF has, never by version. Each
 * flavour names the change that made it necessary, and so does each member that
 * some kernels lack.
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

/*
 * The registers of a kprobe: an ABI of each architecture, from its
 * uapi/asm/ptrace.h. BPF objects for arm64 are made with this machine's headers.
 */
#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};
#elif defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi, orig_rax;
	unsigned long rip, cs, eflags, rsp, ss;
};
#endif

/*
 * Who called the function that a kprobe stands at the entry of. On arm64 the
 * address is still in a register then, and missing in the stack; 0 elsewhere.
 */
#if defined(__TARGET_ARCH_arm64)
#define COMPAT_ENTRY_CALLER(ctx) PT_REGS_RET(ctx)
#else
#define COMPAT_ENTRY_CALLER(ctx) 0
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

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
	struct device *parent;
	struct device_driver *driver;
	struct class *class;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
	struct list_head list;
	struct list_head dev_base_head;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct bpf_xdp_entity {
	struct bpf_prog *prog;
};

struct net_device {
	int ifindex;
	possible_net_t nd_net;
	char name[16];
	struct device dev;
	unsigned long state;
	unsigned int flags;
	struct net_device_ops *netdev_ops;
	struct netdev_queue *_tx;
	unsigned int real_num_rx_queues;
	unsigned int num_tx_queues;
	struct list_head dev_list;
	struct list_head napi_list;
	struct rtnl_link_ops *rtnl_link_ops;
	struct in_device *ip_ptr;
	struct inet6_dev *ip6_ptr;
	struct bpf_xdp_entity xdp_state[3]; /* generic, driver, hardware */
	struct xdp_dev_bulk_queue *
		xdp_bulkq; /* 5.6: "xdp: Move devmap bulk queue into struct net_device" */
};

struct napi_struct {
	struct net_device *dev;
	unsigned int napi_id;
	struct sk_buff *skb;
	struct list_head dev_list;
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

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct {
	atomic_t refs;
} refcount_t;

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

struct page {
	unsigned long pp_magic;
	struct page_pool *pp;
	atomic_t _refcount;
};

/* 5.15 to 6.7: fragments of a page that are out. */
struct page___frag_count {
	atomic64_t pp_frag_count;
};

/* 6.8: the same under another name, "page_pool: transition to reference count management after page draining". */
struct page___ref_count {
	atomic64_t pp_ref_count;
};

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

/* 6.12: who gives them to a pool, "memory-provider: dmabuf devmem memory provider". */
struct page_pool___provider {
	void *mp_priv;
};

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

/* arm64 has the preemption count in the task, x86 of its own. */
struct thread_info___preempt {
	__u64 preempt_count;
};

struct sched_entity {
	struct list_head group_node;
	struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED, as cfs_rq.rq */
};

struct task_struct {
	struct thread_info___preempt thread_info;
	int tgid;
	char comm[16];
	struct sched_entity se;
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

/* 6.2 to 6.14 on x86: "x86: Put hot per CPU variables into a struct". */
struct pcpu_hot {
	int preempt_count;
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

/* 7.x: a tail page may keep a mask that makes its address that of its head. */
struct page___mask {
	unsigned long compound_info;
} __attribute__((preserve_access_index));

/* Before 5.14 no member of a pool is where a tail page has its head. */
struct page___head {
	unsigned long compound_head;
} __attribute__((preserve_access_index));

static __always_inline __u32 compat_head_offset(void)
{
	if (!compat_has_signature() &&
	    bpf_core_field_exists(struct page___head, compound_head))
		return bpf_core_field_offset(struct page___head, compound_head);
	return compat_magic_offset();
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

static __always_inline bool compat_frame_has_frags(struct xdp_frame *frame)
{
	return bpf_core_field_exists(frame->flags) &&
	       BPF_CORE_READ(frame, flags) & COMPAT_XDP_FLAGS_HAS_FRAGS;
}

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

/* Who may still use the pool: the driver, and XDP memory registrations. */
static __always_inline __u32 compat_pool_users(__u64 address)
{
	struct page_pool___frag *pool = (void *)address;

	return BPF_CORE_READ(pool, user_cnt.refs.counter);
}

/* By name, as kallsyms has them; 0 where data symbols are hidden. */
extern const void __preempt_count __ksym __weak;
extern const void pcpu_hot __ksym __weak;
extern const void __per_cpu_offset __ksym __weak;

#define COMPAT_SOFTIRQ_MASK 0xff00U /* include/linux/preempt.h */

/* x86 keeps it per processor; 0: not found. */
static __always_inline __u64 compat_preempt_count_at(void)
{
	__u64 base = 0, at = (__u64)&__preempt_count;

	if (!at && &pcpu_hot)
		at = (__u64)&pcpu_hot +
		     bpf_core_field_offset(struct pcpu_hot, preempt_count);
	if (!at || !&__per_cpu_offset ||
	    bpf_probe_read_kernel(&base, sizeof(base),
				  (void *)&__per_cpu_offset +
					  bpf_get_smp_processor_id() *
						  sizeof(base)))
		return 0;
	return base + at;
}

/* In a softirq, or with those kept off? 1, 0, or -1: this kernel hides it. */
static __always_inline int compat_in_softirq(void)
{
	struct task_struct *task;
	__u32 value = 0;
	__u64 at;

	if (bpf_core_field_exists(struct thread_info___preempt,
				  preempt_count)) {
		task = (void *)bpf_get_current_task();
		value = BPF_CORE_READ(task, thread_info.preempt_count);
		return !!(value & COMPAT_SOFTIRQ_MASK);
	}
	at = compat_preempt_count_at();
	if (!at || bpf_probe_read_kernel(&value, sizeof(value), (void *)at))
		return -1;
	return !!(value & COMPAT_SOFTIRQ_MASK);
}

enum bpf_func_id___args {
	BPF_FUNC_get_func_arg___args = 183,
};

/*
 * An argument of the function that fentry or fexit stands at, as a number:
 * typed pointers allow no arithmetic. By a helper that costs nothing where
 * there is one (5.17, "bpf: Add get_func_[arg|ret|arg_cnt] helpers").
 */
static __always_inline __u64 compat_argument(void *ctx, __u32 n)
{
	__u64 value = 0;

	if (bpf_core_enum_value_exists(enum bpf_func_id___args,
				       BPF_FUNC_get_func_arg___args))
		bpf_get_func_arg(ctx, n, &value);
	else
		bpf_probe_read_kernel(&value, sizeof(value), (__u64 *)ctx + n);
	return value;
}

/* What the function that fexit stands at returns; it has @arguments. */
static __always_inline __u64 compat_returned(void *ctx, __u32 arguments)
{
	__u64 value = 0;

	if (bpf_core_enum_value_exists(enum bpf_func_id___args,
				       BPF_FUNC_get_func_arg___args))
		bpf_get_func_ret(ctx, &value);
	else
		bpf_probe_read_kernel(&value, sizeof(value),
				      (__u64 *)ctx + arguments);
	return value;
}

#endif
