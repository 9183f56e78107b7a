// SPDX-License-Identifier: GPL-2.0
/*
 * The object may have been loaded by anybody; it is known by its programs' and
 * maps' names and by the size of their values.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/private.h"
#include "user/kernel/xdp_find.h"
#include "user/util/util.h"

#define PROGRAM_MAPS 16 /* more than ours use */

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
	    name_ends(info->name, RODATA_SUFFIX) &&
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
	memcpy(programs->tag, info->tag, sizeof(programs->tag));
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

uint64_t xdp_programs_fingerprint(void)
{
	uint64_t fingerprint = 14695981039346656037ULL; /* FNV-1a */
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		fingerprint = (fingerprint ^ id) * 1099511628211ULL;
	return fingerprint;
}

static int find_new(xdp_known known, void *data, struct xdp_instance **list,
		    size_t *count)
{
	__u32 id = 0;
	int err, fd;

	for (;;) {
		err = bpf_prog_get_next_id(id, &id);
		if (err == -ENOENT)
			return 0;
		if (err)
			return err;
		if (known(data, id))
			continue;
		fd = bpf_prog_get_fd_by_id(id);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		err = find_in_program(fd, list, count);
		close(fd);
		if (err)
			return err;
	}
}

int xdp_find(xdp_known known, void *data, struct xdp_instance **list,
	     size_t *count)
{
	int err;

	*list = NULL;
	*count = 0;
	err = find_new(known, data, list, count);
	if (!err)
		return 0;
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
