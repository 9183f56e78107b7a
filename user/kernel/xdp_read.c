// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/xdp_read.h"

static int add_place(struct xdp_reading *reading, const struct xdp_place *place)
{
	struct xdp_place *places;

	places = realloc(reading->places,
			 (reading->place_count + 1) * sizeof(*places));
	if (!places)
		return -ENOMEM;
	reading->places = places;
	places[reading->place_count++] = *place;
	return 0;
}

/* netns 0: of any namespace. */
static struct xdp_place *find_place(struct xdp_reading *reading,
				    const struct xdp_place *like)
{
	struct xdp_place *place;
	size_t i;

	for (i = 0; i < reading->place_count; i++) {
		place = &reading->places[i];
		if (place->ifindex == like->ifindex &&
		    (!like->netns || place->netns == like->netns))
			return place;
	}
	return NULL;
}

static bool has_program(const struct xdp_instance *instance, __u32 id)
{
	size_t i;

	for (i = 0; i < instance->program_count; i++) {
		if (instance->programs[i].id == id)
			return true;
	}
	return false;
}

static int add_places_of_frames(struct xdp_reading *reading)
{
	struct xdp_rxq_record *rxq;
	size_t i;
	int err;

	for (i = 0; i < reading->queue_count; i++) {
		struct xdp_place place = {};

		rxq = &reading->queues[i].rxq;
		place.ifindex = rxq->ifindex;
		place.netns = rxq->netns;
		if (!place.ifindex || find_place(reading, &place))
			continue;
		memcpy(place.device, rxq->device, NAME_LEN);
		err = add_place(reading, &place);
		if (err)
			return err;
	}
	return 0;
}

int xdp_reading_add_places(const struct xdp_instance *instance,
			   const struct xdp_places *places,
			   struct xdp_reading *reading)
{
	const struct xdp_attached *attached;
	struct xdp_place *known;
	size_t i;
	int err;

	for (i = 0; i < places->count; i++) {
		attached = &places->items[i];
		if (!has_program(instance, attached->program))
			continue;
		known = find_place(reading, &attached->place);
		if (known) {
			known->attached = true;
			known->mode = attached->place.mode;
			known->link = attached->place.link;
			continue;
		}
		err = add_place(reading, &attached->place);
		if (err)
			return err;
	}
	return 0;
}

int xdp_reading_add_past(const struct xdp_place *places, size_t count,
			 struct xdp_reading *reading)
{
	struct xdp_place *known, past;
	size_t i;
	int err;

	for (i = 0; i < count; i++) {
		past = places[i];
		past.attached = false;
		known = find_place(reading, &past);
		if (known)
			known->mode = past.mode;
		err = known ? 0 : add_place(reading, &past);
		if (err)
			return err;
	}
	return 0;
}

static void sum_verdicts(struct xdp_queue_reading *reading,
			 struct xdp_queue_stats *stats)
{
	struct xdp_verdict_stats *verdict;
	int i;

	for (i = 0; i < XDP_ACTIONS; i++) {
		verdict = xdp_verdict(stats, i);
		reading->packets[i] += verdict->packets;
		reading->bytes[i] += verdict->bytes;
	}
	for (i = 0; i < XDP_SIZE_BUCKETS; i++)
		reading->sizes[i] += stats->sizes[i];
}

static bool queue_was_used(const struct xdp_queue_reading *queue)
{
	int i;

	for (i = 0; i < XDP_ACTIONS; i++) {
		if (queue->packets[i])
			return true;
	}
	return false;
}

static void sum_queue(struct xdp_reading *reading,
		      const struct xdp_queue_reading *queue)
{
	int i;

	for (i = 0; i < XDP_ACTIONS; i++) {
		reading->packets[i] += queue->packets[i];
		reading->bytes[i] += queue->bytes[i];
	}
	for (i = 0; i < XDP_SIZE_BUCKETS; i++)
		reading->sizes[i] += queue->sizes[i];
}

/*
 * All entries of an array, each of @size bytes: one call where the kernel has
 * batches for this kind of map (5.6, per-CPU arrays 5.13), else one an entry.
 */
static int read_table(int map, __u32 count, size_t size, void *values)
{
	__u32 read = count, next = 0, key, *keys = calloc(count, sizeof(*keys));
	int err;

	if (!keys)
		return -ENOMEM;
	err = bpf_map_lookup_batch(map, NULL, &next, keys, values, &read, NULL);
	free(keys);
	if ((!err || err == -ENOENT) && read == count)
		return 0;
	for (key = 0, err = 0; !err && key < count; key++)
		err = bpf_map_lookup_elem(map, &key,
					  (char *)values + key * size);
	return err;
}

static void add_queue(struct xdp_reading *reading, __u32 key,
		      struct xdp_queue_stats *per_cpu, int cpus,
		      const struct xdp_rxq_record *rxq)
{
	struct xdp_queue_reading *queue =
		&reading->queues[reading->queue_count];
	int cpu;

	memset(queue, 0, sizeof(*queue));
	queue->queue = key;
	for (cpu = 0; cpu < cpus; cpu++)
		sum_verdicts(queue, &per_cpu[cpu]);
	if (!queue_was_used(queue))
		return;
	queue->rxq = *rxq;
	queue->rxq.device[NAME_LEN - 1] = '\0';
	sum_queue(reading, queue);
	reading->queue_count++;
}

static int read_queues(const struct xdp_instance *instance,
		       struct xdp_reading *reading, int cpus)
{
	__u32 queues = instance->config.queues, key;
	struct xdp_queue_stats *per_cpu;
	struct xdp_rxq_record *rxq;
	int err = -ENOMEM;

	per_cpu = calloc((size_t)queues * cpus, sizeof(*per_cpu));
	rxq = calloc(queues, sizeof(*rxq));
	reading->queues = calloc(queues, sizeof(*reading->queues));
	if (per_cpu && rxq && reading->queues)
		err = read_table(instance->stats, queues,
				 cpus * sizeof(*per_cpu), per_cpu);
	if (!err)
		err = read_table(instance->rxq, queues, sizeof(*rxq), rxq);
	for (key = 0; !err && key < queues; key++)
		add_queue(reading, key, &per_cpu[(size_t)key * cpus], cpus,
			  &rxq[key]);
	free(per_cpu);
	free(rxq);
	return err;
}

/* All members of a sample's record are sums. */
static int read_samples(const struct xdp_instance *instance,
			struct xdp_reading *reading, int cpus)
{
	enum { MEMBERS = sizeof(struct xdp_sample_stats) / sizeof(__u64) };
	__u64 *per_cpu, *sums = (__u64 *)&reading->samples;
	__u32 key = 0;
	int err, i;

	per_cpu = calloc(cpus, sizeof(struct xdp_sample_stats));
	if (!per_cpu)
		return -ENOMEM;
	err = bpf_map_lookup_elem(instance->samples, &key, per_cpu);
	for (i = 0; !err && i < cpus * MEMBERS; i++)
		sums[i % MEMBERS] += per_cpu[i];
	reading->samples.scratch = 0;
	free(per_cpu);
	return err;
}

static unsigned int log2_of(__u32 value)
{
	return value ? 31 - __builtin_clz(value) : 0;
}

static int read_reuse(const struct xdp_instance *instance,
		      struct xdp_reading *reading)
{
	struct xdp_reuse_record *entries;
	int err, i;

	for (i = 0; i < XDP_REUSE_BUCKETS; i++)
		reading->reuse[i] = reading->samples.reuse_ended[i];
	entries = calloc(XDP_REUSE_PAGES, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	err = read_table(instance->reuse, XDP_REUSE_PAGES, sizeof(*entries),
			 entries);
	for (i = 0; !err && i < XDP_REUSE_PAGES; i++) {
		if (!entries[i].page || !entries[i].count)
			continue;
		reading->reuse[log2_of(entries[i].count)]++;
		if (entries[i].count > reading->reuse_max)
			reading->reuse_max = entries[i].count;
	}
	free(entries);
	return err;
}

int xdp_read(const struct xdp_instance *instance,
	     const struct xdp_places *places, struct xdp_reading *reading)
{
	int cpus = libbpf_num_possible_cpus(), err;

	memset(reading, 0, sizeof(*reading));
	if (cpus < 0)
		return cpus;
	reading->sample = instance->config.sample_mask + 1;
	err = read_queues(instance, reading, cpus);
	if (!err)
		err = read_samples(instance, reading, cpus);
	if (!err)
		err = read_reuse(instance, reading);
	if (!err)
		err = add_places_of_frames(reading);
	if (!err)
		err = xdp_reading_add_places(instance, places, reading);
	if (err)
		xdp_reading_free(reading);
	return err;
}

struct xdp_totals xdp_reading_totals(const struct xdp_reading *reading)
{
	struct xdp_totals totals = {
		.multi_buffer = reading->samples.multi_buffer,
		.reuse_max = reading->reuse_max,
	};

	memcpy(totals.packets, reading->packets, sizeof(totals.packets));
	memcpy(totals.bytes, reading->bytes, sizeof(totals.bytes));
	return totals;
}

void xdp_reading_free(struct xdp_reading *reading)
{
	free(reading->places);
	free(reading->queues);
	memset(reading, 0, sizeof(*reading));
}
