// SPDX-License-Identifier: GPL-2.0
/* Runs the sweep: finds slabs, passes over them, tests itself. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "user/kernel/maps.h"
#include "user/kernel/kernel_btf.h"
#include "user/kernel/known_symbols.h"
#include "user/util/testing.h"
#include "user/util/util.h"
#include "sweep.skel.h"

#define RANDOM_PASSES 32 /* between the two sweeps */
#define CONFIRM_US 20000

/* ---- opening ---- */

/* What only a search needs is not there without one. */
static int let_search(struct sweep_bpf *skel, const struct holders *holders)
{
	struct bpf_program *programs[] = {
		skel->progs.search_memory,   skel->progs.search_object,
		skel->progs.search_pool,     skel->progs.search_self,
		skel->progs.search_areas_in, skel->progs.search_area,
		skel->progs.search_peek,
	};
	struct bpf_map *maps[] = { skel->maps.search_hits,
				   skel->maps.search_wanted,
				   skel->maps.search_areas,
				   skel->maps.search_scratch };
	const struct vmemmap *vmemmap = holders->vmemmap;
	size_t i;

	for (i = 0; i < ARRAY_LEN(programs); i++)
		bpf_program__set_autoload(programs[i], holders->searches);
	for (i = 0; i < ARRAY_LEN(maps); i++)
		bpf_map__set_autocreate(maps[i], holders->searches);
	return bpf_map__set_max_entries(skel->maps.search_wanted,
					(vmemmap->first + vmemmap->count) / 64 +
						1);
}

static int map_search(struct sweep *sweep)
{
	sweep->hits = map_memory(bpf_map__fd(sweep->skel->maps.search_hits));
	sweep->search_bits =
		map_memory(bpf_map__fd(sweep->skel->maps.search_wanted));
	sweep->areas = map_memory(bpf_map__fd(sweep->skel->maps.search_areas));
	return sweep->hits && sweep->search_bits && sweep->areas ? 0 : -ENOMEM;
}

static int load(struct sweep *sweep)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = kernel_btf_path());
	const struct vmemmap *vmemmap = sweep->holders->vmemmap;
	struct sweep_bpf *skel = sweep_bpf__open_opts(&opts);
	int err;

	if (!skel)
		return -errno;
	sweep->skel = skel;
	skel->rodata->vmemmap_base = vmemmap->vmemmap_base;
	skel->rodata->page_offset_base = vmemmap->page_offset_base;
	skel->rodata->frame_end = vmemmap->first + vmemmap->count;
	skel->rodata->pp_mark = vmemmap->mark;
	skel->rodata->pp_mark_mask = vmemmap->mark_mask;
	skel->rodata->page_shift = ffs(sysconf(_SC_PAGESIZE)) - 1;
	set_symbols(skel->rodata);
	err = let_search(skel, sweep->holders);
	if (!err)
		err = sweep_bpf__load(skel);
	/* libbpf maps none into memory where it could not find out if it may. */
	if (!err && !skel->bss)
		err = -ENOMEM;
	if (err)
		return err;
	sweep->swept = map_memory(bpf_map__fd(skel->maps.swept_pages));
	sweep->slabs = map_memory(bpf_map__fd(skel->maps.sweep_slabs));
	if (!sweep->swept || !sweep->slabs)
		return -ENOMEM;
	return sweep->holders->searches ? map_search(sweep) : 0;
}

static int holders_print(enum libbpf_print_level level, const char *format,
			 va_list args)
{
	return vfprintf(stderr, format, args);
}

static struct sweep *open_sweep(struct holders *holders)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	libbpf_print_fn_t print;

	if (!sweep)
		return NULL;
	sweep->holders = holders;
	/* Programs that do not load show by the reason. */
	print = libbpf_set_print(getenv("NETMEM_DEBUG") ? holders_print : NULL);
	sweep->error = load(sweep);
	libbpf_set_print(print);
	return sweep;
}

void sweep_close(struct sweep *sweep)
{
	if (!sweep)
		return;
	if (sweep->skel) {
		unmap_memory(bpf_map__fd(sweep->skel->maps.swept_pages),
			     sweep->swept);
		unmap_memory(bpf_map__fd(sweep->skel->maps.sweep_slabs),
			     sweep->slabs);
		unmap_memory(bpf_map__fd(sweep->skel->maps.search_hits),
			     sweep->hits);
		unmap_memory(bpf_map__fd(sweep->skel->maps.search_wanted),
			     sweep->search_bits);
		unmap_memory(bpf_map__fd(sweep->skel->maps.search_areas),
			     sweep->areas);
	}
	sweep_bpf__destroy(sweep->skel);
	free(sweep);
}

/* ---- what this kernel has ---- */

static bool find_processors(struct sweep *sweep)
{
	const struct holders *holders = sweep->holders;
	struct sweep_bpf__bss *bss = sweep->skel->bss;
	uint64_t distance;
	int cpu;

	if (holders->cpu_count > SWEEP_CPUS || !holders->runqueue ||
	    !holders->napi_distance || !holders->scratch[holders->own_cpu])
		return false;
	for (cpu = 0; cpu < holders->cpu_count; cpu++) {
		if (!holders_distance(holders, cpu, &distance))
			return false;
		bss->cpu_distance[cpu] = distance + 1;
		bss->napi_cache[cpu] = holders->runqueue +
				       holders->napi_distance +
				       holders->scratch[cpu] -
				       holders->scratch[holders->own_cpu];
	}
	bss->cpu_count = holders->cpu_count;
	bss->node_count = holders->nodes;
	return true;
}

/* Why it cannot be done here; NULL: it can. */
static const char *why_not(struct sweep *sweep)
{
	const struct sweep_bpf__bss *bss = sweep->skel->bss;

	if (testing_flag("no-sweep"))
		return "a test option forbids it";
	if (!bss->knows_mark)
		return "packets do not say whether they own a pool's page (before Linux 5.14)";
	if (!bss->knows_slabs)
		return "this kernel's lists of free packets are not known (SLUB, Linux 5.17 or later)";
	if (bss->has_quarantine)
		return "this kernel keeps freed packets for a while (KASAN)";
	if (!bss->knows_napi_cache)
		return "BTF does not describe what processors keep free packets in";
	if (!bss->knows_sizes)
		return "struct page or struct sk_buff has another size than expected";
	if (!bss->caches[0].address || !bss->caches[0].size)
		return "the cache of packets was not found";
	if (!find_processors(sweep))
		return "the processors' lists of free packets cannot be located";
	return NULL;
}

/* ---- passes ---- */

static int compare_pfn(const void *key, const void *item)
{
	uint64_t a = *(const uint64_t *)key, b = *(const uint64_t *)item;

	return (a > b) - (a < b);
}

/*
 * A freed packet lacks the mark as well, and one look at the free lists may miss
 * it while they change.
 */
static bool is_confirmed(struct sweep *sweep, size_t index, uint32_t swept)
{
	uint64_t packet = sweep->swept[swept].packet;

	if (sweep->confirms)
		return sweep->packets[index] == packet;
	sweep->packets[index] = packet;
	return false;
}

/* What the last run met of the wanted pages. */
static int take_swept(struct sweep *sweep)
{
	uint32_t i, count = sweep->skel->bss->swept_count;
	const uint64_t *found;
	size_t index;
	int err = 0;

	if (testing_flag("unmet"))
		return 0;
	if (count > SWEPT_PAGES)
		count = SWEPT_PAGES;
	for (i = 0; !err && i < count; i++) {
		found = bsearch(&sweep->swept[i].frame, sweep->wanted,
				sweep->count, sizeof(*found), compare_pfn);
		index = found ? found - sweep->wanted : 0;
		if (!found || sweep->met[index])
			continue;
		if (sweep->unmarked && !is_confirmed(sweep, index, i))
			continue;
		err = sweep_add_holding(sweep, &sweep->swept[i]);
		sweep->met[index] = true;
		sweep->result->met++;
	}
	return err;
}

static bool is_all_met(const struct sweep *sweep)
{
	return sweep->result->met == sweep->count;
}

/* Over all listed slabs, from one of them on. */
static int pass_over(struct sweep *sweep, uint32_t first)
{
	struct sweep_bpf__bss *bss = sweep->skel->bss;
	uint32_t left = bss->slab_count;
	int err = 0;

	sweep->result->passes += !sweep->unmarked;
	sweep->result->slabs = bss->slab_count;
	bss->sweep_objects = 0;
	while (!err && left) {
		bss->swept_count = 0;
		err = sweep_run(sweep, sweep->skel->progs.sweep_visit, first,
				left);
		if (!err && !bss->sweep_next)
			err = -EIO;
		if (!err)
			err = take_swept(sweep);
		left -= bss->sweep_next;
		first += bss->sweep_next;
	}
	sweep->result->packets = bss->sweep_objects;
	return err;
}

int sweep_find_slabs(struct sweep *sweep)
{
	const struct vmemmap *vmemmap = sweep->holders->vmemmap;
	uint64_t pfn, end;
	size_t i;
	int err = 0;

	sweep->skel->bss->slab_count = 0;
	for (i = 0; !err && i < vmemmap->range_count; i++) {
		pfn = vmemmap->ranges[i].first;
		end = pfn + vmemmap->ranges[i].count;
		for (; !err && pfn < end; pfn += SWEEP_PAGES_A_RUN)
			err = sweep_run(sweep, sweep->skel->progs.sweep_find,
					pfn, end);
	}
	return err;
}

/* Packets of our own, one on each processor, are there while it lasts. */
static int sweep_once(struct sweep *sweep)
{
	int err = sweep_test_begin(sweep);

	if (!err)
		err = sweep_find_slabs(sweep);
	if (!err)
		err = pass_over(sweep, 0);
	return sweep_test_end(sweep, err);
}

static void want_unmarked(struct sweep *sweep, bool unmarked)
{
	sweep->unmarked = unmarked;
	sweep->skel->bss->wants_unmarked = unmarked !=
					   testing_flag("swap-recycle");
}

/*
 * What no owner has may be in a packet that lacks the mark, and so cannot return
 * it. It counts when two passes meet it there. The free lists of a processor
 * that is offline are not seen.
 */
static int sweep_unmarked(struct sweep *sweep)
{
	int err;

	if (sysconf(_SC_NPROCESSORS_ONLN) != sysconf(_SC_NPROCESSORS_CONF))
		return 0;
	sweep->packets = calloc(sweep->count + 1, sizeof(*sweep->packets));
	if (!sweep->packets)
		return -ENOMEM;
	want_unmarked(sweep, true);
	sweep->confirms = false;
	err = pass_over(sweep, 0);
	usleep(CONFIRM_US);
	sweep->confirms = true;
	if (!err)
		err = pass_over(sweep, 0);
	want_unmarked(sweep, false);
	free(sweep->packets);
	sweep->packets = NULL;
	sweep->result->unmarked = !err;
	return err;
}

static int sweep_all(struct sweep *sweep)
{
	struct sweep_bpf__bss *bss = sweep->skel->bss;
	int err = sweep_once(sweep), pass;

	for (pass = 0; !err && pass < RANDOM_PASSES && !is_all_met(sweep);
	     pass++)
		err = pass_over(sweep,
				bss->slab_count ? rand() % bss->slab_count : 0);
	if (!err && !is_all_met(sweep))
		err = sweep_once(sweep);
	if (!err && !is_all_met(sweep))
		err = sweep_unmarked(sweep);
	if (bss->sweep_lost)
		sweep_is_not_whole(sweep,
				   "more than its limits (left out: %llu)",
				   (unsigned long long)bss->sweep_lost);
	return err;
}

static int learn(struct sweep *sweep)
{
	const char *why;
	int err = sweep_learn(sweep);

	if (err)
		return err;
	sweep->skel->bss->sweep_lost = 0;
	want_unmarked(sweep, false);
	why = why_not(sweep);
	if (why)
		sweep_is_not_whole(sweep, "%s", why);
	return 0;
}

int sweep_begin(struct holders *holders, struct sweep_result *result)
{
	struct sweep *sweep;

	memset(result, 0, sizeof(*result));
	if (!holders->sweep)
		holders->sweep = open_sweep(holders);
	sweep = holders->sweep;
	if (!sweep)
		return -ENOMEM;
	sweep->result = result;
	sweep->cpu_ns = 0;
	result->whole = true;
	if (!sweep->error)
		return learn(sweep);
	sweep_is_not_whole(sweep, "this kernel rejects its programs (%s)",
			   strerror(-sweep->error));
	return 0;
}

int holders_sweep(struct holders *holders, struct walk *walk,
		  const uint64_t *wanted, size_t count,
		  struct sweep_result *result)
{
	uint64_t start = now_ns();
	int err = sweep_begin(holders, result);
	struct sweep *sweep = holders->sweep;

	result->wanted = count;
	if (err || !result->whole)
		return err;
	sweep->walk = walk;
	sweep->wanted = wanted;
	sweep->count = count;
	sweep->groups = walk->holder_count;
	sweep->met = calloc(count + 1, sizeof(*sweep->met));
	if (!sweep->met)
		return -ENOMEM;
	err = sweep_all(sweep);
	if (!err)
		walk_sort(walk);
	free(sweep->met);
	sweep->met = NULL;
	result->took_us = (now_ns() - start) / 1000;
	result->cpu_us = sweep->cpu_ns / 1000;
	return err;
}
