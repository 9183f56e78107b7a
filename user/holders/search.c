// SPDX-License-Identifier: GPL-2.0
/*
 * The search: goes through memory in steps, and tells what has the words that
 * refer to wanted pages.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/holders/search.h"
#include "user/util/testing.h"
#include "user/util/util.h"
#include "sweep.skel.h"

void holders_let_search(struct holders *holders)
{
	holders->searches = true;
}

void search_clear(struct search_result *result)
{
	free(result->containers);
	memset(result, 0, sizeof(*result));
}

/* ---- what is wanted ---- */

static void set_bits(struct search *search)
{
	const struct search_request *request = search->request;
	const struct search_page *last = &request->pages[request->count - 1];
	struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	uint64_t *bits = search->sweep->search_bits, distance;
	uint32_t k;
	size_t i;

	bss->search_first = request->pages[0].pfn;
	bss->search_count = last->pfn + last->count - bss->search_first;
	memset(bits, 0, (bss->search_count / 64 + 1) * sizeof(*bits));
	for (i = 0; i < request->count; i++)
		for (k = 0; k < request->pages[i].count; k++) {
			distance =
				request->pages[i].pfn + k - bss->search_first;
			bits[distance / 64] |= 1ULL << (distance % 64);
		}
}

/* Which of the wanted pages has @pfn. */
static bool find_page(const struct search *search, uint64_t pfn, size_t *index)
{
	const struct search_page *pages = search->request->pages;
	size_t low = 0, high = search->request->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (pages[middle].pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	*index = low - 1;
	return low && pfn - pages[low - 1].pfn < pages[low - 1].count;
}

static int find_pools(struct search *search)
{
	const struct search_request *request = search->request;
	const struct found_pool *found = &search->sweep->skel->bss->found_pool;
	size_t i;
	int err = 0;

	search->ranges =
		calloc(2 * request->pool_count + 1, sizeof(*search->ranges));
	if (!search->ranges)
		return -ENOMEM;
	for (i = 0; !err && i < request->pool_count; i++) {
		err = sweep_run(search->sweep,
				search->sweep->skel->progs.search_pool,
				request->pools[i], 0);
		search->ranges[2 * i] =
			(struct range){ request->pools[i], found->bytes };
		search->ranges[2 * i + 1] =
			(struct range){ found->ring, found->ring_bytes };
	}
	return err;
}

static bool is_of_pool(const struct search *search, uint64_t address)
{
	size_t i;

	for (i = 0; i < 2 * search->request->pool_count; i++)
		if (address - search->ranges[i].first < search->ranges[i].bytes)
			return true;
	return false;
}

/* ---- what has a word ---- */

/* The word still refers to the page. */
static bool is_unchanged(const struct search *search,
			 const struct search_hit *hit, uint64_t word)
{
	const struct vmemmap *vmemmap = search->sweep->holders->vmemmap;
	uint64_t page =
		vmemmap->vmemmap_base + hit->pfn * vmemmap->page_struct_size;
	uint64_t size = sysconf(_SC_PAGESIZE);

	if (hit->by == SEARCH_BY_PAGE)
		return (word & ~3ULL) == page;
	return word - vmemmap->page_offset_base - hit->pfn * size < size;
}

static int find_container(struct search *search, const struct container *like,
			  size_t *index)
{
	struct search_result *result = search->result;
	struct container *grown;
	size_t i;

	for (i = 0; i < result->container_count; i++) {
		grown = &result->containers[i];
		if (grown->kind == like->kind && grown->by == like->by &&
		    grown->slot == like->slot &&
		    !strcmp(grown->what, like->what))
			break;
	}
	*index = i;
	if (i < result->container_count)
		return 0;
	grown = realloc(result->containers, (i + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	result->containers = grown;
	grown[i] = *like;
	result->container_count++;
	return 0;
}

/* Notes that the object at @object, which is so, has the word of @hit. */
static int add_reference(struct search *search, const struct search_hit *hit,
			 struct container *like, uint64_t object)
{
	struct reference *reference =
		&search->references[search->reference_count];
	struct container *container;
	int err;

	if (!find_page(search, hit->pfn, &reference->page))
		return 0;
	like->by = hit->by == SEARCH_BY_PAGE ? REFERENCE_PAGE :
					       REFERENCE_ADDRESS;
	like->slot = search->request->pages[reference->page].slot;
	like->first = like->last = hit->at - object;
	err = find_container(search, like, &reference->container);
	if (err)
		return err;
	container = &search->result->containers[reference->container];
	if (like->first < container->first)
		container->first = like->first;
	if (like->last > container->last)
		container->last = like->last;
	reference->object = object;
	search->reference_count++;
	return 0;
}

/*
 * Files' names, and inodes, which have pages of the page cache: what seems to be a
 * pool's page there is older than the object.
 */
static bool is_of_files(const char *cache)
{
	const char *end = strstr(cache, "_inode_cache");

	return !strcmp(cache, "dentry") || !strcmp(cache, "names_cache") ||
	       !strcmp(cache, "inode_cache") || (end && !end[12]);
}

/*
 * The words of free objects, and those behind an object's end, are nobody's; a
 * pool's own, and its xarray of mapped pages, are not out.
 */
static int resolve_slab(struct search *search, const struct search_hit *hit)
{
	const struct found_container *found =
		&search->sweep->skel->bss->found_container;
	struct container like = { .kind = CONTAINER_SLAB };
	int err = sweep_run(search->sweep,
			    search->sweep->skel->progs.search_object, hit->at,
			    1);

	if (err)
		return err;
	if (!found->object || found->is_free ||
	    hit->at - found->object >= found->size ||
	    is_of_files(found->cache) ||
	    !is_unchanged(search, hit, found->word))
		return 0;
	if (!strcmp(found->cache, "radix_tree_node") &&
	    is_of_pool(search, found->array))
		return 0;
	snprintf(like.what, sizeof(like.what), "%s", found->cache);
	return add_reference(search, hit, &like, found->object);
}

/* Pages in one piece, bigger than any slab object. */
static int resolve_large(struct search *search, const struct search_hit *hit)
{
	const struct found_container *found =
		&search->sweep->skel->bss->found_container;
	struct container like = { .kind = CONTAINER_KMALLOC, .what = "large" };
	int err = sweep_run(search->sweep,
			    search->sweep->skel->progs.search_object, hit->at,
			    0);

	if (err || !is_unchanged(search, hit, found->word))
		return err;
	return add_reference(search, hit, &like, found->object);
}

static int resolve_area(struct search *search, const struct search_hit *hit)
{
	struct container like = { .kind = CONTAINER_VMALLOC };
	const struct found_area *area;

	area = search_find_area(search, hit->at, like.what, sizeof(like.what));
	return area ? add_reference(search, hit, &like, area->first) : 0;
}

static int resolve_hit(struct search *search, const struct search_hit *hit)
{
	if (hit->by == SEARCH_BY_AREA || is_of_pool(search, hit->at))
		return 0;
	switch (hit->kind) {
	case SEARCH_SLAB:
		return resolve_slab(search, hit);
	case SEARCH_LARGE:
		return resolve_large(search, hit);
	default:
		return resolve_area(search, hit);
	}
}

static int compare_reference(const void *left, const void *right)
{
	const struct reference *a = left, *b = right;

	if (a->container != b->container)
		return a->container < b->container ? -1 : 1;
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	return (a->page > b->page) - (a->page < b->page);
}

static int compare_by_page(const void *left, const void *right)
{
	const struct reference *a = left, *b = right;

	if (a->container != b->container)
		return a->container < b->container ? -1 : 1;
	return (a->page > b->page) - (a->page < b->page);
}

/* How many objects and pages each container stands for. */
static void sum_up(struct search *search)
{
	struct reference *references = search->references, *before;
	struct search_page *pages = search->request->pages;
	size_t i;

	sort_list(references, search->reference_count, sizeof(*references),
		  compare_reference);
	for (i = 0; i < search->reference_count; i++) {
		before = i ? &references[i - 1] : NULL;
		if (!before || before->container != references[i].container ||
		    before->object != references[i].object)
			search->result->containers[references[i].container]
				.objects++;
		search->result->met += !pages[references[i].page].met;
		pages[references[i].page].met = true;
	}
	sort_list(references, search->reference_count, sizeof(*references),
		  compare_by_page);
	for (i = 0; i < search->reference_count; i++)
		if (!i || compare_by_page(&references[i - 1], &references[i]))
			search->result->containers[references[i].container]
				.pages++;
}

static int resolve_hits(struct search *search)
{
	const struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	uint32_t i, count = bss->hit_count;
	int err = 0;

	if (count > SEARCH_HITS)
		count = SEARCH_HITS;
	search->references = calloc(count + 1, sizeof(*search->references));
	if (!search->references)
		return -ENOMEM;
	for (i = 0; !err && i < count; i++)
		err = resolve_hit(search, &search->sweep->hits[i]);
	if (!err)
		sum_up(search);
	free(search->references);
	return err;
}

/* ---- through memory ---- */

static int go_through(struct search *search)
{
	const struct vmemmap *vmemmap = search->sweep->holders->vmemmap;
	struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	uint64_t pfn, end;
	size_t i;
	int err = 0;

	for (i = 0; i < vmemmap->range_count; i++)
		search->all += vmemmap->ranges[i].count;
	for (i = 0; !err && i < vmemmap->range_count; i++) {
		pfn = vmemmap->ranges[i].first;
		end = pfn + vmemmap->ranges[i].count;
		while (!err && pfn < end) {
			if (search_is_over(search))
				return 0;
			err = sweep_run(
				search->sweep,
				search->sweep->skel->progs.search_memory, pfn,
				end);
			if (!err && bss->search_next <= pfn)
				err = -EIO;
			search->done += bss->search_next - pfn;
			pfn = bss->search_next;
		}
	}
	return err;
}

static int search_all(struct search *search)
{
	struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	int err;

	bss->hit_count = 0;
	bss->hits_lost = 0;
	memset(bss->search_bytes, 0, sizeof(bss->search_bytes));
	set_bits(search);
	err = find_pools(search);
	if (!err)
		err = search_areas_begin(search);
	if (!err)
		err = go_through(search);
	if (!err && search->sweep->result->whole)
		err = search_areas(search);
	if (!err)
		err = resolve_hits(search);
	memcpy(search->result->bytes, bss->search_bytes,
	       sizeof(search->result->bytes));
	if (bss->hits_lost)
		sweep_is_not_whole(search->sweep,
				   "more than its limits (left out: %llu)",
				   (unsigned long long)bss->hits_lost);
	free(search->ranges);
	return err;
}

int holders_search(struct holders *holders,
		   const struct search_request *request,
		   struct search_result *result)
{
	struct search search = { .request = request,
				 .result = result,
				 .begun_ns = now_ns() };
	struct sweep_result steps;
	int err;

	memset(result, 0, sizeof(*result));
	if (!request->count) {
		result->whole = true;
		return 0;
	}
	err = sweep_begin(holders, &steps);
	search.sweep = holders->sweep;
	if (!err && steps.whole)
		err = search_all(&search);
	/* A second signal is one more that ends it. */
	if (err == -ECANCELED) {
		sweep_is_not_whole(search.sweep, "a signal ended it");
		err = 0;
	}
	result->whole = steps.whole;
	memcpy(result->why, steps.why, sizeof(result->why));
	result->took_us = (now_ns() - search.begun_ns) / 1000;
	result->cpu_us = search.sweep ? search.sweep->cpu_ns / 1000 : 0;
	result->longest_us = steps.longest_us;
	return err;
}
