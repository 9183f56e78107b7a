// SPDX-License-Identifier: GPL-2.0
/*
 * The audit: bounded reads of a pool's counters, alloc cache and ptr_ring, and
 * of the pages in them. It reads and never judges; user space decides with
 * two or more looks. Programs run with BPF_PROG_TEST_RUN, ctx[0] is a slot.
 */
#include "bpf/core/control.bpf.h"
#include "bpf/core/shadow.bpf.h"

struct audit_raw {
	__u64 cache[AUDIT_CACHE_MAX];
	__u64 ring[AUDIT_RING_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct audit_raw);
} audit_raw SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, AUDIT_CHUNK);
	__type(key, __u32);
	__type(value, struct audit_page);
} audit_pages SEC(".maps");

struct audit_look audit_look = {};
struct pool_reading pool_reading = {};
__u64 jiffies_now = 0;

/*
 * A pool's counters beside what we saw, read so that both belong together:
 * stable when the kernel's counters are the same before and after.
 */
SEC("raw_tp")
int netmem_read_pool(__u64 *ctx)
{
	struct pool_reading reading = {};
	__u32 slot = ctx[0], hold, release;
	struct pool_record *record = pool_record(slot);
	struct page_pool *pool = (void *)live_pool(slot);
	struct device *device;

	if (record && pool && read_counts(pool, &hold, &release)) {
		reading.hold_seen = *(volatile __u64 *)&record->hold_seen;
		reading.release_seen = *(volatile __u64 *)&record->release_seen;
		reading.readable =
			read_counts(pool, &reading.hold, &reading.release);
		reading.stable = reading.hold == hold &&
				 reading.release == release;
		reading.destroy_count = BPF_CORE_READ(pool, destroy_cnt);
		reading.has_frag_page = compat_has_frag_page((__u64)pool);
		/* Mapped pools hold a reference on their device. */
		if (record->id.flags & POOL_DMA_MAP) {
			device = BPF_CORE_READ(pool, p.dev);
			reading.driver_bound = BPF_CORE_READ(device, driver) !=
					       NULL;
		}
	}
	/* Gone meanwhile: what we read may be somebody else's. */
	if (!pool_is_there(slot))
		reading.readable = 0;
	pool_reading = reading;
	jiffies_now = bpf_jiffies64();
	return 0;
}

/* Our task is about to make the control pool, from nothing seen on. */
SEC("raw_tp")
int netmem_control(__u64 *ctx)
{
	__builtin_memset(&control, 0, sizeof(control));
	control.task = bpf_get_current_task();
	return 0;
}

static __always_inline bool read_ring(struct page_pool *pool,
				      struct audit_look *look,
				      struct audit_raw *raw)
{
	__u32 bytes = look->ring_size * sizeof(__u64);
	void **queue = BPF_CORE_READ(pool, ring.queue);

	if (bytes > sizeof(raw->ring))
		bytes = sizeof(raw->ring);
	return !bpf_probe_read_kernel(raw->ring, bytes, queue);
}

/* Another number when other pages are in the cache, or in another order. */
static __always_inline __u64 sum_cache(const struct audit_raw *raw, __u32 count)
{
	__u64 sum = count;
	__u32 i;

	for (i = 0; i < AUDIT_CACHE_MAX; i++) {
		if (i >= count)
			break;
		sum = (sum ^ raw->cache[i]) * 0x9e3779b97f4a7c15ULL;
	}
	return sum;
}

/* One look: indices, both arrays, indices again. */
SEC("raw_tp")
int netmem_audit(__u64 *ctx)
{
	struct page_pool *pool = (void *)live_pool(ctx[0]);
	struct audit_look look = { .pool = (__u64)pool };
	struct audit_raw *raw;
	__u32 zero = 0;

	raw = bpf_map_lookup_elem(&audit_raw, &zero);
	if (!pool || !raw)
		goto out;
	look.cache_count = BPF_CORE_READ(pool, alloc.count);
	look.ring_size = BPF_CORE_READ(pool, ring.size);
	look.consumer_head = BPF_CORE_READ(pool, ring.consumer_head);
	look.producer = BPF_CORE_READ(pool, ring.producer);
	if (bpf_probe_read_kernel(raw->cache, sizeof(raw->cache),
				  (void *)pool + compat_cache_offset()) ||
	    !read_ring(pool, &look, raw))
		goto out;
	look.readable = read_counts(pool, &look.hold, &look.release);
	look.kernel_id = compat_pool_netlink_id(pool);
	if (!look.kernel_id)
		look.kernel_id = compat_pool_xdp_mem_id(pool);
	look.contents = sum_cache(raw, look.cache_count);
	if (look.consumer_head < AUDIT_RING_MAX)
		look.head_used = raw->ring[look.consumer_head] != 0;
	look.producer_after = BPF_CORE_READ(pool, ring.producer);
	look.consumer_head_after = BPF_CORE_READ(pool, ring.consumer_head);
	look.cache_count_after = BPF_CORE_READ(pool, alloc.count);
out:
	if (!pool_is_there(ctx[0]))
		look.readable = 0;
	audit_look = look;
	return 0;
}

/* Where this kernel's net_iov does not tell whose it is, nothing is wrong. */
static __always_inline void read_net_iov(struct audit_page *page)
{
	__u64 at = compat_net_iov_pp(page->entry);

	page->pool = audit_look.pool;
	page->magic = 0;
	page->refcount = 0;
	page->is_signed = 0;
	page->readable = !at ||
			 !bpf_probe_read_kernel(&page->pool, sizeof(page->pool),
						(void *)at);
}

static __always_inline void read_page(struct audit_page *page, __u64 entry)
{
	struct page *at = (void *)entry;
	__u64 mark;

	page->entry = entry;
	page->frame = page_to_pfn(entry);
	page->readable = 0;
	if (compat_is_net_iov(entry)) {
		read_net_iov(page);
		return;
	}
	if (!entry)
		return;
	if (bpf_probe_read_kernel(&mark, sizeof(mark),
				  (void *)at + compat_mark_offset()))
		return;
	page->readable =
		!bpf_probe_read_kernel(&page->magic, sizeof(page->magic),
				       (void *)at + compat_magic_offset()) &&
		!bpf_probe_read_kernel(&page->pool, sizeof(page->pool),
				       (void *)at + compat_pp_offset()) &&
		!bpf_core_read(&page->refcount, sizeof(page->refcount),
			       &at->_refcount.counter);
	page->is_signed = page->readable && compat_is_marked(mark);
}

/* One entry of the last look. A global function: verified once. */
__noinline int audit_entry(__u32 index, __u32 into)
{
	struct audit_page *page;
	struct audit_raw *raw;
	__u32 zero = 0;

	raw = bpf_map_lookup_elem(&audit_raw, &zero);
	page = bpf_map_lookup_elem(&audit_pages, &into);
	if (!raw || !page)
		return 0;
	if (index < AUDIT_CACHE_MAX)
		read_page(page, raw->cache[index]);
	else if (index - AUDIT_CACHE_MAX < AUDIT_RING_MAX)
		read_page(page, raw->ring[index - AUDIT_CACHE_MAX]);
	return 0;
}

/*
 * The pages behind AUDIT_CHUNK entries of the last look, from entry ctx[0] on:
 * the cache's slots first, then the ring's.
 */
SEC("raw_tp")
int netmem_audit_pages(__u64 *ctx)
{
	__u32 first = ctx[0], i;

	for (i = 0; i < AUDIT_CHUNK; i++)
		audit_entry(first + i, i);
	return 0;
}
