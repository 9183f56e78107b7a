// SPDX-License-Identifier: GPL-2.0
/* Running the walk's programs, and noting what they found: pages of a queue. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/holders/private.h"
#include "holders.skel.h"
#include "user/util/util.h"

#define RUNS_A_QUESTION 64 /* of whether the walk is to end */
#define QUEUE_TRIES 4 /* a queue that changes is walked again */
#define QUEUE_PACKETS_MAX (1 << 20)

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
	if (holders->is_cut && holders->runs++ % RUNS_A_QUESTION == 0 &&
	    holders->is_cut(holders->cut_data))
		return -ECANCELED;
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

static void *grow(void *array, size_t count, size_t size)
{
	/* Doubles at powers of two. */
	if (count & (count - 1) || (count && count < 16))
		return array;
	return realloc(array, (count ? count * 2 : 16) * size);
}

void holders_place(struct holders *holders, enum place_contents contents,
		   const char *name, uint64_t objects, const char *format, ...)
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
	place->packets = contents == PACKETS;
	if (!format)
		return;
	va_start(args, format);
	vsnprintf(place->why, sizeof(place->why), format, args);
	va_end(args);
}

void holders_place_walked(struct holders *holders, enum place_contents contents,
			  const char *name, uint64_t objects, uint64_t changed)
{
	uint32_t lost = holders->skel->bss->found_lost;

	holders->skel->bss->found_lost = 0;
	if (changed)
		holders_place(holders, contents, name, objects,
			      "queues that changed during the walk: %llu",
			      (unsigned long long)changed);
	else if (lost)
		holders_place(holders, contents, name, objects,
			      "more than the limits of the walk (left out: %u)",
			      lost);
	else
		holders_place(holders, contents, name, objects, NULL);
}

static int compare_page(const void *left, const void *right)
{
	const struct found_page *a = left, *b = right;

	return (a->frame > b->frame) - (a->frame < b->frame);
}

/* Pages of one queue, as they come. */
struct batch {
	struct found_page *pages;
	size_t count;
};

static int take_pages(struct holders *holders, struct batch *batch)
{
	uint32_t count = holders->skel->bss->page_count;
	struct found_page *pages;

	if (!count)
		return 0;
	pages = realloc(batch->pages, (batch->count + count) * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	memcpy(pages + batch->count, holders->pages, count * sizeof(*pages));
	batch->pages = pages;
	batch->count += count;
	return 0;
}

/* One try. Returns an enum walk_status or a negative errno. */
static int walk_queue_once(struct holders *holders, uint32_t index,
			   struct batch *batch)
{
	int prog_fd = bpf_program__fd(holders->skel->progs.holders_queue);
	struct holders_bpf__bss *bss = holders->skel->bss;
	uint64_t arguments[] = { index, 0 };
	int err;

	batch->count = 0;
	do {
		bss->page_count = 0;
		err = holders_run(holders, prog_fd, arguments, 2);
		if (!err)
			err = take_pages(holders, batch);
		if (err)
			return err;
		arguments[1] = 1;
		if (bss->walk_packets > QUEUE_PACKETS_MAX)
			return WALK_CUT;
	} while (bss->walk_status == WALK_MORE);
	return bss->walk_status;
}

int holders_add_page(struct walk *walk, uint64_t pfn, uint32_t holder,
		     uint32_t bytes)
{
	struct holding *holdings =
		grow(walk->holdings, walk->holding_count, sizeof(*holdings));

	if (!holdings)
		return -ENOMEM;
	walk->holdings = holdings;
	holdings[walk->holding_count++] = (struct holding){
		.pfn = pfn,
		.holder = holder,
		.bytes = bytes,
	};
	return 0;
}

static int compare_holding(const void *left, const void *right)
{
	const struct holding *a = left, *b = right;

	if (a->pfn != b->pfn)
		return a->pfn < b->pfn ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

void walk_sort(struct walk *walk)
{
	sort_list(walk->holdings, walk->holding_count, sizeof(*walk->holdings),
		  compare_holding);
}

/* One holding a page and holder: the fragments in it as a sum. */
static int add_holdings(struct walk *walk, const struct batch *batch)
{
	uint32_t holder = walk->holder_count - 1;
	int err = 0;
	size_t i;

	sort_list(batch->pages, batch->count, sizeof(*batch->pages),
		  compare_page);
	for (i = 0; !err && i < batch->count; i++) {
		if (i && batch->pages[i].frame == batch->pages[i - 1].frame)
			walk->holdings[walk->holding_count - 1].bytes +=
				batch->pages[i].bytes;
		else
			err = holders_add_page(walk, batch->pages[i].frame,
					       holder, batch->pages[i].bytes);
	}
	return err;
}

int holders_add(struct walk *walk, const struct holder *who)
{
	struct holder *holders =
		grow(walk->holders, walk->holder_count, sizeof(*holders));

	if (!holders)
		return -ENOMEM;
	walk->holders = holders;
	holders[walk->holder_count++] = *who;
	return 0;
}

static int add_holder(struct walk *walk, const struct holder *who,
		      const struct found_queue *queue, bool whole)
{
	struct holder holder = *who;

	holder.key = queue->address;
	holder.whole = whole;
	if (queue->place < PLACE_COUNT)
		holder.place = queue->place;
	if (holder.kind == HOLDER_DEVICE || holder.kind == HOLDER_NAPI ||
	    holder.kind == HOLDER_MAP)
		holder.queue = queue->index;
	return holders_add(walk, &holder);
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
	struct batch batch = {};
	int status = WALK_CHANGED, try, err = 0;
	bool whole;

	for (try = 0; status == WALK_CHANGED && try < QUEUE_TRIES; try++)
		status = walk_queue_once(holders, index, &batch);
	if (status < 0) {
		free(batch.pages);
		return status;
	}
	whole = status == WALK_DONE;
	walk->packets += holders->skel->bss->walk_packets;
	if (batch.count) {
		err = add_holder(walk, who, &queue, whole);
		if (!err)
			err = add_holdings(walk, &batch);
	}
	free(batch.pages);
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

const char *holders_device(const struct holders *holders, uint64_t netns,
			   uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < holders->device_count; i++)
		if (holders->devices[i].netns == netns &&
		    holders->devices[i].ifindex == ifindex)
			return holders->devices[i].name;
	return NULL;
}
