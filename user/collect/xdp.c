// SPDX-License-Identifier: GPL-2.0
/* XDP statistics programs on the system, whoever loaded them. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/kernel/xdp_read.h"

/* Those of 0 are left out. */
static struct actions_fact count_actions(const __u64 counts[XDP_ACTIONS])
{
	struct actions_fact actions = {};

	if (counts[XDP_ABORTED])
		fact_set(&actions, actions, aborted, counts[XDP_ABORTED]);
	if (counts[XDP_DROP])
		fact_set(&actions, actions, drop, counts[XDP_DROP]);
	if (counts[XDP_PASS])
		fact_set(&actions, actions, pass, counts[XDP_PASS]);
	if (counts[XDP_TX])
		fact_set(&actions, actions, tx, counts[XDP_TX]);
	if (counts[XDP_REDIRECT])
		fact_set(&actions, actions, redirect, counts[XDP_REDIRECT]);
	return actions;
}

/* A histogram without its empty end; it borrows the buckets. */
static struct counts histogram(__u64 *buckets, size_t count)
{
	while (count && !buckets[count - 1])
		count--;
	return (struct counts){ (uint64_t *)buckets, count };
}

static void describe_programs(const struct xdp_instance *instance,
			      struct strings *list)
{
	for (; list->count < instance->program_count; list->count++)
		list->items[list->count] = instance->programs[list->count].name;
}

static void describe_places(const struct xdp_reading *reading,
			    struct xdp_place_facts *list)
{
	const struct xdp_place *place;
	struct xdp_place_fact *fact;

	for (; list->count < reading->place_count; list->count++) {
		place = &reading->places[list->count];
		fact = &list->items[list->count];
		fact_set(fact, xdp_place, device, place->device);
		fact_set(fact, xdp_place, ifindex, place->ifindex);
		fact_set(fact, xdp_place, netns, place->netns);
		fact_set(fact, xdp_place, attached, place->attached);
	}
}

static void describe_queues(const struct xdp_reading *reading,
			    struct xdp_queue_facts *list)
{
	const struct xdp_queue_reading *queue;
	struct xdp_queue_fact *fact;

	for (; list->count < reading->queue_count; list->count++) {
		queue = &reading->queues[list->count];
		fact = &list->items[list->count];
		fact_set(fact, xdp_queue, queue, queue->queue);
		fact_set(fact, xdp_queue, packets,
			 count_actions(queue->packets));
		fact_set(fact, xdp_queue, bytes, count_actions(queue->bytes));
		fact_set(fact, xdp_queue, memory_type,
			 xdp_memory_type_name(queue->rxq.memory_type));
		fact_set(fact, xdp_queue, memory_id, queue->rxq.memory_id);
	}
}

/*
 * The lists of an XDP fact. Their items are on the heap, what items point to is
 * the instance's and the reading's.
 */
static int describe_lists(const struct xdp_instance *instance,
			  const struct xdp_reading *reading,
			  struct xdp_fact *xdp)
{
	xdp->programs.items = calloc(instance->program_count + 1,
				     sizeof(*xdp->programs.items));
	xdp->places.items =
		calloc(reading->place_count + 1, sizeof(*xdp->places.items));
	xdp->queues.items =
		calloc(reading->queue_count + 1, sizeof(*xdp->queues.items));
	if (!xdp->programs.items || !xdp->places.items || !xdp->queues.items)
		return -ENOMEM;
	describe_programs(instance, &xdp->programs);
	fact_mark(xdp, xdp, programs);
	describe_places(reading, &xdp->places);
	fact_mark(xdp, xdp, places);
	describe_queues(reading, &xdp->queues);
	fact_mark(xdp, xdp, queues);
	return 0;
}

static void free_lists(struct xdp_fact *xdp)
{
	free(xdp->programs.items);
	free(xdp->places.items);
	free(xdp->queues.items);
}

static void describe_samples(struct xdp_reading *reading, struct xdp_fact *xdp)
{
	struct xdp_sample_stats *samples = &reading->samples;

	fact_set(xdp, xdp, sample, reading->sample);
	fact_set(xdp, xdp, sampled, samples->frames);
	fact_set(xdp, xdp, multi_buffer, samples->multi_buffer);
	fact_set(xdp, xdp, headroom,
		 histogram(samples->headroom, XDP_HEADROOM_BUCKETS));
	fact_set(xdp, xdp, fragments,
		 histogram(samples->fragments, XDP_FRAG_BUCKETS));
	fact_set(xdp, xdp, reuse, histogram(reading->reuse, XDP_REUSE_BUCKETS));
	fact_set(xdp, xdp, reuse_max, reading->reuse_max);
}

static void emit_instance(struct live *live,
			  const struct xdp_instance *instance)
{
	struct fact fact = { .type = FACT_xdp };
	struct xdp_fact *xdp = &fact.xdp;
	struct xdp_reading reading;
	int err;

	if (xdp_read(instance, &reading))
		return;
	err = describe_lists(instance, &reading, xdp);
	if (err) {
		live_fail(live, err);
		goto free;
	}
	xdp->id = instance->id;
	fact_set(xdp, xdp, packets, count_actions(reading.packets));
	fact_set(xdp, xdp, bytes, count_actions(reading.bytes));
	fact_set(xdp, xdp, sizes, histogram(reading.sizes, XDP_SIZE_BUCKETS));
	describe_samples(&reading, xdp);
	live_emit(live, &fact);
free:
	free_lists(xdp);
	xdp_reading_free(&reading);
}

static struct xdp_instance *find_id(struct xdp_instance *list, size_t count,
				    uint32_t id)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

/* Takes an instance over from a list, which forgets it. */
static int adopt(struct live *live, struct xdp_instance *from)
{
	struct xdp_instance *grown;
	int err;

	grown = realloc(live->xdp, (live->xdp_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	live->xdp = grown;
	grown[live->xdp_count] = *from;
	memset(from, 0, sizeof(*from));
	from->stats = from->samples = from->rxq = from->reuse = -1;
	from->inspect = from->inspect_frags = -1;
	err = xdp_set_inspectors(&grown[live->xdp_count++],
				 live->loader.inspector_fds,
				 live->loader.frags_inspector_fds);
	if (err == -EEXIST)
		live->xdp_occupied = true;
	return 0;
}

/* An instance whose programs are gone: its last numbers, then farewell. */
static void drop(struct live *live, size_t index)
{
	struct xdp_instance *gone = malloc(sizeof(*gone));

	if (!gone)
		return;
	*gone = live->xdp[index];
	live->xdp_count--;
	memmove(&live->xdp[index], &live->xdp[index + 1],
		(live->xdp_count - index) * sizeof(*live->xdp));
	emit_instance(live, gone);
	xdp_instances_free(gone, 1);
}

void live_find_xdp(struct live *live)
{
	struct xdp_instance *list = NULL;
	uint64_t fingerprint = xdp_programs_fingerprint();
	size_t count = 0, i;

	/*
	 * Reading a map from here keeps kprobe programs of this processor from
	 * running (bpf_disable_instrumentation() in kernel/bpf/syscall.c): so only
	 * when a program came or went, or one that is in use may be free.
	 */
	if (fingerprint == live->xdp_fingerprint && !live->xdp_occupied)
		return;
	if (xdp_find(&list, &count))
		return;
	live->xdp_fingerprint = fingerprint;
	for (i = 0; i < live->xdp_count;) {
		if (find_id(list, count, live->xdp[i].id))
			i++;
		else
			drop(live, i);
	}
	for (i = 0; i < count; i++)
		if (!find_id(live->xdp, live->xdp_count, list[i].id) &&
		    adopt(live, &list[i]))
			break;
	xdp_instances_free(list, count);
}

void live_emit_xdp(struct live *live)
{
	size_t i;

	for (i = 0; i < live->xdp_count; i++)
		emit_instance(live, &live->xdp[i]);
}

void live_release_xdp(struct live *live)
{
	size_t i;

	for (i = 0; i < live->xdp_count; i++)
		xdp_clear_inspectors(&live->xdp[i]);
	xdp_instances_free(live->xdp, live->xdp_count);
	live->xdp = NULL;
	live->xdp_count = 0;
}
