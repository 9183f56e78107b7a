// SPDX-License-Identifier: GPL-2.0
/*
 * XDP statistics: find, read, inspect and attach xdp_netmem_stats.bpf.o. The
 * object may have been loaded by anybody; it is known by its programs' and
 * maps' names and by the size of their values.
 */
#include "user/kernel/xdp.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM_PREFIX "netmem_"
#define FRAGS_SUFFIX "_frags"
#define RODATA_SUFFIX ".rodata"
#define PROGRAM_MAPS 16 /* more than ours use */

/* Queues of an instance of our own: memory for them is 344 bytes each and CPU. */
#define ATTACH_QUEUES 128
#define CPUMAP_QUEUE 512

/* Frames above this size may not fit into one page with what XDP needs there. */
#define XDP_HEADROOM 256
#define XDP_TAILROOM 320

/* ---- actions ---- */

static const char *const action_names[XDP_ACTIONS] = {
	[XDP_ABORTED] = "aborted",   [XDP_DROP] = "drop",
	[XDP_PASS] = "pass",	     [XDP_TX] = "tx",
	[XDP_REDIRECT] = "redirect",
};

const char *xdp_action_name(int action)
{
	if (action < 0 || action >= XDP_ACTIONS)
		return "unknown";
	return action_names[action];
}

const char *xdp_memory_type_name(__u32 type)
{
	static const char *const names[] = { "page_shared", "page_order0",
					     "page_pool", "xsk_buff_pool" };

	return type < sizeof(names) / sizeof(names[0]) ? names[type] :
							 "unknown";
}

static int parse_cpu(const char *text, __u32 *cpu)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end)
		return -EINVAL;
	if (cpus < 0)
		return cpus;
	if (value >= (unsigned long)cpus)
		return -ERANGE;
	*cpu = value;
	return 0;
}

int xdp_parse_target(const char *text, struct xdp_target *target)
{
	static const char to_device[] = "redirect:", to_cpu[] = "cpu:";
	int action;

	memset(target, 0, sizeof(*target));
	if (!strncmp(text, to_device, strlen(to_device))) {
		target->action = XDP_REDIRECT;
		target->device = if_nametoindex(text + strlen(to_device));
		return target->device ? 0 : -ENODEV;
	}
	if (!strncmp(text, to_cpu, strlen(to_cpu))) {
		target->action = XDP_REDIRECT;
		target->to_cpu = true;
		return parse_cpu(text + strlen(to_cpu), &target->cpu);
	}
	for (action = 0; action < XDP_REDIRECT; action++) {
		if (!strcmp(text, action_names[action])) {
			target->action = action;
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- find ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void instance_clear(struct xdp_instance *instance)
{
	close_fd(&instance->stats);
	close_fd(&instance->samples);
	close_fd(&instance->rxq);
	close_fd(&instance->reuse);
	close_fd(&instance->inspect);
	close_fd(&instance->inspect_frags);
	free(instance->programs);
	instance->programs = NULL;
}

/* The kernel keeps 15 characters of a program's name, its BTF all of them. */
static void read_whole_name(int fd, const struct bpf_prog_info *known,
			    char *name)
{
	struct bpf_func_info function = {};
	struct bpf_prog_info info = {};
	const struct btf_type *type;
	__u32 len = sizeof(info);
	struct btf *btf;

	snprintf(name, XDP_PROGRAM_NAME, "%s", known->name);
	if (!known->btf_id || !known->nr_func_info ||
	    known->func_info_rec_size != sizeof(function))
		return;
	info.nr_func_info = 1;
	info.func_info_rec_size = sizeof(function);
	info.func_info = (unsigned long)&function;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	btf = btf__load_from_kernel_by_id(known->btf_id);
	if (!btf)
		return;
	type = btf__type_by_id(btf, function.type_id);
	if (type)
		snprintf(name, XDP_PROGRAM_NAME, "%s",
			 btf__name_by_offset(btf, type->name_off));
	btf__free(btf);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

static int read_config(int fd, struct xdp_instance *instance)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(fd, &key, &instance->config);
}

/* Takes @fd over where the map is one that we know. */
static int instance_take_map(struct xdp_instance *instance, int fd,
			     const struct bpf_map_info *info)
{
	const struct {
		const char *name;
		__u32 type, value_size;
		int *fd;
	} maps[] = {
		{ "netmem_stats", BPF_MAP_TYPE_PERCPU_ARRAY,
		  sizeof(struct xdp_queue_stats), &instance->stats },
		{ "netmem_samples", BPF_MAP_TYPE_PERCPU_ARRAY,
		  sizeof(struct xdp_sample_stats), &instance->samples },
		{ "netmem_rxq", BPF_MAP_TYPE_ARRAY,
		  sizeof(struct xdp_rxq_record), &instance->rxq },
		{ "netmem_reuse", BPF_MAP_TYPE_ARRAY,
		  sizeof(struct xdp_reuse_record), &instance->reuse },
		{ "netmem_inspect", BPF_MAP_TYPE_PROG_ARRAY, sizeof(__u32),
		  &instance->inspect },
		{ "netmem_insp_frg", BPF_MAP_TYPE_PROG_ARRAY, sizeof(__u32),
		  &instance->inspect_frags },
	};
	size_t i;

	if (info->type == BPF_MAP_TYPE_ARRAY &&
	    ends_with(info->name, RODATA_SUFFIX) &&
	    info->value_size == sizeof(instance->config))
		return read_config(fd, instance);
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		if (strcmp(info->name, maps[i].name) ||
		    info->type != maps[i].type ||
		    info->value_size != maps[i].value_size || *maps[i].fd >= 0)
			continue;
		*maps[i].fd = fd;
		if (maps[i].fd == &instance->stats)
			instance->id = info->id;
		return 1;
	}
	return 0;
}

/* Opens the maps of one program. An instance is one with all four tables. */
static int instance_open(struct xdp_instance *instance, const __u32 *map_ids,
			 __u32 count)
{
	struct bpf_map_info info;
	__u32 i, len;
	int err, fd;

	memset(instance, 0, sizeof(*instance));
	instance->stats = instance->samples = instance->rxq = -1;
	instance->reuse = instance->inspect = instance->inspect_frags = -1;
	for (i = 0; i < count; i++) {
		fd = bpf_map_get_fd_by_id(map_ids[i]);
		if (fd < 0) {
			err = fd;
			goto clear;
		}
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		err = bpf_obj_get_info_by_fd(fd, &info, &len);
		if (!err)
			err = instance_take_map(instance, fd, &info);
		if (err <= 0)
			close(fd);
		if (err < 0)
			goto clear;
	}
	if (instance->stats >= 0 && instance->samples >= 0 &&
	    instance->rxq >= 0 && instance->reuse >= 0 &&
	    instance->config.queues)
		return 0;
	err = -ENOENT;
clear:
	instance_clear(instance);
	return err;
}

static int instance_add_program(struct xdp_instance *instance, int fd,
				const struct bpf_prog_info *info)
{
	struct xdp_program *programs;

	programs = realloc(instance->programs,
			   (instance->program_count + 1) * sizeof(*programs));
	if (!programs)
		return -ENOMEM;
	instance->programs = programs;
	programs += instance->program_count++;
	programs->id = info->id;
	read_whole_name(fd, info, programs->name);
	return 0;
}

static void take_fd(int *to, int *from)
{
	if (*to < 0) {
		*to = *from;
		*from = -1;
	}
}

/* Programs loaded together share their maps: one instance. */
static struct xdp_instance *add_instance(struct xdp_instance **list,
					 size_t *count,
					 struct xdp_instance *found)
{
	struct xdp_instance *grown;
	size_t i;

	for (i = 0; i < *count; i++) {
		grown = &(*list)[i];
		if (grown->id != found->id)
			continue;
		take_fd(&grown->inspect, &found->inspect);
		take_fd(&grown->inspect_frags, &found->inspect_frags);
		instance_clear(found);
		return grown;
	}
	grown = realloc(*list, (*count + 1) * sizeof(**list));
	if (!grown) {
		instance_clear(found);
		return NULL;
	}
	*list = grown;
	grown += (*count)++;
	*grown = *found;
	return grown;
}

static int find_in_program(int fd, struct xdp_instance **list, size_t *count)
{
	struct xdp_instance found, *instance;
	struct bpf_prog_info info = {};
	__u32 map_ids[PROGRAM_MAPS];
	__u32 len = sizeof(info);
	int err;

	info.nr_map_ids = PROGRAM_MAPS;
	info.map_ids = (unsigned long)map_ids;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (err)
		return err;
	if (info.type != BPF_PROG_TYPE_XDP || info.nr_map_ids > PROGRAM_MAPS ||
	    strncmp(info.name, PROGRAM_PREFIX, strlen(PROGRAM_PREFIX)))
		return 0;
	err = instance_open(&found, map_ids, info.nr_map_ids);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	instance = add_instance(list, count, &found);
	if (!instance)
		return -ENOMEM;
	return instance_add_program(instance, fd, &info);
}

uint64_t xdp_programs_mark(void)
{
	uint64_t mark = 14695981039346656037ULL; /* FNV-1a */
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		mark = (mark ^ id) * 1099511628211ULL;
	return mark;
}

int xdp_find(struct xdp_instance **list, size_t *count)
{
	__u32 id = 0;
	int err, fd;

	*list = NULL;
	*count = 0;
	for (;;) {
		err = bpf_prog_get_next_id(id, &id);
		if (err == -ENOENT)
			return 0;
		if (err)
			break;
		fd = bpf_prog_get_fd_by_id(id);
		if (fd == -ENOENT)
			continue;
		if (fd < 0) {
			err = fd;
			break;
		}
		err = find_in_program(fd, list, count);
		close(fd);
		if (err)
			break;
	}
	xdp_instances_free(*list, *count);
	*list = NULL;
	*count = 0;
	return err;
}

void xdp_instances_free(struct xdp_instance *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		xdp_clear_inspectors(&list[i]);
		instance_clear(&list[i]);
	}
	free(list);
}

/* ---- inspectors ---- */

static int slots_are_empty(int map, const int fds[XDP_ACTIONS])
{
	__u32 action, id;
	int err;

	for (action = 0; map >= 0 && action < XDP_ACTIONS; action++) {
		if (fds[action] < 0)
			continue;
		err = bpf_map_lookup_elem(map, &action, &id);
		if (!err)
			return -EEXIST;
		if (err != -ENOENT)
			return err;
	}
	return 0;
}

static int fill_slots(int map, const int fds[XDP_ACTIONS], __u32 *armed)
{
	__u32 action;
	int err;

	for (action = 0; map >= 0 && action < XDP_ACTIONS; action++) {
		if (fds[action] < 0)
			continue;
		err = bpf_map_update_elem(map, &action, &fds[action], BPF_ANY);
		if (err)
			return err;
		*armed |= 1U << action;
	}
	return 0;
}

static void clear_slots(int map, __u32 *armed)
{
	__u32 action;

	for (action = 0; map >= 0 && action < XDP_ACTIONS; action++) {
		if (*armed & 1U << action)
			bpf_map_delete_elem(map, &action);
	}
	*armed = 0;
}

int xdp_set_inspectors(struct xdp_instance *instance,
		       const int fds[XDP_ACTIONS],
		       const int frags_fds[XDP_ACTIONS])
{
	int err;

	err = slots_are_empty(instance->inspect, fds);
	if (!err)
		err = slots_are_empty(instance->inspect_frags, frags_fds);
	if (err)
		return err;
	err = fill_slots(instance->inspect, fds, &instance->armed);
	if (!err)
		err = fill_slots(instance->inspect_frags, frags_fds,
				 &instance->armed_frags);
	if (err)
		xdp_clear_inspectors(instance);
	return err;
}

void xdp_clear_inspectors(struct xdp_instance *instance)
{
	clear_slots(instance->inspect, &instance->armed);
	clear_slots(instance->inspect_frags, &instance->armed_frags);
}

/* ---- read ---- */

static int add_place(struct xdp_facts *facts, const struct xdp_place *place)
{
	struct xdp_place *places;

	places = realloc(facts->places,
			 (facts->place_count + 1) * sizeof(*places));
	if (!places)
		return -ENOMEM;
	facts->places = places;
	places[facts->place_count++] = *place;
	return 0;
}

/* netns 0: of any namespace. */
static struct xdp_place *find_place(struct xdp_facts *facts, __u32 ifindex,
				    __u32 netns)
{
	size_t i;

	for (i = 0; i < facts->place_count; i++) {
		if (facts->places[i].ifindex == ifindex &&
		    (!netns || facts->places[i].netns == netns))
			return &facts->places[i];
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

static int add_places_of_frames(struct xdp_facts *facts)
{
	struct xdp_place place = {};
	struct xdp_rxq_record *rxq;
	size_t i;
	int err;

	for (i = 0; i < facts->queue_count; i++) {
		rxq = &facts->queues[i].rxq;
		if (!rxq->ifindex ||
		    find_place(facts, rxq->ifindex, rxq->netns))
			continue;
		place.ifindex = rxq->ifindex;
		place.netns = rxq->netns;
		memcpy(place.device, rxq->device, NAME_LEN);
		err = add_place(facts, &place);
		if (err)
			return err;
	}
	return 0;
}

static int add_places_of_namespace(const struct xdp_instance *instance,
				   struct xdp_facts *facts)
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
		known = find_place(facts, device->if_index, ns.st_ino);
		if (known) {
			known->attached = true;
			continue;
		}
		place.ifindex = device->if_index;
		place.netns = ns.st_ino;
		place.attached = true;
		snprintf(place.device, NAME_LEN, "%s", device->if_name);
		err = add_place(facts, &place);
	}
	if_freenameindex(devices);
	return err;
}

/* A bpf_link tells a device's index, but not in which net namespace. */
static int add_places_of_links(const struct xdp_instance *instance,
			       struct xdp_facts *facts)
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
		known = find_place(facts, info.xdp.ifindex, 0);
		if (known) {
			known->attached = true;
			continue;
		}
		place.ifindex = info.xdp.ifindex;
		err = add_place(facts, &place);
		if (err)
			return err;
	}
	return 0;
}

static void sum_verdicts(struct xdp_queue_facts *facts,
			 struct xdp_queue_stats *stats)
{
	struct xdp_verdict_stats *verdict;
	int i;

	for (i = 0; i < XDP_ACTIONS; i++) {
		verdict = xdp_verdict(stats, i);
		facts->packets[i] += verdict->packets;
		facts->bytes[i] += verdict->bytes;
	}
	for (i = 0; i < XDP_SIZE_BUCKETS; i++)
		facts->sizes[i] += stats->sizes[i];
}

static bool queue_was_used(const struct xdp_queue_facts *queue)
{
	int i;

	for (i = 0; i < XDP_ACTIONS; i++) {
		if (queue->packets[i])
			return true;
	}
	return false;
}

static void sum_queue(struct xdp_facts *facts,
		      const struct xdp_queue_facts *queue)
{
	int i;

	for (i = 0; i < XDP_ACTIONS; i++) {
		facts->packets[i] += queue->packets[i];
		facts->bytes[i] += queue->bytes[i];
	}
	for (i = 0; i < XDP_SIZE_BUCKETS; i++)
		facts->sizes[i] += queue->sizes[i];
}

static int read_queues(const struct xdp_instance *instance,
		       struct xdp_facts *facts, int cpus)
{
	__u32 queues = instance->config.queues, key;
	struct xdp_queue_stats *per_cpu;
	struct xdp_queue_facts *queue;
	int cpu, err = 0;

	per_cpu = calloc(cpus, sizeof(*per_cpu));
	facts->queues = calloc(queues, sizeof(*facts->queues));
	if (!per_cpu || !facts->queues) {
		err = -ENOMEM;
		goto free_values;
	}
	for (key = 0; key < queues; key++) {
		err = bpf_map_lookup_elem(instance->stats, &key, per_cpu);
		if (err)
			break;
		queue = &facts->queues[facts->queue_count];
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
		sum_queue(facts, queue);
		facts->queue_count++;
	}
free_values:
	free(per_cpu);
	return err;
}

/* All members of a sample's record are sums. */
static int read_samples(const struct xdp_instance *instance,
			struct xdp_facts *facts, int cpus)
{
	enum { MEMBERS = sizeof(struct xdp_sample_stats) / sizeof(__u64) };
	__u64 *per_cpu, *sums = (__u64 *)&facts->samples;
	__u32 key = 0;
	int err, i;

	per_cpu = calloc(cpus, sizeof(struct xdp_sample_stats));
	if (!per_cpu)
		return -ENOMEM;
	err = bpf_map_lookup_elem(instance->samples, &key, per_cpu);
	for (i = 0; !err && i < cpus * MEMBERS; i++)
		sums[i % MEMBERS] += per_cpu[i];
	facts->samples.scratch = 0;
	free(per_cpu);
	return err;
}

static unsigned int log2_of(__u32 value)
{
	return value ? 31 - __builtin_clz(value) : 0;
}

static int read_reuse(const struct xdp_instance *instance,
		      struct xdp_facts *facts)
{
	struct xdp_reuse_record entry;
	__u32 key;
	int err, i;

	for (i = 0; i < XDP_REUSE_BUCKETS; i++)
		facts->reuse[i] = facts->samples.reuse_ended[i];
	for (key = 0; key < XDP_REUSE_PAGES; key++) {
		err = bpf_map_lookup_elem(instance->reuse, &key, &entry);
		if (err)
			return err;
		if (!entry.page || !entry.count)
			continue;
		facts->reuse[log2_of(entry.count)]++;
		if (entry.count > facts->reuse_max)
			facts->reuse_max = entry.count;
	}
	return 0;
}

int xdp_read(const struct xdp_instance *instance, struct xdp_facts *facts)
{
	int cpus = libbpf_num_possible_cpus(), err;

	memset(facts, 0, sizeof(*facts));
	if (cpus < 0)
		return cpus;
	facts->sample = instance->config.sample_mask + 1;
	err = read_queues(instance, facts, cpus);
	if (!err)
		err = read_samples(instance, facts, cpus);
	if (!err)
		err = read_reuse(instance, facts);
	if (!err)
		err = add_places_of_frames(facts);
	if (!err)
		err = add_places_of_namespace(instance, facts);
	if (!err)
		err = add_places_of_links(instance, facts);
	if (err)
		xdp_facts_free(facts);
	return err;
}

void xdp_facts_free(struct xdp_facts *facts)
{
	free(facts->places);
	free(facts->queues);
	memset(facts, 0, sizeof(*facts));
}

/* ---- attach ---- */

struct xdp_attachment {
	struct bpf_object *object;
	int link;
	int ifindex;
	int replaced; /* fd of the program that was there; -1: none */
	__u32 replaced_mode; /* XDP_FLAGS_* that it was attached with */
};

__u32 xdp_attached_program(int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query(ifindex, 0, &query))
		return 0;
	if (query.drv_prog_id)
		return query.drv_prog_id;
	if (query.hw_prog_id)
		return query.hw_prog_id;
	return query.skb_prog_id ? query.skb_prog_id : query.prog_id;
}

static int device_mtu(int ifindex)
{
	struct ifreq request = {};
	int err = 0, fd;

	if (!if_indextoname(ifindex, request.ifr_name))
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFMTU, &request))
		err = -errno;
	close(fd);
	return err ? err : request.ifr_mtu;
}

static void choose_program(const struct xdp_target *target, bool frags,
			   char *name)
{
	snprintf(name, XDP_PROGRAM_NAME, PROGRAM_PREFIX "%s%s%s",
		 xdp_action_name(target->action), target->to_cpu ? "_cpu" : "",
		 frags ? FRAGS_SUFFIX : "");
}

static int configure(struct bpf_object *object,
		     const struct xdp_attach_options *options)
{
	struct bpf_map *rodata, *stats, *rxq, *cpumap, *cpumap_frags;
	struct xdp_config config = {
		.sample_mask =
			(options->sample ? options->sample : XDP_SAMPLE) - 1,
		.queues = ATTACH_QUEUES,
		.cpu = options->target.cpu,
	};
	int err;

	rodata = bpf_object__find_map_by_name(object, RODATA_SUFFIX);
	stats = bpf_object__find_map_by_name(object, "netmem_stats");
	rxq = bpf_object__find_map_by_name(object, "netmem_rxq");
	cpumap = bpf_object__find_map_by_name(object, "netmem_cpumap");
	cpumap_frags = bpf_object__find_map_by_name(object, "netmem_cpu_frg");
	if (!rodata || !stats || !rxq || !cpumap || !cpumap_frags)
		return -EINVAL;
	err = bpf_map__set_initial_value(rodata, &config, sizeof(config));
	if (!err)
		err = bpf_map__set_max_entries(stats, ATTACH_QUEUES);
	if (!err)
		err = bpf_map__set_max_entries(rxq, ATTACH_QUEUES);
	if (!err)
		err = bpf_map__set_max_entries(cpumap, options->target.cpu + 1);
	if (!err)
		err = bpf_map__set_max_entries(cpumap_frags,
					       options->target.cpu + 1);
	return err;
}

/* Before the program sees a frame: without a target, redirect aborts. */
static int set_redirect_target(struct bpf_object *object,
			       const struct xdp_target *target, bool frags)
{
	__u32 key = target->to_cpu ? target->cpu : 0;
	__u32 value = target->to_cpu ? CPUMAP_QUEUE : target->device;
	const char *map;
	int fd;

	if (target->action != XDP_REDIRECT)
		return 0;
	if (target->to_cpu)
		map = frags ? "netmem_cpu_frg" : "netmem_cpumap";
	else
		map = frags ? "netmem_dev_frg" : "netmem_devmap";
	fd = bpf_object__find_map_fd_by_name(object, map);
	return fd < 0 ? fd : bpf_map_update_elem(fd, &key, &value, BPF_ANY);
}

/* Opens the object for one of its programs; libbpf's own errors are EINVAL. */
static int open_object(const struct xdp_attach_options *options,
		       const char *name, struct bpf_object **opened)
{
	struct bpf_object *object;
	struct bpf_program *program;
	int err;

	object = bpf_object__open_file(options->object, NULL);
	if (!object)
		return errno < __LIBBPF_ERRNO__START ? -errno : -EINVAL;
	err = bpf_object__find_program_by_name(object, name) ? 0 : -EINVAL;
	bpf_object__for_each_program (program, object)
		bpf_program__set_autoload(
			program, !strcmp(bpf_program__name(program), name));
	if (!err)
		err = configure(object, options);
	if (err) {
		bpf_object__close(object);
		return err;
	}
	*opened = object;
	return 0;
}

static int load(const struct xdp_attach_options *options, const char *name,
		bool frags, struct bpf_object **loaded)
{
	struct bpf_object *object;
	int err;

	err = open_object(options, name, &object);
	if (err)
		return err;
	err = bpf_object__load(object);
	if (!err)
		err = set_redirect_target(object, &options->target, frags);
	if (err) {
		bpf_object__close(object);
		return err;
	}
	*loaded = object;
	return 0;
}

/* Whether the file is our object at all: before a device is touched. */
static int check_object(const struct xdp_attach_options *options)
{
	struct bpf_object *object;
	char name[XDP_PROGRAM_NAME];
	int err;

	choose_program(&options->target, false, name);
	err = open_object(options, name, &object);
	if (!err)
		bpf_object__close(object);
	return err;
}

/* A link never takes the place of a program: the kernel says EBUSY or EEXIST. */
static int try_attach(struct xdp_attachment *attachment,
		      const struct xdp_attach_options *options, bool frags,
		      bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, link,
		    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	struct bpf_object *object = NULL;
	char name[XDP_PROGRAM_NAME];
	int err, fd;

	choose_program(&options->target, frags, name);
	err = load(options, name, frags, &object);
	if (err)
		return err;
	fd = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	attachment->link =
		bpf_link_create(fd, options->ifindex, BPF_XDP, &link);
	if (attachment->link < 0) {
		bpf_object__close(object);
		return attachment->link == -EEXIST ? -EBUSY : attachment->link;
	}
	attachment->object = object;
	return 0;
}

/* Errors after which no other program or mode does better. */
static bool is_final(int err)
{
	return err == -EBUSY || err == -EPERM || err == -ENODEV ||
	       err == -ENOENT || err == -ENOMEM;
}

/*
 * Drivers refuse with many an errno, so all that could do is tried in order:
 * native before generic, and by MTU the plain program or that for fragments
 * first (a veth judges by its peer's MTU, which is not ours). Of all errors
 * the first one tells most.
 */
static int attach_best(struct xdp_attachment *attachment,
		       const struct xdp_attach_options *options, bool frags)
{
	int err, first = 0, i;

	for (i = 0; i < 4; i++) {
		err = try_attach(attachment, options, (i & 1) ? !frags : frags,
				 i >= 2);
		if (!err || is_final(err))
			return err;
		if (!first)
			first = err;
	}
	return first;
}

static void put_back(struct xdp_attachment *attachment)
{
	if (attachment->replaced < 0)
		return;
	bpf_xdp_attach(attachment->ifindex, attachment->replaced,
		       attachment->replaced_mode | XDP_FLAGS_UPDATE_IF_NOEXIST,
		       NULL);
	close_fd(&attachment->replaced);
}

/* Takes off the program that is there, if we may, and keeps it for later. */
static int make_room(struct xdp_attachment *attachment, bool replace)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	LIBBPF_OPTS(bpf_xdp_attach_opts, old);
	int err;

	err = bpf_xdp_query(attachment->ifindex, 0, &query);
	if (err)
		return err;
	if (query.attach_mode == XDP_ATTACHED_NONE)
		return 0;
	if (!replace || (query.attach_mode != XDP_ATTACHED_DRV &&
			 query.attach_mode != XDP_ATTACHED_SKB))
		return -EBUSY;
	attachment->replaced_mode = query.attach_mode == XDP_ATTACHED_DRV ?
					    XDP_FLAGS_DRV_MODE :
					    XDP_FLAGS_SKB_MODE;
	attachment->replaced = bpf_prog_get_fd_by_id(query.prog_id);
	if (attachment->replaced < 0)
		return -EBUSY;
	old.old_prog_fd = attachment->replaced;
	err = bpf_xdp_detach(attachment->ifindex, attachment->replaced_mode,
			     &old);
	if (err) {
		close_fd(&attachment->replaced);
		return err == -EEXIST ? -EBUSY : err;
	}
	return 0;
}

static bool options_are_valid(const struct xdp_attach_options *options)
{
	return options->object && options->ifindex > 0 &&
	       options->target.action >= 0 &&
	       options->target.action < XDP_ACTIONS &&
	       options->sample <= 1U << 16 &&
	       !(options->sample & (options->sample - 1));
}

struct xdp_attachment *xdp_attach(const struct xdp_attach_options *options,
				  int *err)
{
	long page = sysconf(_SC_PAGESIZE);
	struct xdp_attachment *attachment;
	int mtu;

	*err = options_are_valid(options) ? 0 : -EINVAL;
	if (*err)
		return NULL;
	mtu = device_mtu(options->ifindex);
	*err = mtu < 0 ? mtu : check_object(options);
	if (*err)
		return NULL;
	*err = -ENOMEM;
	attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return NULL;
	attachment->ifindex = options->ifindex;
	attachment->link = attachment->replaced = -1;
	*err = make_room(attachment, options->replace);
	if (*err)
		goto free_attachment;
	*err = attach_best(attachment, options,
			   mtu + ETH_HLEN + XDP_HEADROOM + XDP_TAILROOM > page);
	if (!*err)
		return attachment;
	put_back(attachment);
free_attachment:
	free(attachment);
	return NULL;
}

void xdp_detach(struct xdp_attachment *attachment)
{
	if (!attachment)
		return;
	bpf_link_detach(attachment->link);
	close_fd(&attachment->link);
	bpf_object__close(attachment->object);
	put_back(attachment);
	free(attachment);
}
