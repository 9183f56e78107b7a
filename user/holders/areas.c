// SPDX-License-Identifier: GPL-2.0
/*
 * The search in vmalloc memory. No symbol tells where its areas are, but one of
 * them is the stack of the thread that searches: the slab object that refers to its
 * vm_struct is a vmap_area, and all others are in the same cache.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/holders/search.h"
#include "user/kernel/symbols.h"
#include "user/util/testing.h"
#include "user/util/util.h"
#include "sweep.skel.h"

int search_areas_begin(struct search *search)
{
	search->sweep->skel->bss->area_count = 0;
	return sweep_run(search->sweep, search->sweep->skel->progs.search_self,
			 0, 0);
}

/* Which hit is that of a vmap_area? Its cache is then the sweep's. */
static int find_cache(struct search *search, bool *is_found)
{
	struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	const struct found_container *found = &bss->found_container;
	const struct search_hit *hit;
	uint32_t i;
	int err = 0;

	*is_found = false;
	for (i = 0; !err && i < bss->hit_count && i < SEARCH_HITS; i++) {
		hit = &search->sweep->hits[i];
		if (hit->by != SEARCH_BY_AREA || hit->kind != SEARCH_SLAB)
			continue;
		err = sweep_run(search->sweep,
				search->sweep->skel->progs.search_object,
				hit->at, 1);
		*is_found = !err && found->object && !found->is_free &&
			    hit->at - found->object == found->area;
		if (*is_found)
			break;
	}
	return err;
}

static int compare_area(const void *left, const void *right)
{
	const struct found_area *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

static int list_areas(struct search *search)
{
	struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	int err = sweep_find_slabs(search->sweep);

	bss->areas_next = 0;
	while (!err && bss->areas_next < bss->slab_count)
		err = sweep_run(search->sweep,
				search->sweep->skel->progs.search_areas_in,
				bss->areas_next, 0);
	if (bss->area_count > FOUND_AREAS)
		bss->area_count = FOUND_AREAS;
	sort_list(search->sweep->areas, bss->area_count,
		  sizeof(*search->sweep->areas), compare_area);
	return err;
}

/* The function at @caller, without where in it. */
static void name_caller(uint64_t caller, char *name, size_t size)
{
	char *end;

	symbol_name(caller, name, size);
	end = strchr(name, '+');
	if (end)
		*end = 0;
}

/* By who allocates BPF maps: array_map_alloc(), bpf_map_area_alloc(), ... */
static bool is_of_bpf(const char *name)
{
	const char *end = strstr(name, "map_alloc");

	return !strncmp(name, "bpf_", 4) || !strncmp(name, "__bpf_", 6) ||
	       (end && !end[9]);
}

/* What is not searched, of the areas that have pages of their own. */
static enum search_kind kind_of(const struct search *search,
				const struct found_area *area)
{
	char name[64];

	if (testing_flag("search-maps"))
		return SEARCH_VMALLOC;
	if (area->caller == search->sweep->skel->bss->own_stack.caller)
		return SEARCH_STACK;
	name_caller(area->caller, name, sizeof(name));
	return is_of_bpf(name) ? SEARCH_BPF : SEARCH_VMALLOC;
}

static int search_one(struct search *search, const struct found_area *area)
{
	uint64_t bytes = area->pages * sysconf(_SC_PAGESIZE), done = 0;
	int err = 0;

	while (!err && done < bytes && !search_is_over(search)) {
		err = sweep_run(search->sweep,
				search->sweep->skel->progs.search_area,
				area->first + done, bytes - done);
		done += SEARCH_A_RUN;
	}
	return err;
}

int search_areas(struct search *search)
{
	struct sweep_bpf__bss *bss = search->sweep->skel->bss;
	const struct found_area *area;
	enum search_kind kind;
	bool is_found;
	uint32_t i;
	int err = find_cache(search, &is_found);

	if (err)
		return err;
	if (!is_found) {
		sweep_is_not_whole(search->sweep,
				   "vmalloc areas cannot be listed here");
		return 0;
	}
	err = list_areas(search);
	for (i = 0; !err && i < bss->area_count; i++) {
		area = &search->sweep->areas[i];
		kind = kind_of(search, area);
		if (kind == SEARCH_VMALLOC)
			err = search_one(search, area);
		else
			bss->search_bytes[kind] +=
				area->pages * sysconf(_SC_PAGESIZE);
	}
	return err;
}

const struct found_area *search_find_area(const struct search *search,
					  uint64_t address, char *name,
					  size_t size)
{
	const struct found_area *areas = search->sweep->areas;
	uint32_t i, count = search->sweep->skel->bss->area_count;

	for (i = 0; i < count; i++) {
		if (address - areas[i].first >= areas[i].bytes)
			continue;
		name_caller(areas[i].caller, name, size);
		return &areas[i];
	}
	return NULL;
}
