// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/xdp_attach.h"
#include "user/kernel/xdp_device.h"
#include "user/kernel/xdp_places.h"
#include "user/kernel/xdp_read.h"

static int read_name(struct xdp_device *device)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd, err;

	fd = bpf_prog_get_fd_by_id(device->program);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	if (!err)
		snprintf(device->name, sizeof(device->name), "%s", info.name);
	return err;
}

static void read_place(int ifindex, const struct xdp_places *places,
		       struct xdp_device *device)
{
	const struct xdp_attached *attached;
	size_t i;

	for (i = 0; i < places->count; i++) {
		attached = &places->items[i];
		if (attached->program != device->program ||
		    attached->place.ifindex != (__u32)ifindex ||
		    attached->place.netns != places->own)
			continue;
		device->mode = attached->place.mode;
		device->link = attached->place.link;
		return;
	}
}

static int read_instance(const struct xdp_instance *instance,
			 const struct xdp_places *places,
			 struct xdp_device *device)
{
	struct xdp_reading reading;
	int err;

	err = xdp_read(instance, places, &reading);
	if (err)
		return err;
	device->ours = true;
	snprintf(device->name, sizeof(device->name), "%s",
		 instance->programs[0].name);
	memcpy(device->packets, reading.packets, sizeof(device->packets));
	memcpy(device->bytes, reading.bytes, sizeof(device->bytes));
	xdp_reading_free(&reading);
	return 0;
}

/* xdp_find() passes over all but one. */
static bool is_another(void *data, __u32 program)
{
	return program != ((const struct xdp_device *)data)->program;
}

int xdp_device_read(int ifindex, struct xdp_device *device)
{
	struct xdp_places places = {};
	struct xdp_instance *list;
	size_t count;
	int err;

	memset(device, 0, sizeof(*device));
	err = xdp_attached_program(ifindex, &device->program);
	if (err || !device->program)
		return err;
	err = read_name(device);
	if (!err)
		err = xdp_places_find(&places);
	if (err)
		return err;
	read_place(ifindex, &places, device);
	err = xdp_find(is_another, device, &list, &count);
	if (!err) {
		if (count)
			err = read_instance(list, &places, device);
		xdp_instances_free(list, count);
	}
	xdp_places_clear(&places);
	return err;
}

int xdp_device_clear(int ifindex, const struct xdp_device *device)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, old);
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	__u32 mode;
	int err;

	err = bpf_xdp_query(ifindex, 0, &query);
	if (err)
		return err;
	mode = query.drv_prog_id == device->program ? XDP_FLAGS_DRV_MODE :
						      XDP_FLAGS_SKB_MODE;
	old.old_prog_fd = bpf_prog_get_fd_by_id(device->program);
	if (old.old_prog_fd < 0)
		return old.old_prog_fd == -ENOENT ? -EBUSY : old.old_prog_fd;
	err = bpf_xdp_detach(ifindex, mode, &old);
	close(old.old_prog_fd);
	return err == -EEXIST ? -EBUSY : err;
}
