// SPDX-License-Identifier: GPL-2.0
/* The holder walk: the programs, and the pages of a queue. */
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
#include <sys/mman.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "holders.skel.h"
#include "user/util/util.h"

#define QUEUE_TRIES 4 /* a queue that changes is walked again */
#define QUEUE_PACKETS_MAX (1 << 20)
/* A million sockets take some three seconds. */
#define WALK_NS_MAX 20000000000ULL

int holders_run(struct holders *holders, int prog_fd, const uint64_t *arguments,
		size_t count)
{
	/* The kernel wants room for each argument that a program may read. */
	uint64_t room[12] = {};
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = room,
		    .ctx_size_in = sizeof(room));
	uint64_t start = now_ns();
	int err;

	if (holders->walk && start > holders->deadline_ns)
		return -ETIME;
	memcpy(room, arguments, count * sizeof(*arguments));
	err = bpf_prog_test_run_opts(prog_fd, &options);
	if (holders->walk)
		holders->walk->kernel_us += now_ns() - start;
	return err ? err : (int)options.retval;
}

int holders_ask(struct holders *holders, int prog_fd, uint64_t first,
		uint64_t second, uint64_t third)
{
	uint64_t arguments[] = { first, second, third };

	holders->skel->bss->object_count = 0;
	holders->skel->bss->queue_count = 0;
	return holders_run(holders, prog_fd, arguments, 3);
}

/* ---- what was found ---- */

static void *grow(void *array, size_t count, size_t size)
{
	/* Doubles at powers of two. */
	if (count & (count - 1) || (count && count < 16))
		return array;
	return realloc(array, (count ? count * 2 : 16) * size);
}

void holders_place(struct holders *holders, const char *name, uint64_t objects,
		   const char *format, ...)
{
	struct walk *walk = holders->walk;
	struct place *places, *place;
	va_list args;

	places = grow(walk->places, walk->place_count, sizeof(*places));
	if (!places)
		return;
	walk->places = places;
	place = &places[walk->place_count++];
	memset(place, 0, sizeof(*place));
	snprintf(place->name, sizeof(place->name), "%s", name);
	place->objects = objects;
	place->walked = !format;
	if (!format)
		return;
	va_start(args, format);
	vsnprintf(place->why, sizeof(place->why), format, args);
	va_end(args);
}

void holders_place_walked(struct holders *holders, const char *name,
			  uint64_t objects, uint64_t changed)
{
	uint32_t lost = holders->skel->bss->found_lost;

	holders->skel->bss->found_lost = 0;
	if (changed)
		holders_place(holders, name, objects,
			      "%llu of its queues changed while we looked",
			      (unsigned long long)changed);
	else if (lost)
		holders_place(holders, name, objects,
			      "more than our bounds allow (%u left out)", lost);
	else
		holders_place(holders, name, objects, NULL);
}

static int compare_page(const void *left, const void *right)
{
	const struct found_page *a = left, *b = right;

	return (a->frame > b->frame) - (a->frame < b->frame);
}

/* Pages of one queue, as they come. */
struct harvest {
	struct found_page *pages;
	size_t count;
};

static int take_pages(struct holders *holders, struct harvest *harvest)
{
	uint32_t count = holders->skel->bss->page_count;
	struct found_page *pages;

	if (!count)
		return 0;
	pages = realloc(harvest->pages,
			(harvest->count + count) * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	memcpy(pages + harvest->count, holders->pages, count * sizeof(*pages));
	harvest->pages = pages;
	harvest->count += count;
	return 0;
}

/* One try. Returns an enum walk_status or a negative errno. */
static int walk_queue_once(struct holders *holders, uint32_t index,
			   struct harvest *harvest)
{
	int prog_fd = bpf_program__fd(holders->skel->progs.holders_queue);
	struct holders_bpf__bss *bss = holders->skel->bss;
	uint64_t arguments[] = { index, 0 };
	int err;

	harvest->count = 0;
	do {
		bss->page_count = 0;
		err = holders_run(holders, prog_fd, arguments, 2);
		if (!err)
			err = take_pages(holders, harvest);
		if (err)
			return err;
		arguments[1] = 1;
		if (bss->walk_packets > QUEUE_PACKETS_MAX)
			return WALK_CUT;
	} while (bss->walk_status == WALK_MORE);
	return bss->walk_status;
}

/* One holding a page and holder: the fragments in it as a sum. */
static int add_holdings(struct walk *walk, const struct harvest *harvest)
{
	uint32_t holder = walk->holder_count - 1;
	struct holding *holdings;
	size_t i;

	sort_list(harvest->pages, harvest->count, sizeof(*harvest->pages),
		  compare_page);
	for (i = 0; i < harvest->count; i++) {
		if (i &&
		    harvest->pages[i].frame == harvest->pages[i - 1].frame) {
			walk->holdings[walk->holding_count - 1].bytes +=
				harvest->pages[i].bytes;
			continue;
		}
		holdings = grow(walk->holdings, walk->holding_count,
				sizeof(*holdings));
		if (!holdings)
			return -ENOMEM;
		walk->holdings = holdings;
		holdings[walk->holding_count++] = (struct holding){
			.frame = harvest->pages[i].frame,
			.holder = holder,
			.bytes = harvest->pages[i].bytes,
		};
	}
	return 0;
}

static int add_holder(struct walk *walk, const struct holder *who,
		      const struct found_queue *queue, bool whole)
{
	static const char *const texts[] = {
#define HOLDER_PLACE(id, text) text,
		HOLDER_PLACES(HOLDER_PLACE)
#undef HOLDER_PLACE
	};
	struct holder *holders, *holder;

	holders = grow(walk->holders, walk->holder_count, sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	walk->holders = holders;
	holder = &holders[walk->holder_count++];
	*holder = *who;
	holder->key = queue->address;
	holder->whole = whole;
	if (queue->place < PLACE_COUNT)
		snprintf(holder->place, sizeof(holder->place), "%s",
			 texts[queue->place]);
	if (holder->kind == HOLDER_DEVICE || holder->kind == HOLDER_NAPI ||
	    holder->kind == HOLDER_MAP)
		holder->queue = queue->index;
	return 0;
}

/* The root discipline of a device without mq is that of each of its queues. */
static bool is_walked(const struct walk *walk, uint64_t key)
{
	size_t i;

	for (i = walk->holder_count; i > 0; i--)
		if (walk->holders[i - 1].key == key)
			return true;
	return false;
}

/* Returns 1 when it changed in each try. */
static int collect_queue(struct holders *holders, uint32_t index,
			 const struct holder *who)
{
	struct found_queue queue = holders->queues[index];
	struct walk *walk = holders->walk;
	struct harvest harvest = {};
	int status = WALK_CHANGED, try, err = 0;
	bool whole;

	for (try = 0; status == WALK_CHANGED && try < QUEUE_TRIES; try++)
		status = walk_queue_once(holders, index, &harvest);
	if (status < 0) {
		free(harvest.pages);
		return status;
	}
	whole = status == WALK_DONE;
	walk->packets += holders->skel->bss->walk_packets;
	if (harvest.count) {
		err = add_holder(walk, who, &queue, whole);
		if (!err)
			err = add_holdings(walk, &harvest);
	}
	free(harvest.pages);
	return err ? err : !whole;
}

int holders_collect(struct holders *holders, const struct pass *pass,
		    const struct holder *who)
{
	uint32_t i, count = holders->skel->bss->queue_count;
	int changed = 0, err;

	for (i = 0; i < count; i++) {
		if (holders->queues[i].place < pass->first ||
		    holders->queues[i].place > pass->last ||
		    holders->queues[i].percpu ||
		    (who->kind == HOLDER_QDISC &&
		     is_walked(holders->walk, holders->queues[i].address)))
			continue;
		err = collect_queue(holders, i, who);
		if (err < 0)
			return err;
		changed += err;
	}
	return changed;
}

/* ---- a walk ---- */

static int compare_holding(const void *left, const void *right)
{
	const struct holding *a = left, *b = right;

	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

int holders_walk(struct holders *holders, struct walk *walk)
{
	static const struct pass in = { PLACE_RX_RING, PLACE_NEIGHBOUR };
	static const struct pass out = { PLACE_QDISC, PLACE_DEFERRED };
	uint64_t start = now_ns();
	int err;

	memset(walk, 0, sizeof(*walk));
	holders->walk = walk;
	holders->deadline_ns = start + WALK_NS_MAX;
	holders->skel->bss->found_lost = 0;
	err = holders_begin(holders);
	if (!err)
		err = holders_walk_stack(holders, &in);
	if (!err)
		err = holders_walk_sockets(holders);
	if (!err)
		err = holders_walk_stack(holders, &out);
	sort_list(walk->holdings, walk->holding_count, sizeof(*walk->holdings),
		  compare_holding);
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

const struct holding *walk_find(const struct walk *walk, uint64_t frame,
				size_t *count)
{
	size_t low = 0, high = walk->holding_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (walk->holdings[middle].frame < frame)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < walk->holding_count &&
	       walk->holdings[low + *count].frame == frame)
		(*count)++;
	return *count ? &walk->holdings[low] : NULL;
}

/* ---- opening ---- */

/* Distance of a per-CPU variable from the section's beginning; -1: not told. */
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

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) >= 0;
}

static int load_programs(struct holders *holders, const struct memory *memory,
			 const struct btf *btf)
{
	struct holders_bpf *skel = holders_bpf__open();

	if (!skel)
		return -errno;
	holders->skel = skel;
	skel->rodata->page_base = memory->page_base;
	skel->rodata->direct_base = memory->direct_base;
	skel->rodata->frame_end = memory->first + memory->count;
	skel->rodata->page_shift = ffs(sysconf(_SC_PAGESIZE)) - 1;
	bpf_program__set_autoload(skel->progs.holders_files,
				  has_function(btf, "bpf_iter_task_file"));
	bpf_program__set_autoload(skel->progs.holders_tcp,
				  has_function(btf, "bpf_iter_tcp"));
	bpf_program__set_autoload(skel->progs.holders_udp,
				  has_function(btf, "bpf_iter_udp"));
	bpf_program__set_autoload(skel->progs.holders_unix,
				  has_function(btf, "bpf_iter_unix"));
	return holders_bpf__load(skel);
}

static void *map_memory(const struct bpf_map *map, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static struct bpf_link *iterate(struct bpf_program *program)
{
	return bpf_program__autoload(program) ?
		       bpf_program__attach_iter(program, NULL) :
		       NULL;
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

	holders->objects =
		map_memory(skel->maps.found_objects,
			   FOUND_OBJECTS * sizeof(*holders->objects));
	holders->queues = map_memory(skel->maps.found_queues,
				     FOUND_QUEUES * sizeof(*holders->queues));
	holders->pages = map_memory(skel->maps.found_pages,
				    FOUND_PAGES * sizeof(*holders->pages));
	holders->cpu_count = libbpf_num_possible_cpus();
	if (holders->cpu_count < 0)
		return holders->cpu_count;
	holders->scratch = calloc(holders->cpu_count, sizeof(uint64_t));
	holders->nodes = count_nodes();
	if (!holders->objects || !holders->queues || !holders->pages ||
	    !holders->scratch)
		return -ENOMEM;
	holders->files = iterate(skel->progs.holders_files);
	holders->tcp = iterate(skel->progs.holders_tcp);
	holders->udp = iterate(skel->progs.holders_udp);
	holders->unix_sockets = iterate(skel->progs.holders_unix);
	return 0;
}

static int open_holders(struct holders *holders, const struct memory *memory)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int64_t runqueues, softnet;
	int err;

	if (!btf)
		return -errno;
	runqueues = percpu_offset(btf, "runqueues");
	softnet = percpu_offset(btf, "softnet_data");
	if (runqueues >= 0 && softnet >= 0)
		holders->softnet_distance = softnet - runqueues;
	err = load_programs(holders, memory, btf);
	btf__free(btf);
	return err ? err : map_and_attach(holders);
}

/* Programs that do not load are told by their absence, not by libbpf. */
static int keep_quiet(enum libbpf_print_level level, const char *format,
		      va_list args)
{
	if (level == LIBBPF_DEBUG || !getenv("NETMEM_DEBUG"))
		return 0;
	return vfprintf(stderr, format, args);
}

int holders_open(struct holders **result, const struct memory *memory,
		 const char **why)
{
	struct holders *holders;
	libbpf_print_fn_t print;
	int err;

	*why = NULL;
	if (!memory->page_base || !memory->direct_base) {
		*why = "the bases of memory were not found";
		return -EOPNOTSUPP;
	}
	holders = calloc(1, sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	print = libbpf_set_print(keep_quiet);
	err = open_holders(holders, memory);
	libbpf_set_print(print);
	if (err) {
		*why = "this kernel refuses the programs of the walk";
		holders_close(holders);
		return err == -ENOMEM ? err : -EOPNOTSUPP;
	}
	*result = holders;
	return 0;
}

void holders_close(struct holders *holders)
{
	if (!holders)
		return;
	bpf_link__destroy(holders->files);
	bpf_link__destroy(holders->tcp);
	bpf_link__destroy(holders->udp);
	bpf_link__destroy(holders->unix_sockets);
	if (holders->objects)
		munmap(holders->objects,
		       FOUND_OBJECTS * sizeof(*holders->objects));
	if (holders->queues)
		munmap(holders->queues,
		       FOUND_QUEUES * sizeof(*holders->queues));
	if (holders->pages)
		munmap(holders->pages, FOUND_PAGES * sizeof(*holders->pages));
	holders_bpf__destroy(holders->skel);
	free(holders->scratch);
	free(holders->nets);
	free(holders->devices);
	free(holders->blind.inodes);
	free(holders);
}
