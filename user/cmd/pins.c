// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/cmd/pins.h"
#include "user/kernel/demand.h"
#include "user/kernel/maps.h"
#include "user/kernel/probe.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/* Pins: map names; prog_NAME; link_HOOK_WAY; inspect_ID, inspect_frags_ID. */
static void pin_path(char *path, size_t size, const char *kind,
		     const char *name)
{
	char *at;

	snprintf(path, size, PIN_DIRECTORY "/%s%s", kind, name);
	/* "redirect error" and the like. */
	for (at = path; *at; at++)
		if (*at == ' ')
			*at = '_';
}

int pinned_check(void)
{
	if (probe_one(CAP_BPFFS))
		return -ENODEV;
	return access(PIN_DIRECTORY "/pools", F_OK) ? -ENOENT : 0;
}

static int pin_fd(int fd, const char *kind, const char *name)
{
	char path[256];

	if (fd < 0)
		return 0;
	pin_path(path, sizeof(path), kind, name);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

static int open_pin(const char *kind, const char *name)
{
	char path[256];
	int fd;

	pin_path(path, sizeof(path), kind, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static void link_name(char *name, size_t size, size_t hook, int way)
{
	snprintf(name, size, "%s_%s", hooks[hook].name, attach_way_name(way));
}

static int pin_links(struct loader *loader)
{
	char name[128];
	int err = 0;
	size_t i;

	for (i = 0; !err && i < hook_count; i++) {
		if (!loader->links[i])
			continue;
		link_name(name, sizeof(name), i, loader->hooks[i].way);
		err = pin_fd(bpf_link__fd(loader->links[i]), "link_", name);
	}
	return err;
}

int pinned_create(struct loader *loader)
{
	int err, i;

	if (mkdir(PIN_DIRECTORY, 0700) && errno != EEXIST)
		return -errno;
	err = pin_links(loader);
	for (i = 0; !err && i < DEMAND_COUNT; i++)
		err = pin_fd(loader->demand_fds[i], "prog_",
			     loader_demand_name(i));
	/* The pools last: they are the sign that all is there. */
	for (i = MAP_COUNT; !err && i-- > 0;)
		if (i != MAP_POOLS)
			err = pin_fd(loader->map_fds[i], "",
				     loader_map_name(i));
	if (!err)
		err = pin_fd(loader->map_fds[MAP_POOLS], "",
			     loader_map_name(MAP_POOLS));
	if (err)
		pinned_remove();
	return err;
}

/*
 * An inspector array is emptied when the last user-space reference goes; a
 * pin is such a reference.
 */
int pinned_keep_inspectors(const struct xdp_instance *instance)
{
	char id[16];
	int err = 0;

	snprintf(id, sizeof(id), "%u", instance->id);
	if (instance->armed)
		err = pin_fd(instance->inspect, "inspect_", id);
	if (!err && instance->armed_frags)
		err = pin_fd(instance->inspect_frags, "inspect_frags_", id);
	return err;
}

int pinned_remove(void)
{
	DIR *directory = opendir(PIN_DIRECTORY);
	char path[512];
	struct dirent *entry;
	int err = 0;

	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), PIN_DIRECTORY "/%s",
			 entry->d_name);
		if (unlink(path) && !err)
			err = -errno;
	}
	closedir(directory);
	if (rmdir(PIN_DIRECTORY) && !err)
		err = -errno;
	return err;
}

/* Does a pinned map look as ours do, or was it made by another version? */
static bool is_ours(int fd, const struct bpf_map *own, uint32_t *value_size)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return false;
	*value_size = info.value_size;
	return info.value_size == bpf_map__value_size(own);
}

static int copy_configuration(struct loader *loader, uint32_t value_size)
{
	struct netmem_bpf__rodata *rodata = malloc(value_size);
	uint32_t zero = 0;
	int err = 0;

	if (!rodata)
		return -ENOMEM;
	if (bpf_map_lookup_elem(loader->map_fds[MAP_RODATA], &zero, rodata)) {
		err = -errno;
	} else {
		loader->sparse = rodata->shadow_sparse;
		loader->frame_first = rodata->frame_first;
		loader->frame_count = rodata->frame_count;
		loader->shadow_bytes = rodata->frame_count * sizeof(uint64_t);
		loader->vmemmap.vmemmap_base = rodata->vmemmap_base;
		loader->vmemmap.page_offset_base = rodata->page_offset_base;
		loader->vmemmap.mark = rodata->pp_mark;
		loader->vmemmap.mark_mask = rodata->pp_mark_mask;
	}
	free(rodata);
	return err;
}

/* The configuration that the pinned programs were loaded with. */
static int read_configuration(struct loader *loader)
{
	struct netmem_bpf *skel = netmem_bpf__open();
	uint32_t pool_size, value_size;
	int err;

	if (!skel)
		return -errno;
	if (is_ours(loader->map_fds[MAP_POOLS], skel->maps.pools, &pool_size) &&
	    is_ours(loader->map_fds[MAP_RODATA], skel->maps.rodata,
		    &value_size))
		err = copy_configuration(loader, value_size);
	else
		err = -EPROTO;
	netmem_bpf__destroy(skel);
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

static void open_links(struct loader *loader)
{
	char name[128];
	size_t i;
	int way, fd;

	for (i = 0; i < hook_count; i++) {
		loader->hook_fds[i] = -1;
		for (way = ATTACH_NONE + 1; way < ATTACH_COUNT; way++) {
			link_name(name, sizeof(name), i, way);
			fd = open_pin("link_", name);
			if (fd < 0)
				continue;
			loader->hooks[i].way = way;
			loader->hook_fds[i] = open_program(fd);
			close(fd);
			break;
		}
	}
}

int pinned_open(struct loader *loader)
{
	int err, i;

	memset(loader, 0, sizeof(*loader));
	err = vmemmap_read(&loader->vmemmap, IOMEM);
	if (!err)
		err = vmemmap_calibrate(&loader->vmemmap);
	for (i = 0; !err && i < MAP_COUNT; i++) {
		loader->map_fds[i] = open_pin("", loader_map_name(i));
		if (loader->map_fds[i] < 0)
			err = loader->map_fds[i];
	}
	for (i = 0; !err && i < DEMAND_COUNT; i++) {
		loader->demand_fds[i] =
			open_pin("prog_", loader_demand_name(i));
		if (loader->demand_fds[i] < 0)
			err = loader->demand_fds[i];
	}
	for (i = 0; i < XDP_ACTIONS; i++) {
		loader->inspector_fds[i] = -1;
		loader->frags_inspector_fds[i] = -1;
	}
	open_links(loader);
	if (!err)
		err = read_configuration(loader);
	if (!err)
		err = loader_map_memory(loader);
	if (err)
		loader_close(loader);
	return err;
}

static int why_not(char *why, size_t size, int err)
{
	switch (err) {
	case -EPERM:
		snprintf(why, size, ROOT_NEEDED);
		break;
	case -ENODEV:
		snprintf(why, size,
			 "bpffs is not mounted; mount -t bpf bpf /sys/fs/bpf");
		break;
	case -ENOENT:
		snprintf(why, size,
			 "nothing is attached; start with netmem-check attach");
		break;
	case -EPROTO:
		snprintf(
			why, size,
			"another version of netmem-check is attached; detach and attach again");
		break;
	case -EWOULDBLOCK:
		snprintf(why, size,
			 "another netmem-check reads the pinned state now");
		break;
	default:
		snprintf(why, size, "cannot read '" PIN_DIRECTORY "': %s",
			 error_text(err));
	}
	return err;
}

/* Windows are closed by one reader at a time. */
static int lock_pins(void)
{
	int fd = open(PIN_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int pinned_session(struct session *session,
		   const struct pinned_question *question, char *why,
		   size_t size)
{
	struct live *live;
	int lock, err;

	if (geteuid())
		return why_not(why, size, -EPERM);
	err = pinned_check();
	if (err)
		return why_not(why, size, err);
	lock = lock_pins();
	if (lock < 0)
		return why_not(why, size, lock);
	live = calloc(1, sizeof(*live));
	err = live ? pinned_open(&live->loader) : -ENOMEM;
	if (!err) {
		live->sink = session_sink(session);
		live->options.pinned = true;
		live->options.devices = question->devices;
		live->options.filter = question->filter;
		live->options.coverage = 0.95;
		live->options.tier = "tracepoint";
		live_resume(live);
		live_finish(live);
		err = live->error;
		live_stop(live);
		loader_close(&live->loader);
	}
	free(live);
	close(lock);
	return err ? why_not(why, size, err) : 0;
}
