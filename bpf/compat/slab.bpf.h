/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SLUB: slab pages, their objects, and the lists that have the free ones. What
 * a kernel keeps free objects in beside these lists makes the sweep
 * unavailable there (user/holders/sweep.c).
 */
#ifndef NETMEM_COMPAT_SLAB_BPF_H
#define NETMEM_COMPAT_SLAB_BPF_H

#include "bpf/compat/page_pool.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

/* 5.17: "mm: Split slab into its own type"; overlays struct page. */
struct slab {
	struct kmem_cache *slab_cache;
	void *freelist;
	unsigned long counters;
};

struct kmem_cache {
	struct kmem_cache_cpu *cpu_slab; /* gone in 7.x */
	unsigned int size, object_size, offset, align, red_left_pad;
	unsigned long random; /* with CONFIG_SLAB_FREELIST_HARDENED */
	const char *name;
	struct list_head list;
};

struct kmem_cache_cpu {
	void **freelist;
	struct slab *slab;
};

/* Generic KASAN keeps freed objects for a while. */
struct kmem_cache___kasan {
	int kasan_info;
};

/* 6.18: "slab: add opt-in caching layer of percpu sheaves"; for all caches in 7.x. */
struct kmem_cache___sheaves {
	struct slub_percpu_sheaves *cpu_sheaves;
};

struct slub_percpu_sheaves {
	struct slab_sheaf *main, *spare, *rcu_free;
};

struct slab_sheaf {
	struct list_head barn_list;
	unsigned int size;
	void *objects[1];
};

struct node_barn {
	struct list_head sheaves_full;
};

struct kmem_cache_node {
	struct node_barn *barn;
};

struct kmem_cache___nodes {
	struct kmem_cache_node *node[1];
};

/* 7.2: the pointers of a node stand together. */
struct kmem_cache_per_node_ptrs {
	struct node_barn *barn;
};

struct kmem_cache___per_node {
	struct kmem_cache_per_node_ptrs per_node[1];
};

struct page___flags {
	unsigned long flags;
};

/* Until 6.9 a flag; since 6.12 a type. */
enum pageflags {
	PG_slab = 9,
};

enum pagetype___slab {
	PGTY_slab = 0xf5,
};

#pragma clang attribute pop

static __always_inline bool compat_has_slab_type(void)
{
	return bpf_core_enum_value_exists(enum pagetype___slab, PGTY_slab) &&
	       bpf_core_field_exists(struct page, page_type);
}

static __always_inline bool compat_has_slab_flag(void)
{
	return bpf_core_enum_value_exists(enum pageflags, PG_slab);
}

/* Is the copy of a struct page at @page a slab's first one? */
static __always_inline bool compat_is_slab(const struct page *page)
{
	const struct page___flags *flags = (const void *)page;

	if (compat_has_slab_type())
		return page->page_type >> 24 ==
		       bpf_core_enum_value(enum pagetype___slab, PGTY_slab);
	if (compat_has_slab_flag())
		return flags->flags >>
			       bpf_core_enum_value(enum pageflags, PG_slab) &
		       1;
	return false;
}

static __always_inline bool compat_has_cpu_slab(void)
{
	return bpf_core_field_exists(struct kmem_cache, cpu_slab) &&
	       bpf_core_field_exists(struct kmem_cache_cpu, freelist) &&
	       bpf_core_field_exists(struct kmem_cache_cpu, slab);
}

static __always_inline bool compat_has_sheaves(void)
{
	return bpf_core_field_exists(struct kmem_cache___sheaves, cpu_sheaves);
}

/* SLUB, with lists that are all known, and without a quarantine. */
static __always_inline bool compat_knows_slabs(void)
{
	if (!bpf_core_field_exists(struct slab, slab_cache) ||
	    !bpf_core_field_exists(struct slab, freelist) ||
	    !bpf_core_field_exists(struct slab, counters) ||
	    !bpf_core_field_exists(struct kmem_cache, offset) ||
	    !bpf_core_field_exists(struct kmem_cache, red_left_pad))
		return false;
	if (!compat_has_slab_type() && !compat_has_slab_flag())
		return false;
	if (compat_has_sheaves())
		return bpf_core_field_exists(struct slub_percpu_sheaves,
					     main) &&
		       bpf_core_field_exists(struct slub_percpu_sheaves,
					     spare) &&
		       bpf_core_field_exists(struct slub_percpu_sheaves,
					     rcu_free) &&
		       bpf_core_field_exists(struct node_barn, sheaves_full);
	return compat_has_cpu_slab();
}

static __always_inline bool compat_has_quarantine(void)
{
	return bpf_core_field_exists(struct kmem_cache___kasan, kasan_info);
}

/* Objects of a slab: 15 bits above the 16 of those in use. */
static __always_inline __u32 compat_slab_objects(__u64 counters)
{
	return counters >> 16 & 0x7fff;
}

/* What stands at @at on a free list (mm/slub.c, freelist_ptr_decode()). */
static __always_inline __u64 compat_free_pointer(__u64 value, __u64 random,
						 __u64 at)
{
	if (!bpf_core_field_exists(struct kmem_cache, random))
		return value;
	return value ^ random ^ __builtin_bswap64(at);
}

static __always_inline __u64 compat_cache_random(struct kmem_cache *cache)
{
	if (!bpf_core_field_exists(cache->random))
		return 0;
	return BPF_CORE_READ(cache, random);
}

/* A per-CPU pointer; 0: this cache has none. */
static __always_inline __u64 compat_cache_sheaves(__u64 address)
{
	struct kmem_cache___sheaves *cache = (void *)address;

	if (!compat_has_sheaves())
		return 0;
	return (__u64)BPF_CORE_READ(cache, cpu_sheaves);
}

/* Where the barn of node @node is; 0: there is none. */
static __always_inline __u64 compat_barn(__u64 cache, __u32 node)
{
	__u64 at, entry = 0;

	if (bpf_core_field_exists(struct kmem_cache___per_node, per_node)) {
		at = cache +
		     bpf_core_field_offset(struct kmem_cache___per_node,
					   per_node) +
		     node * bpf_core_type_size(
				    struct kmem_cache_per_node_ptrs) +
		     bpf_core_field_offset(struct kmem_cache_per_node_ptrs,
					   barn);
		bpf_probe_read_kernel(&entry, sizeof(entry), (void *)at);
		return entry;
	}
	if (!bpf_core_field_exists(struct kmem_cache_node, barn))
		return 0;
	at = cache + bpf_core_field_offset(struct kmem_cache___nodes, node) +
	     node * sizeof(entry);
	bpf_probe_read_kernel(&entry, sizeof(entry), (void *)at);
	if (!entry)
		return 0;
	at = entry + bpf_core_field_offset(struct kmem_cache_node, barn);
	bpf_probe_read_kernel(&entry, sizeof(entry), (void *)at);
	return entry;
}

#endif
