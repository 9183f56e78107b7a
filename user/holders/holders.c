// SPDX-License-Identifier: GPL-2.0
/* The holder walk from opening to closing, and its result. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "user/kernel/kernel_btf.h"
#include "user/kernel/hooks.h"
#include "user/kernel/known_symbols.h"
#include "user/kernel/maps.h"
#include "holders.skel.h"
#include "user/util/testing.h"
#include "user/kernel/probe.h"
#include "user/util/util.h"

/* A million sockets take some three seconds. */
#define WALK_NS_MAX 20000000000ULL

void holders_let_cut(struct holders *holders, bool (*is_cut)(void *data),
		     void *data)
{
	holders->is_cut = is_cut;
	holders->cut_data = data;
}

int holders_walk(struct holders *holders, struct walk *walk)
{
	static const struct pass in = { PLACE_RX_RING, PLACE_NEIGHBOUR };
	static const struct pass out = { PLACE_QDISC, PLACE_DEFERRED };
	uint64_t start = now_ns(), longest = WALK_NS_MAX;
	int err;

	memset(walk, 0, sizeof(*walk));
	holders->walk = walk;
	testing_limit("walk-ns", &longest);
	holders->deadline_ns = start + longest;
	holders->skel->bss->found_lost = 0;
	err = holders_begin(holders);
	if (!err)
		err = holders_walk_stack(holders, &in);
	if (!err)
		err = holders_walk_sockets(holders);
	if (!err)
		err = holders_walk_stack(holders, &out);
	walk_sort(walk);
	walk->namespaces = holders->net_count;
	walk->took_us = (now_ns() - start) / 1000;
	walk->kernel_us /= 1000;
	holders->walk = NULL;
	if (err)
		walk_clear(walk);
	return err;
}

void walk_clear(struct walk *walk)
{
	free(walk->holders);
	free(walk->holdings);
	free(walk->places);
	memset(walk, 0, sizeof(*walk));
}

const struct holding *walk_find(const struct walk *walk, uint64_t pfn,
				size_t *count)
{
	size_t low = 0, high = walk->holding_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (walk->holdings[middle].pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < walk->holding_count &&
	       walk->holdings[low + *count].pfn == pfn)
		(*count)++;
	return *count ? &walk->holdings[low] : NULL;
}

/* ---- opening ---- */

/* Distance of a per-CPU variable from the section's beginning; -1: unknown. */
static int64_t percpu_offset(const struct btf *btf, const char *name)
{
	const struct btf_type *section, *type;
	const struct btf_var_secinfo *info;
	int id, i;

	id = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	if (id < 0)
		return -1;
	section = btf__type_by_id(btf, id);
	info = btf_var_secinfos(section);
	for (i = 0; i < btf_vlen(section); i++, info++) {
		type = btf__type_by_id(btf, info->type);
		if (!strcmp(btf__name_by_offset(btf, type->name_off), name))
			return info->offset;
	}
	return -1;
}

static int load_programs(struct holders *holders, const struct vmemmap *vmemmap,
			 const struct btf *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = kernel_btf_path());
	struct holders_bpf *skel = holders_bpf__open_opts(&opts);
	int err;

	if (!skel)
		return -errno;
	holders->skel = skel;
	skel->rodata->vmemmap_base = vmemmap->vmemmap_base;
	skel->rodata->page_offset_base = vmemmap->page_offset_base;
	skel->rodata->frame_end = vmemmap->first + vmemmap->count;
	skel->rodata->pp_mark = vmemmap->mark;
	skel->rodata->pp_mark_mask = vmemmap->mark_mask;
	skel->rodata->page_shift = ffs(sysconf(_SC_PAGESIZE)) - 1;
	set_symbols(skel->rodata);
	bpf_program__set_autoload(skel->progs.holders_files,
				  has_function(btf, "bpf_iter_task_file", 0));
	bpf_program__set_autoload(skel->progs.holders_tcp,
				  has_function(btf, "bpf_iter_tcp", 0));
	bpf_program__set_autoload(skel->progs.holders_udp,
				  has_function(btf, "bpf_iter_udp", 0));
	bpf_program__set_autoload(skel->progs.holders_unix,
				  has_function(btf, "bpf_iter_unix", 0));
	err = holders_bpf__load(skel);
	/* libbpf maps none into memory where it could not find out if it may. */
	return err || skel->bss ? err : -ENOMEM;
}

/* NULL where this kernel has no such iterator; the first error stays in *@err. */
static struct bpf_link *iterate(struct bpf_program *program, int *err)
{
	struct bpf_link *link;

	if (!bpf_program__autoload(program))
		return NULL;
	link = bpf_program__attach_iter(program, NULL);
	if (!link && !*err && error_is_shortage(-errno))
		*err = -errno;
	return link;
}

static int count_nodes(void)
{
	DIR *directory = opendir("/sys/devices/system/node");
	struct dirent *entry;
	int node, last = 0;

	while (directory && (entry = readdir(directory)))
		if (sscanf(entry->d_name, "node%d", &node) == 1 && node > last)
			last = node;
	if (directory)
		closedir(directory);
	return last + 1;
}

static int map_and_attach(struct holders *holders)
{
	struct holders_bpf *skel = holders->skel;
	int err = 0;

	holders->objects = map_memory(bpf_map__fd(skel->maps.found_objects));
	holders->queues = map_memory(bpf_map__fd(skel->maps.found_queues));
	holders->pages = map_memory(bpf_map__fd(skel->maps.found_pages));
	holders->cpu_count = libbpf_num_possible_cpus();
	if (holders->cpu_count < 0)
		return holders->cpu_count;
	holders->scratch = calloc(holders->cpu_count, sizeof(uint64_t));
	holders->nodes = count_nodes();
	if (!holders->objects || !holders->queues || !holders->pages ||
	    !holders->scratch)
		return -ENOMEM;
	holders->files = iterate(skel->progs.holders_files, &err);
	holders->tcp = iterate(skel->progs.holders_tcp, &err);
	holders->udp = iterate(skel->progs.holders_udp, &err);
	holders->unix_sockets = iterate(skel->progs.holders_unix, &err);
	return err;
}

static int open_holders(struct holders *holders, const struct vmemmap *vmemmap)
{
	struct btf *btf = kernel_btf_load();
	int64_t runqueues, softnet, napi;
	int err;

	if (!btf)
		return -errno;
	runqueues = percpu_offset(btf, "runqueues");
	softnet = percpu_offset(btf, "softnet_data");
	if (runqueues >= 0 && softnet >= 0)
		holders->softnet_distance = softnet - runqueues;
	napi = percpu_offset(btf, "napi_alloc_cache");
	if (runqueues >= 0 && napi >= 0)
		holders->napi_distance = napi - runqueues;
	holders->vmemmap = vmemmap;
	err = load_programs(holders, vmemmap, btf);
	btf__free(btf);
	if (!err && !holders->skel->bss)
		err = -ENOMEM;
	return err ? err : map_and_attach(holders);
}

/* Programs that do not load show by their absence, not by libbpf's words. */
static int keep_quiet(enum libbpf_print_level level, const char *format,
		      va_list args)
{
	if (level == LIBBPF_DEBUG || !getenv("NETMEM_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

int holders_open(struct holders **result, const struct vmemmap *vmemmap,
		 const char **why)
{
	struct holders *holders;
	libbpf_print_fn_t print;
	int err;

	*why = NULL;
	if (!vmemmap->vmemmap_base || !vmemmap->page_offset_base) {
		*why = "the bases of vmemmap and the direct map were not found";
		return -EOPNOTSUPP;
	}
	holders = calloc(1, sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	print = libbpf_set_print(keep_quiet);
	err = open_holders(holders, vmemmap);
	libbpf_set_print(print);
	if (err) {
		holders_close(holders);
		*why = error_is_shortage(err) || err == -ESRCH ?
			       load_error_text(err) :
			       "this kernel rejects the programs of the walk";
		return err == -ENOMEM ? err : -EOPNOTSUPP;
	}
	*result = holders;
	return 0;
}

static void unmap_found(struct holders *holders)
{
	struct holders_bpf *skel = holders->skel;

	unmap_memory(bpf_map__fd(skel->maps.found_objects), holders->objects);
	unmap_memory(bpf_map__fd(skel->maps.found_queues), holders->queues);
	unmap_memory(bpf_map__fd(skel->maps.found_pages), holders->pages);
}

void holders_close(struct holders *holders)
{
	if (!holders)
		return;
	bpf_link__destroy(holders->files);
	bpf_link__destroy(holders->tcp);
	bpf_link__destroy(holders->udp);
	bpf_link__destroy(holders->unix_sockets);
	if (holders->skel)
		unmap_found(holders);
	holders_bpf__destroy(holders->skel);
	sweep_close(holders->sweep);
	free(holders->sockets);
	free(holders->scratch);
	namespaces_clear(&holders->namespaces);
	free(holders->nets);
	free(holders->devices);
	holders_blind_end(holders);
	free(holders);
}
