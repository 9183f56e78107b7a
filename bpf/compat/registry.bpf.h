/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own lists of pools: an xarray, and a hash table before it. */
#ifndef NETMEM_COMPAT_REGISTRY_BPF_H
#define NETMEM_COMPAT_REGISTRY_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

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

#pragma clang attribute pop

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
