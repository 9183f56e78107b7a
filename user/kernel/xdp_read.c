// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/kernel/xdp_attach.h"
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
static struct xdp_place *find_place(struct xdp_reading *reading, __u32 ifindex,
				    __u32 netns)
{
	size_t i;

	for (i = 0; i < reading->place_count; i++) {
		if (reading->places[i].ifindex == ifindex &&
		    (!netns || reading->places[i].netns == netns))
			return &reading->places[i];
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
	struct xdp_place place = {};
	struct xdp_rxq_record *rxq;
	size_t i;
	int err;

	for (i = 0; i < reading->queue_count; i++) {
		rxq = &reading->queues[i].rxq;
		if (!rxq->ifindex ||
		    find_place(reading, rxq->ifindex, rxq->netns))
			continue;
		place.ifindex = rxq->ifindex;
		place.netns = rxq->netns;
		memcpy(place.device, rxq->device, NAME_LEN);
		err = add_place(reading, &place);
		if (err)
			return err;
	}
	return 0;
}

static int add_places_of_namespace(const struct xdp_instance *instance,
				   struct xdp_reading *reading)
{
	struct if_nameindex *devices, *device;
	struct xdp_place place = {}, *known;
	struct stat ns;
	int err = 0;

	if (stat("/proc/self/ns/net", &ns))
		return 0;
	devices = if_nameindex();
	if (!devices)
		return 0;
	for (device = devices; !err && device->if_index; device++) {
		if (!has_program(instance,
				 xdp_attached_program(device->if_index)))
			continue;
		known = find_place(reading, device->if_index, ns.st_ino);
		if (known) {
			known->attached = true;
			continue;
		}
		place.ifindex = device->if_index;
		place.netns = ns.st_ino;
		place.attached = true;
		snprintf(place.device, NAME_LEN, "%s", device->if_name);
		err = add_place(reading, &place);
	}
	if_freenameindex(devices);
	return err;
}

/* A bpf_link has a device's index, but not in which net namespace. */
static int add_places_of_links(const struct xdp_instance *instance,
			       struct xdp_reading *reading)
{
	struct xdp_place place = { .attached = true }, *known;
	struct bpf_link_info info;
	__u32 id = 0, len;
	int err, fd;

	while (!bpf_link_get_next_id(id, &id)) {
		fd = bpf_link_get_fd_by_id(id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		err = bpf_obj_get_info_by_fd(fd, &info, &len);
		close(fd);
		if (err || info.type != BPF_LINK_TYPE_XDP ||
		    !info.xdp.ifindex || !has_program(instance, info.prog_id))
			continue;
		known = find_place(reading, info.xdp.ifindex, 0);
		if (known) {
			known->attached = true;
			continue;
		}
		place.ifindex = info.xdp.ifindex;
		err = add_place(reading, &place);
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

static int read_queues(const struct xdp_instance *instance,
		       struct xdp_reading *reading, int cpus)
{
	__u32 queues = instance->config.queues, key;
	struct xdp_queue_stats *per_cpu;
	struct xdp_queue_reading *queue;
	int cpu, err = 0;

	per_cpu = calloc(cpus, sizeof(*per_cpu));
	reading->queues = calloc(queues, sizeof(*reading->queues));
	if (!per_cpu || !reading->queues) {
		err = -ENOMEM;
		goto free_values;
	}
	for (key = 0; key < queues; key++) {
		err = bpf_map_lookup_elem(instance->stats, &key, per_cpu);
		if (err)
			break;
		queue = &reading->queues[reading->queue_count];
		memset(queue, 0, sizeof(*queue));
		queue->queue = key;
		for (cpu = 0; cpu < cpus; cpu++)
			sum_verdicts(queue, &per_cpu[cpu]);
		if (!queue_was_used(queue))
			continue;
		err = bpf_map_lookup_elem(instance->rxq, &key, &queue->rxq);
		if (err)
			break;
		queue->rxq.device[NAME_LEN - 1] = '\0';
		sum_queue(reading, queue);
		reading->queue_count++;
	}
free_values:
	free(per_cpu);
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
	struct xdp_reuse_record entry;
	__u32 key;
	int err, i;

	for (i = 0; i < XDP_REUSE_BUCKETS; i++)
		reading->reuse[i] = reading->samples.reuse_ended[i];
	for (key = 0; key < XDP_REUSE_PAGES; key++) {
		err = bpf_map_lookup_elem(instance->reuse, &key, &entry);
		if (err)
			return err;
		if (!entry.page || !entry.count)
			continue;
		reading->reuse[log2_of(entry.count)]++;
		if (entry.count > reading->reuse_max)
			reading->reuse_max = entry.count;
	}
	return 0;
}

int xdp_read(const struct xdp_instance *instance, struct xdp_reading *reading)
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
		err = add_places_of_namespace(instance, reading);
	if (!err)
		err = add_places_of_links(instance, reading);
	if (err)
		xdp_reading_free(reading);
	return err;
}

void xdp_reading_free(struct xdp_reading *reading)
{
	free(reading->places);
	free(reading->queues);
	memset(reading, 0, sizeof(*reading));
}
