// SPDX-License-Identifier: GPL-2.0
/*
 * The registries: the kernel's own lists of page pools. They know idle pools,
 * which the scan cannot see because they hold no page. From 6.8 the xarray
 * page_pools has every pool; before, mem_id_ht has those that serve XDP.
 *
 * Run with BPF_PROG_TEST_RUN: ctx[0] address of page_pools, or 0; ctx[1]
 * address of mem_id_ht, used when ctx[0] is 0; ctx[2] position, 0 to start.
 * Returns the position to go on from, 0 at the end. The kernel holds the RCU
 * read lock during a run, so nodes, tables and entries stay while we read.
 */
#include "bpf/compat/registry.bpf.h"
#include "bpf/compat/xdp.bpf.h"
#include "bpf/core/shadow.bpf.h"

#define REGISTRY_STEPS 64 /* per run */
#define XARRAY_LEVELS 6 /* 32-bit ids, 64 slots a node */
#define HASH_CHAIN 16 /* rhashtable grows before a chain is longer */
#define HASH_TABLES 3 /* the table, and those that a resize moves to */
#define HASH_TABLE_SHIFT 16 /* position: table number above, bucket below */

/* Places that our bounds kept us from; the loader zeroes it before a walk. */
__u32 registry_cut = 0;

static __always_inline __u64 read_word(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)address);
	return word;
}

/*
 * Gives a registered pool its slot. @where is the word that names the pool
 * (0: cannot tell): when it changes meanwhile, the pool went.
 */
/* A global function: verified once, not once a place that calls it. */
__noinline int registry_visit(__u64 address, __u64 where)
{
	struct page_pool *pool = (void *)address;
	struct pool_record *record;
	__u32 slot;

	if (pool_is_over(pool) || pool_find(address) != SLOT_NONE)
		return 0;
	slot = pool_claim(address, found_origin());
	record = pool_record(slot);
	if (slot == SLOT_NONE || !record)
		return 0;
	if (!pool_is_over(pool) && (!where || read_word(where) == address))
		return 0;
	record->retired_ns = bpf_ktime_get_ns();
	record->status = POOL_RETIRED;
	return 0;
}

/* Ids from @index on, up to the next pool or gap; returns where to go on. */
static __always_inline __u32 xarray_step(__u64 xarray, __u32 index)
{
	__u64 entry, where = 0, next;
	__u32 mask = compat_xa_slots() - 1, level;
	struct xa_node *node;
	__u8 shift = 0;

	entry = read_word(xarray +
			  bpf_core_field_offset(struct xarray, xa_head));
	for (level = 0; level < XARRAY_LEVELS; level++) {
		if (!compat_xa_is_node(entry))
			break;
		node = (void *)compat_xa_to_node(entry);
		shift = BPF_CORE_READ(node, shift) & 31;
		if (!level && index >> shift > mask)
			return 0;
		where = (__u64)node +
			bpf_core_field_offset(struct xa_node, slots) +
			(index >> shift & mask) * sizeof(__u64);
		entry = read_word(where);
	}
	if (!level)
		return 0;
	if (compat_xa_is_node(entry))
		registry_cut++;
	/* A pool knows its id: so a wrong address makes no pools. */
	if (compat_xa_is_pointer(entry) &&
	    compat_pool_netlink_id((void *)entry) == index)
		registry_visit(entry, where);
	next = ((__u64)(index >> shift) + 1) << shift;
	return next > 0xffffffff ? 0 : next;
}

static __always_inline void hash_visit(__u64 node)
{
	struct xdp_mem_allocator *allocator;
	struct page_pool *pool;

	allocator = (void *)node -
		    bpf_core_field_offset(struct xdp_mem_allocator, node);
	if (BPF_CORE_READ(allocator, mem.type) != compat_mem_type_page_pool())
		return;
	pool = BPF_CORE_READ(allocator, page_pool);
	if (!compat_has_xdp_mem_id() ||
	    compat_pool_xdp_mem_id(pool) == BPF_CORE_READ(allocator, mem.id))
		registry_visit((__u64)pool, 0);
}

/* One bucket; @variable is the kernel's pointer to its rhashtable. */
static __always_inline __u32 hash_step(__u64 variable, __u32 position)
{
	__u32 number = position >> HASH_TABLE_SHIFT, i;
	__u32 bucket = position & ((1U << HASH_TABLE_SHIFT) - 1);
	struct rhashtable *hash = (void *)read_word(variable);
	struct bucket_table *table = BPF_CORE_READ(hash, tbl);
	__u64 entry;

	for (i = 0; i < HASH_TABLES && i < number; i++)
		table = BPF_CORE_READ(table, future_tbl);
	if (!table || number >= HASH_TABLES)
		return 0;
	/* Nested tables: only after a resize that found no memory. */
	if (BPF_CORE_READ(table, nest))
		registry_cut++;
	if (BPF_CORE_READ(table, nest) || bucket >= BPF_CORE_READ(table, size))
		return (number + 1) << HASH_TABLE_SHIFT;
	entry = compat_rht_first(
		read_word((__u64)table +
			  bpf_core_field_offset(struct bucket_table, buckets) +
			  bucket * sizeof(__u64)));
	for (i = 0; i < HASH_CHAIN && !compat_rht_is_end(entry); i++) {
		hash_visit(entry);
		entry = read_word(
			entry + bpf_core_field_offset(struct rhash_head, next));
	}
	if (!compat_rht_is_end(entry))
		registry_cut++;
	return position + 1;
}

/* Verified once, too. */
__noinline __u32 registry_step(__u64 page_pools, __u64 mem_id_ht,
			       __u32 position)
{
	if (page_pools && compat_has_netlink_id())
		return xarray_step(page_pools, position);
	if (mem_id_ht)
		return hash_step(mem_id_ht, position);
	return 0;
}

SEC("raw_tp")
int netmem_registry(__u64 *ctx)
{
	__u32 position = ctx[2], step;

	for (step = 0; step < REGISTRY_STEPS; step++) {
		position = registry_step(ctx[0], ctx[1], position);
		if (!position)
			break;
	}
	return position;
}
