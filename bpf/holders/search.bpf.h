/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The search: every word of memory that may refer to a wanted page, whatever it
 * is a part of. search_memory reads the struct pages of some memory and what they
 * are in use for, and looks at the words of it; search_object tells which object
 * has a word, and whether it is in use. Part of sweep.bpf.c, whose slabs and free
 * lists it goes by.
 */
#ifndef NETMEM_SEARCH_BPF_H
#define NETMEM_SEARCH_BPF_H

#include "bpf/compat/pages.bpf.h"

#define SEARCH_BATCH 16 /* struct pages */
#define CHUNK_WORDS (SEARCH_CHUNK / 8)
#define CHUNKS_MAX 16 /* of a page */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SEARCH_HITS);
	__type(key, __u32);
	__type(value, struct search_hit);
} search_hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FOUND_AREAS);
	__type(key, __u32);
	__type(value, struct found_area);
} search_areas SEC(".maps");

/* A bit for each pfn from search_first on; user space makes it as big. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} search_wanted SEC(".maps");

struct search_scratch {
	__u64 pages[SEARCH_BATCH * PAGE_BYTES / 8];
	__u64 words[CHUNK_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct search_scratch);
} search_scratch SEC(".maps");

/* Of user space: the pfns from the first wanted one to the last. */
__u64 search_first = 0;
__u64 search_count = 0;

__u64 own_area = 0; /* the vm_struct of our stack; 0: not known */
struct found_area own_stack = {};

__u32 hit_count = 0;
__u32 area_count = 0;
__u32 areas_next = 0; /* the slab where the next run goes on */
__u64 hits_lost = 0;
__u64 search_next = 0; /* the pfn where the next run goes on */
__u64 search_bytes[SEARCH_KIND_COUNT] = {};
struct found_container found_container = {};
struct found_pool found_pool = {};

__u8 peeked[PEEK_BYTES] = {};

static __u64 searched = 0; /* bytes of this run */
static __u32 search_kind = 0; /* of what is searched */
static __u64 head_page = 0; /* the last head of tail pages, and what it is */
static __u32 head_kind = 0;

/* ---- words ---- */

static __always_inline void put_hit(__u64 at, __u64 pfn, __u32 by)
{
	__u32 index = hit_count;
	struct search_hit *hit;

	hit = bpf_map_lookup_elem(&search_hits, &index);
	if (!hit) {
		hits_lost++;
		return;
	}
	hit->at = at;
	hit->pfn = pfn;
	hit->by = by;
	hit->kind = search_kind;
	hit_count = index + 1;
}

/* A word that may refer to a page: so far from the first wanted one. */
__noinline int add_hit(__u64 at, __u64 distance, __u32 by)
{
	__u32 index = distance / 64;
	__u64 *bits;

	bits = bpf_map_lookup_elem(&search_wanted, &index);
	if (bits && *bits >> (distance & 63) & 1)
		put_hit(at, search_first + distance, by);
	return 0;
}

/* The words at @address; a part of a page. */
__noinline int search_chunk(__u64 address)
{
	__u64 first_page = vmemmap_base + search_first * PAGE_BYTES;
	__u64 first = page_offset_base + (search_first << page_shift);
	__u64 pages = search_count * PAGE_BYTES;
	__u64 bytes = search_count << page_shift;
	struct search_scratch *scratch;
	__u64 word, distance, area = own_area;
	__u32 zero = 0, i;

	scratch = bpf_map_lookup_elem(&search_scratch, &zero);
	if (!scratch)
		return 0;
	if (bpf_probe_read_kernel(scratch->words, sizeof(scratch->words),
				  (void *)address)) {
		search_bytes[SEARCH_UNREAD] += SEARCH_CHUNK;
		return 0;
	}
	for (i = 0; i < CHUNK_WORDS; i++) {
		word = scratch->words[i];
		if (word == area && area)
			put_hit(address + i * 8, 0, SEARCH_BY_AREA);
		distance = word - first;
		if (distance < bytes) {
			add_hit(address + i * 8, distance >> page_shift,
				SEARCH_BY_ADDRESS);
			continue;
		}
		distance = (word & ~3ULL) - first_page;
		if (distance < pages && !(distance % PAGE_BYTES))
			add_hit(address + i * 8, distance / PAGE_BYTES,
				SEARCH_BY_PAGE);
	}
	search_bytes[search_kind & 15] += SEARCH_CHUNK;
	return 0;
}

/* ---- pages ---- */

/* What a page is in use for, by the copy of its struct page; not a tail page. */
static __always_inline __u32 kind_of(const struct page *page)
{
	__u32 type = page->page_type;

	if (compat_is_slab(page))
		return SEARCH_SLAB;
	if (compat_is_marked(*(__u64 *)((void *)page + compat_mark_offset())))
		return SEARCH_POOL;
	if (compat_is_typed(type)) {
		if (compat_is_buddy(type))
			return SEARCH_FREE;
		if (compat_is_large_kmalloc(type))
			return SEARCH_LARGE;
		return compat_is_table(type) ? SEARCH_TABLES : SEARCH_TYPED;
	}
	if (compat_is_reserved(page))
		return SEARCH_RESERVED;
	if (compat_has_mapping(page))
		return SEARCH_USER;
	return page->_refcount.counter ? SEARCH_KERNEL : SEARCH_FREE;
}

/* Of the page that a tail page says is its head. */
__noinline int look_at_head(__u64 head)
{
	__u64 copy[PAGE_BYTES / 8];

	head_page = head;
	head_kind = SEARCH_UNREAD;
	if (!bpf_probe_read_kernel(copy, sizeof(copy), (void *)head))
		head_kind = kind_of((void *)copy);
	return 0;
}

/* One struct page of the batch, whose address is @page. */
__noinline int search_page(__u64 page, __u32 index)
{
	struct search_scratch *scratch;
	__u32 zero = 0, kind, i;
	__u64 head, address;
	void *copy;

	scratch = bpf_map_lookup_elem(&search_scratch, &zero);
	if (!scratch || index >= SEARCH_BATCH)
		return 0;
	copy = &scratch->pages[index * (PAGE_BYTES / 8)];
	head = compat_head_page(page, *(__u64 *)(copy + compat_magic_offset()));
	if (head == page) {
		kind = kind_of(copy);
	} else {
		if (head != head_page)
			look_at_head(head);
		kind = head_kind;
	}
	if (kind != SEARCH_SLAB && kind != SEARCH_LARGE) {
		search_bytes[kind & 15] += 1ULL << page_shift;
		return 0;
	}
	search_kind = kind;
	searched += 1ULL << page_shift;
	address = page_offset_base +
		  ((page - vmemmap_base) / PAGE_BYTES << page_shift);
	for (i = 0; i < CHUNKS_MAX && i < 1U << (page_shift - 12); i++)
		search_chunk(address + i * SEARCH_CHUNK);
	return 0;
}

__noinline int search_batch(__u64 page, __u32 count)
{
	struct search_scratch *scratch;
	__u32 zero = 0, i;

	scratch = bpf_map_lookup_elem(&search_scratch, &zero);
	if (!scratch)
		return 0;
	if (bpf_probe_read_kernel(scratch->pages, sizeof(scratch->pages),
				  (void *)page)) {
		search_bytes[SEARCH_UNREAD] += (__u64)count << page_shift;
		return 0;
	}
	head_page = 0;
	for (i = 0; i < SEARCH_BATCH && i < count; i++)
		search_page(page + i * PAGE_BYTES, i);
	return 0;
}

/* ctx[0]: a pfn, ctx[1]: behind the last one; search_next: where it ended */
SEC("raw_tp")
int search_memory(__u64 *ctx)
{
	__u64 pfn = ctx[0], left;
	__u32 i;

	searched = 0;
	for (i = 0; i < SWEEP_PAGES_A_RUN / SEARCH_BATCH; i++) {
		if (pfn >= ctx[1] || searched >= SEARCH_A_RUN)
			break;
		left = ctx[1] - pfn;
		search_batch(vmemmap_base + pfn * PAGE_BYTES,
			     left < SEARCH_BATCH ? left : SEARCH_BATCH);
		pfn += SEARCH_BATCH;
	}
	search_next = pfn;
	return 0;
}

/* ---- vmalloc ---- */

static __always_inline void read_area(struct found_area *found,
				      struct vm_struct *vm)
{
	found->first = (__u64)BPF_CORE_READ(vm, addr);
	found->bytes = BPF_CORE_READ(vm, size);
	found->caller = (__u64)BPF_CORE_READ(vm, caller);
	found->pages = BPF_CORE_READ(vm, nr_pages);
}

/* What leads to all areas: the one of the stack that this runs on. */
SEC("raw_tp")
int search_self(__u64 *ctx)
{
	own_area = compat_stack_area(bpf_get_current_task());
	if (own_area && compat_has_areas())
		read_area(&own_stack, (void *)own_area);
	return 0;
}

/*
 * Both are of one area, in use. Free objects are looked at as well: a vm_struct
 * may have been freed, and its memory be another's, but for the address.
 */
static __always_inline bool is_area(struct vmap_area *area,
				    struct vm_struct *vm)
{
	__u64 first = BPF_CORE_READ(area, va_start);
	__u64 bytes = BPF_CORE_READ(area, va_end) - first;

	return first && (__u64)BPF_CORE_READ(vm, addr) == first &&
	       BPF_CORE_READ(vm, size) == bytes &&
	       (__u64)BPF_CORE_READ(vm, nr_pages) << page_shift <= bytes;
}

/* A vmap_area, if the object at @address is one that is in use. */
__noinline int note_area(__u64 address)
{
	struct vmap_area *area = (void *)address;
	struct vm_struct *vm = BPF_CORE_READ(area, vm);
	__u32 index = area_count;
	struct found_area *found;

	if (!compat_has_areas() || !vm || !is_area(area, vm))
		return 0;
	found = bpf_map_lookup_elem(&search_areas, &index);
	if (!found) {
		hits_lost++;
		return 0;
	}
	read_area(found, vm);
	area_count = index + 1;
	return 0;
}

__noinline int note_areas(__u64 page)
{
	__u64 object;
	__u32 i;

	if (!enter_slab(page, 0))
		return 0;
	object = is_kfence() ? slab_base : slab_base + own_cache()->left;
	for (i = 0; i < SWEEP_OBJECTS && i < slab_objects; i++) {
		note_area(object);
		object += own_cache()->size;
	}
	return 0;
}

/* ctx[0]: the first of the listed slabs, which have vmap_areas */
SEC("raw_tp")
int search_areas_in(__u64 *ctx)
{
	__u32 i, index = ctx[0];
	__u64 *slab;

	for (i = 0; i < SWEEP_SLABS_A_RUN && index < slab_count; i++) {
		slab = bpf_map_lookup_elem(&sweep_slabs, &index);
		if (slab)
			note_areas(*slab & ~1ULL);
		index++;
	}
	areas_next = index;
	return 0;
}

/* ctx[0]: an address, ctx[1]: bytes, at most SEARCH_A_RUN of them are searched */
SEC("raw_tp")
int search_area(__u64 *ctx)
{
	__u32 i;

	search_kind = SEARCH_VMALLOC;
	for (i = 0; i < SEARCH_A_RUN / SEARCH_CHUNK; i++) {
		if (i * SEARCH_CHUNK >= ctx[1])
			break;
		search_chunk(ctx[0] + i * SEARCH_CHUNK);
	}
	return 0;
}

/* ---- what has a word ---- */

static __always_inline bool is_slab(__u64 page)
{
	__u64 copy[PAGE_BYTES / 8];

	return page &&
	       !bpf_probe_read_kernel(copy, sizeof(copy), (void *)page) &&
	       compat_is_slab((void *)copy);
}

/* The object of the entered slab that @address is in: its place, 0: none. */
static __always_inline __u64 find_object(__u64 address, __u64 page)
{
	const struct packet_cache *cache = own_cache();
	__u32 index;

	if (is_kfence())
		return address >= kfence_end() ? kfence_end() : slab_base;
	index = object_of(address);
	if (index >= SWEEP_OBJECTS)
		return 0;
	mark_all(page);
	found_container.is_free = is_free(index);
	return slab_base + cache->left + (__u64)index * cache->size;
}

/*
 * ctx[0]: the address of a word, ctx[1]: it is in a slab; else in a page or several:
 * found_container
 */
SEC("raw_tp")
int search_object(__u64 *ctx)
{
	__u64 page = slab_of(ctx[0]);
	struct slab *slab = (void *)page;
	struct kmem_cache *cache;

	__builtin_memset(&found_container, 0, sizeof(found_container));
	found_container.word = read_word(ctx[0]);
	found_container.object =
		page_offset_base +
		((page - vmemmap_base) / PAGE_BYTES << page_shift);
	if (!ctx[1])
		return 0;
	found_container.object = 0;
	if (!compat_knows_slabs() || !is_slab(page))
		return 0;
	cache = BPF_CORE_READ(slab, slab_cache);
	learn_cache(0, (__u64)cache);
	caches[1].address = 0;
	if (!caches[0].size || !enter_slab(page, 0))
		return 0;
	bpf_probe_read_kernel_str(found_container.cache,
				  sizeof(found_container.cache),
				  BPF_CORE_READ(cache, name));
	found_container.object = find_object(ctx[0], page);
	found_container.size = caches[0].object_size;
	found_container.array =
		read_word(compat_node_array(found_container.object));
	if (compat_has_areas())
		found_container.area =
			bpf_core_field_offset(struct vmap_area, vm);
	return 0;
}

/* ctx[0]: a pfn: peeked, its first bytes */
SEC("raw_tp")
int search_peek(__u64 *ctx)
{
	if (bpf_probe_read_kernel(
		    peeked, sizeof(peeked),
		    (void *)(page_offset_base + (ctx[0] << page_shift))))
		__builtin_memset(peeked, 0, sizeof(peeked));
	return 0;
}

/* ctx[0]: the address of a pool: found_pool */
SEC("raw_tp")
int search_pool(__u64 *ctx)
{
	struct page_pool *pool = (void *)ctx[0];

	found_pool.bytes = bpf_core_type_size(struct page_pool);
	found_pool.ring = (__u64)BPF_CORE_READ(pool, ring.queue);
	found_pool.ring_bytes = BPF_CORE_READ(pool, ring.size) * sizeof(__u64);
	return 0;
}

#endif
