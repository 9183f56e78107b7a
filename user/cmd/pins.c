// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/pin_dir.h"
#include "user/cmd/pins.h"
#include "user/kernel/demand.h"
#include "user/kernel/maps.h"
#include "user/kernel/memory.h"
#include "user/kernel/privileges.h"
#include "user/kernel/probe.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

/*
 * Pins: map names; prog_NAME; link_HOOK_WAY; inspect_ID, inspect_frags_ID; and
 * last the description, whose presence says that the others are all there.
 */
#define DESCRIPTION "description"

struct map_layout {
	uint32_t type, key_size, value_size, entries;
};

/* Its first member stays what it is in all versions. */
struct description {
	char version[64];
	uint64_t build; /* of the BPF object: all types of all maps */
	struct map_layout maps[MAP_COUNT]; /* as they were loaded */
};

int pinned_check(void)
{
	int dir, err;

	if (probe_one(CAP_BPFFS))
		return -ENODEV;
	dir = pin_dir_open(PIN_NAME);
	if (dir == -ENOENT) {
		dir = pin_dir_open(PIN_NAME_NEW);
		if (dir < 0)
			return dir;
		close(dir);
		return -ESTALE;
	}
	if (dir < 0)
		return dir;
	err = pin_exists(dir, DESCRIPTION) ? 0 : -ESTALE;
	close(dir);
	return err;
}

static uint64_t build_hash(void)
{
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */
	const unsigned char *bytes;
	size_t size, i;

	bytes = loader_object(&size);
	for (i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return hash;
}

static int read_layout(int fd, struct map_layout *layout)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (fd <= 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	layout->type = info.type;
	layout->key_size = info.key_size;
	layout->value_size = info.value_size;
	layout->entries = info.max_entries;
	return 0;
}

/* Describes the maps of @loader as this build sees them. */
static int describe(const struct loader *loader, struct description *is)
{
	int err = 0, i;

	memset(is, 0, sizeof(*is));
	snprintf(is->version, sizeof(is->version), "%s", NETMEM_VERSION);
	is->build = build_hash();
	for (i = 0; !err && i < MAP_COUNT; i++)
		err = read_layout(loader->map_fds[i], &is->maps[i]);
	return err;
}

static int pin_description(int dir, const struct loader *loader)
{
	struct description description;
	int err = describe(loader, &description), fd;
	uint32_t zero = 0;

	if (err)
		return err;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, DESCRIPTION, sizeof(zero),
			    sizeof(description), 1, NULL);
	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(fd, &zero, &description, BPF_ANY))
		err = -errno;
	else
		err = pin_object(dir, fd, "", DESCRIPTION);
	close(fd);
	return err;
}

/* Nothing may be mapped, and no program run, before this returns 0. */
static int compare_description(int dir, const struct loader *loader)
{
	struct description pinned, own;
	struct map_layout layout = {};
	uint32_t zero = 0;
	int fd, err;

	err = describe(loader, &own);
	if (err)
		return err;
	fd = pin_open(dir, "", DESCRIPTION);
	if (fd < 0)
		return fd == -ENOENT ? -ESTALE : fd;
	err = read_layout(fd, &layout);
	if (!err && (layout.type != BPF_MAP_TYPE_ARRAY ||
		     layout.key_size != sizeof(zero) ||
		     layout.value_size != sizeof(pinned)))
		err = -EPROTO;
	if (!err && bpf_map_lookup_elem(fd, &zero, &pinned))
		err = -errno;
	if (!err && memcmp(&pinned, &own, sizeof(own)))
		err = -EPROTO;
	close(fd);
	return err;
}

static void link_name(char *name, size_t size, size_t hook, int way)
{
	snprintf(name, size, "%s_%s", hooks[hook].name, attach_way_name(way));
}

static int pin_links(int dir, struct loader *loader)
{
	char name[128];
	int err = 0;
	size_t i;

	for (i = 0; !err && i < hook_count; i++) {
		if (!loader->links[i])
			continue;
		link_name(name, sizeof(name), i, loader->hooks[i].way);
		err = pin_object(dir, bpf_link__fd(loader->links[i]), "link_",
				 name);
	}
	return err;
}

static int pin_all(int dir, struct loader *loader)
{
	int err = pin_links(dir, loader);
	int i;

	for (i = 0; !err && i < DEMAND_COUNT; i++)
		err = pin_object(dir, loader->demand_fds[i], "prog_",
				 loader_demand_name(i));
	for (i = 0; !err && i < MAP_COUNT; i++)
		err = pin_object(dir, loader->map_fds[i], "",
				 loader_map_name(i));
	return err;
}

/*
 * An inspector array is emptied when the last user-space reference goes; a
 * pin is such a reference.
 */
static int keep_inspectors(int dir, const struct xdp_instance *instance)
{
	char id[16];
	int err = 0;

	snprintf(id, sizeof(id), "%u", instance->id);
	if (instance->armed)
		err = pin_object(dir, instance->inspect, "inspect_", id);
	if (!err && instance->armed_frags)
		err = pin_object(dir, instance->inspect_frags, "inspect_frags_",
				 id);
	return err;
}

int pinned_create(struct live *live)
{
	int dir = pin_dir_make(PIN_NAME_NEW);
	int err = dir < 0 ? dir : 0;
	size_t i;

	if (err)
		return err;
	err = pin_all(dir, &live->loader);
	for (i = 0; !err && i < live->xdp_count; i++)
		err = keep_inspectors(dir, &live->xdp[i].instance);
	if (!err)
		err = pin_description(dir, &live->loader);
	if (!err && rename(PIN_ROOT "/" PIN_NAME_NEW, PIN_DIRECTORY))
		err = -errno;
	close(dir);
	if (err)
		pin_dir_remove(PIN_NAME_NEW);
	return err;
}

static int map_id(int fd, uint32_t *id)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	*id = info.id;
	return 0;
}

int pinned_compare(const struct loader *loader)
{
	int err = pinned_check(), dir, fd = -1;
	uint32_t own = 0, pinned = 0;

	if (err)
		return err;
	dir = pin_dir_open(PIN_NAME);
	if (dir < 0)
		return dir;
	fd = pin_open(dir, "", loader_map_name(MAP_BSS));
	close(dir);
	if (fd < 0)
		return fd;
	err = map_id(fd, &pinned);
	close(fd);
	if (!err)
		err = map_id(loader->map_fds[MAP_BSS], &own);
	return err ?: (own == pinned ? 0 : -ESTALE);
}

int pinned_remove(void)
{
	int err = pin_dir_remove(PIN_NAME);
	int other = pin_dir_remove(PIN_NAME_NEW);

	return err ? err : other;
}

/*
 * The configuration that the pinned programs were loaded with. The description
 * was compared: the pinned map is this build's.
 */
static int read_configuration(struct loader *loader)
{
	struct netmem_bpf__rodata *rodata;
	struct map_layout layout = {};
	uint32_t zero = 0;
	int err = read_layout(loader->map_fds[MAP_RODATA], &layout);

	if (err)
		return err;
	rodata = malloc(layout.value_size);
	if (!rodata)
		return -ENOMEM;
	if (bpf_map_lookup_elem(loader->map_fds[MAP_RODATA], &zero, rodata)) {
		err = -errno;
	} else {
		loader->sparse = rodata->shadow_sparse;
		loader->frame_first = rodata->frame_first;
		loader->frame_count = rodata->frame_count;
		loader->shadow_bytes = rodata->frame_count * sizeof(uint64_t);
		loader->function = rodata->following;
		loader->flow_cpus = rodata->flow_cpus;
		loader->sees_put_ends = rodata->see_put_ends;
		if (loader->function && !loader->sparse)
			loader->shadow_bytes +=
				rodata->frame_count * sizeof(struct page_note);
		loader->vmemmap.vmemmap_base = rodata->vmemmap_base;
		loader->vmemmap.page_offset_base = rodata->page_offset_base;
		loader->vmemmap.mark = rodata->pp_mark;
		loader->vmemmap.mark_mask = rodata->pp_mark_mask;
	}
	free(rodata);
	return err;
}

/* The program behind a link: the kernel counts there what it skipped. */
static int open_program(int link)
{
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int fd;

	if (bpf_obj_get_info_by_fd(link, &info, &size))
		return -errno;
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	return fd < 0 ? -errno : fd;
}

/* A descriptor of each hook's program, -1 where it is not hooked. */
static int open_links(int dir, struct loader *loader)
{
	const char *targets[HOOK_MAX] = {};
	int err = loader->function ? hooks_find_targets(targets) : 0;
	char name[128];
	size_t i;
	int way, fd;

	for (i = 0; i < hook_count; i++) {
		loader->hook_fds[i] = -1;
		loader->hooks[i].target = targets[i];
		for (way = ATTACH_NONE + 1; way < ATTACH_COUNT; way++) {
			link_name(name, sizeof(name), i, way);
			fd = pin_open(dir, "link_", name);
			if (fd < 0)
				continue;
			loader->hooks[i].way = way;
			loader->hook_fds[i] = open_program(fd);
			close(fd);
			break;
		}
	}
	return err;
}

static int open_maps(int dir, struct loader *loader)
{
	int err = 0, i;

	for (i = 0; !err && i < MAP_COUNT; i++) {
		loader->map_fds[i] = pin_open(dir, "", loader_map_name(i));
		if (loader->map_fds[i] < 0)
			err = loader->map_fds[i];
	}
	return err;
}

static int open_programs(int dir, struct loader *loader)
{
	int err = 0, i;

	for (i = 0; !err && i < DEMAND_COUNT; i++) {
		loader->demand_fds[i] =
			pin_open(dir, "prog_", loader_demand_name(i));
		if (loader->demand_fds[i] < 0)
			err = loader->demand_fds[i];
	}
	return err;
}

int pinned_open(struct loader *loader)
{
	int dir, err, i;

	memset(loader, 0, sizeof(*loader));
	dir = pin_dir_open(PIN_NAME);
	if (dir < 0)
		return dir;
	for (i = 0; i < XDP_ACTIONS; i++) {
		loader->inspector_fds[i] = -1;
		loader->frags_inspector_fds[i] = -1;
	}
	err = open_maps(dir, loader);
	/* What another version pinned may lack some. */
	if (err == -ENOENT)
		err = -EPROTO;
	if (!err)
		err = compare_description(dir, loader);
	if (!err)
		err = open_programs(dir, loader);
	/* The description is there, so they were. */
	if (err == -ENOENT)
		err = -ESTALE;
	if (!err)
		err = vmemmap_read(&loader->vmemmap, IOMEM, ZONEINFO);
	if (!err)
		err = vmemmap_calibrate(&loader->vmemmap);
	if (!err)
		err = read_configuration(loader);
	if (!err)
		err = open_links(dir, loader);
	if (!err)
		err = loader_map_memory(loader);
	if (err)
		loader_close(loader);
	close(dir);
	return err;
}

/* The version that pinned what we cannot read; empty where it cannot be told. */
static void read_version(char *version, size_t size)
{
	struct map_layout layout = {};
	uint32_t zero = 0;
	int dir = pin_dir_open(PIN_NAME);
	int fd = dir < 0 ? -1 : pin_open(dir, "", DESCRIPTION);
	char *value = NULL;

	version[0] = '\0';
	if (fd >= 0 && !read_layout(fd, &layout) &&
	    layout.type == BPF_MAP_TYPE_ARRAY &&
	    layout.key_size == sizeof(zero) &&
	    layout.value_size >= sizeof(((struct description *)0)->version))
		value = calloc(1, layout.value_size + 8UL);
	if (value && !bpf_map_lookup_elem(fd, &zero, value))
		snprintf(version, size, "%.63s", value);
	free(value);
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
}

int pinned_why_not(char *why, size_t size, int err)
{
	char version[64];

	switch (err) {
	case -ENODEV:
		snprintf(
			why, size,
			"bpffs is not mounted at '/sys/fs/bpf'; mount -t bpf bpf /sys/fs/bpf");
		break;
	case -ENOENT:
		snprintf(why, size,
			 "nothing is attached; start with netmem-check attach");
		break;
	case -ESTALE:
		snprintf(
			why, size,
			"the pinned state is not whole (attach or detach was killed, or another version made it); netmem-check detach removes it");
		break;
	case -EPROTO:
		read_version(version, sizeof(version));
		snprintf(
			why, size,
			"another version of netmem-check is attached (%s); netmem-check detach, then attach again",
			version[0] ? version : "not described");
		break;
	default:
		return pin_dir_why(why, size, err);
	}
	return err;
}

static void emit_memory(struct live *live)
{
	struct fact fact = { .type = FACT_timing };
	uint64_t bytes = loader_kernel_bytes(&live->loader);

	if (!bytes)
		return;
	fact_set(&fact.timing, timing, kernel_kib, bytes / 1024);
	live_emit(live, &fact);
}

int pinned_session(struct session *session,
		   const struct pinned_question *question, char *why,
		   size_t size)
{
	struct live *live;
	int lock, err;

	if (missing_privileges(why, size) || missing_for_pins(why, size))
		return -EPERM;
	lock = pin_lock();
	if (lock < 0)
		return pinned_why_not(why, size, lock);
	err = pinned_check();
	if (err) {
		close(lock);
		return pinned_why_not(why, size, err);
	}
	live = calloc(1, sizeof(*live));
	err = live ? pinned_open(&live->loader) : -ENOMEM;
	if (!err) {
		live->sink = session_sink(session);
		live->options.pinned = true;
		live->options.devices = question->devices;
		live->options.filter = question->filter;
		live->options.coverage = 0.95;
		live_resume(live);
		live_finish(live);
		emit_memory(live);
		err = live->error;
		live_stop(live);
		loader_close(&live->loader);
	}
	free(live);
	close(lock);
	return err ? pinned_why_not(why, size, err) : 0;
}
