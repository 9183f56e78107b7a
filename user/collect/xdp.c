// SPDX-License-Identifier: GPL-2.0
/* XDP statistics programs on the system, whoever loaded them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/live.h"
#include "user/util/util.h"

static json_t *action_counts(const __u64 counts[XDP_ACTIONS])
{
	json_t *object = json_object();
	int action;

	for (action = 0; action < XDP_ACTIONS; action++)
		if (counts[action])
			json_object_set_new(object, xdp_action_name(action),
					    json_integer(counts[action]));
	return object;
}

/* A histogram without its empty end. */
static json_t *histogram(const __u64 *buckets, size_t count)
{
	json_t *array = json_array();
	size_t i;

	while (count && !buckets[count - 1])
		count--;
	for (i = 0; i < count; i++)
		json_array_append_new(array, json_integer(buckets[i]));
	return array;
}

static json_t *places(const struct xdp_facts *facts)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < facts->place_count; i++)
		json_array_append_new(
			array,
			json_pack("{s:s%, s:I, s:I, s:b}", "device",
				  facts->places[i].device,
				  strnlen(facts->places[i].device, NAME_LEN),
				  "ifindex",
				  (json_int_t)facts->places[i].ifindex, "netns",
				  (json_int_t)facts->places[i].netns,
				  "attached", facts->places[i].attached));
	return array;
}

static json_t *queues(const struct xdp_facts *facts)
{
	const struct xdp_queue_facts *queue;
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < facts->queue_count; i++) {
		queue = &facts->queues[i];
		json_array_append_new(
			array,
			json_pack("{s:i, s:o, s:o, s:s, s:I}", "queue",
				  queue->queue, "packets",
				  action_counts(queue->packets), "bytes",
				  action_counts(queue->bytes), "memory_type",
				  xdp_memory_type_name(queue->rxq.memory_type),
				  "memory_id",
				  (json_int_t)queue->rxq.memory_id));
	}
	return array;
}

static json_t *programs(const struct xdp_instance *instance)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < instance->program_count; i++)
		json_array_append_new(array,
				      json_string(instance->programs[i].name));
	return array;
}

static void tell_instance(struct live *live,
			  const struct xdp_instance *instance)
{
	const struct xdp_sample_stats *samples;
	struct xdp_facts facts = {};

	if (xdp_read(instance, &facts))
		return;
	samples = &facts.samples;
	live_emit(
		live,
		json_pack(
			"{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:I}",
			"t", "xdp", "id", (json_int_t)instance->id, "programs",
			programs(instance), "places", places(&facts), "packets",
			action_counts(facts.packets), "bytes",
			action_counts(facts.bytes), "queues", queues(&facts),
			"sizes", histogram(facts.sizes, XDP_SIZE_BUCKETS),
			"sample", (json_int_t)facts.sample, "sampled",
			(json_int_t)samples->frames, "multi_buffer",
			(json_int_t)samples->multi_buffer, "headroom",
			histogram(samples->headroom, XDP_HEADROOM_BUCKETS),
			"fragments",
			histogram(samples->fragments, XDP_FRAG_BUCKETS),
			"reuse", histogram(facts.reuse, XDP_REUSE_BUCKETS),
			"reuse_max", (json_int_t)facts.reuse_max));
	xdp_facts_free(&facts);
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
	tell_instance(live, gone);
	xdp_instances_free(gone, 1);
}

void live_find_xdp(struct live *live)
{
	struct xdp_instance *list = NULL;
	uint64_t mark = xdp_programs_mark();
	size_t count = 0, i;

	/*
	 * Reading a map from here keeps kprobe programs of this processor from
	 * running (bpf_disable_instrumentation() in kernel/bpf/syscall.c): so only
	 * when a program came or went, or one that is in use may be free.
	 */
	if (mark == live->xdp_mark && !live->xdp_occupied)
		return;
	if (xdp_find(&list, &count))
		return;
	live->xdp_mark = mark;
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

void live_tell_xdp(struct live *live)
{
	size_t i;

	for (i = 0; i < live->xdp_count; i++)
		tell_instance(live, &live->xdp[i]);
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
