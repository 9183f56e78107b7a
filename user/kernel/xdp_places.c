// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/links.h"
#include "user/kernel/netns.h"
#include "user/kernel/object_kind.h"
#include "user/kernel/xdp_places.h"

#define BPF_FS "/sys/fs/bpf"
#define PIN_DEPTH 8
#define PINS_MAX 4096

/* ---- the list ---- */

static int add_attached(struct xdp_places *places, __u32 program,
			const struct xdp_place *place)
{
	struct xdp_attached *grown = places->items;

	/* Doubles at powers of two. */
	if (!(places->count & (places->count - 1)))
		grown = realloc(places->items,
				(places->count ? places->count * 2 : 1) *
					sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	places->items = grown;
	grown[places->count++] =
		(struct xdp_attached){ .program = program, .place = *place };
	return 0;
}

void xdp_places_clear(struct xdp_places *places)
{
	namespaces_clear(&places->namespaces);
	free(places->items);
	memset(places, 0, sizeof(*places));
}

/* ---- one namespace's devices ---- */

static int add_programs(struct xdp_places *places, __u32 netns,
			const struct net_link *link)
{
	static const char *const modes[XDP_MODES] = {
		[XDP_NATIVE] = "native",
		[XDP_GENERIC] = "generic",
		[XDP_OFFLOADED] = "offloaded",
	};
	struct xdp_place place = {
		.netns = netns,
		.ifindex = link->ifindex,
		.attached = true,
	};
	int mode, err = 0;

	snprintf(place.device, sizeof(place.device), "%s", link->name);
	for (mode = 0; !err && mode < XDP_MODES; mode++) {
		place.mode = modes[mode];
		if (link->xdp_programs[mode])
			err = add_attached(places, link->xdp_programs[mode],
					   &place);
	}
	return err;
}

/* Of the namespace that the calling thread is in. */
static int add_namespace(struct xdp_places *places, __u32 netns)
{
	struct net_links links;
	int err = links_read(&links);
	size_t i;

	for (i = 0; !err && i < links.count; i++)
		err = add_programs(places, netns, &links.items[i]);
	links_clear(&links);
	return err;
}

/* ---- links of BPF ---- */

/* A bpf_link has a device's index, but not in which net namespace. */
static int add_link(struct xdp_places *places, __u32 id, __u32 program,
		    __u32 ifindex)
{
	struct xdp_place place = { .ifindex = ifindex,
				   .attached = true,
				   .link = id };
	size_t i;

	for (i = 0; i < places->count; i++)
		if (places->items[i].program == program &&
		    places->items[i].place.ifindex == ifindex) {
			places->items[i].place.link = id;
			return 0;
		}
	return add_attached(places, program, &place);
}

static int add_links(struct xdp_places *places)
{
	struct bpf_link_info info;
	__u32 id = 0, len;
	int err = 0, fd;

	while (!err && !bpf_link_get_next_id(id, &id)) {
		fd = bpf_link_get_fd_by_id(id);
		if (fd == -EMFILE)
			return fd;
		if (fd < 0)
			continue; /* gone */
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex)
			err = add_link(places, id, info.prog_id,
				       info.xdp.ifindex);
		close(fd);
	}
	return err;
}

int xdp_places_find(struct xdp_places *places)
{
	int err;

	xdp_places_clear(places);
	places->own = netns_own();
	err = add_namespace(places, places->own);
	if (!err)
		err = add_links(places);
	if (err)
		xdp_places_clear(places);
	return err;
}

/* ---- other namespaces ---- */

static int find_namespaces(struct xdp_places *places)
{
	int err = places->named ? 0 : namespaces_find(&places->namespaces);

	places->named |= !err;
	return err;
}

/* Links without a namespace were added before: they are looked up again. */
static void forget_links(struct xdp_places *places)
{
	size_t i, kept = 0;

	for (i = 0; i < places->count; i++)
		if (places->items[i].place.netns)
			places->items[kept++] = places->items[i];
	places->count = kept;
}

static int add_others(struct xdp_places *places)
{
	struct namespaces *all = &places->namespaces;
	uint64_t inode;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < all->count; i++) {
		inode = all->items[i].inode;
		if (inode == places->own)
			continue;
		/* One that ended meanwhile has no devices. */
		if (!namespaces_enter(all, inode))
			err = add_namespace(places, inode);
	}
	return err;
}

int xdp_places_find_everywhere(struct xdp_places *places)
{
	int err, own, back;

	if (places->everywhere)
		return 0;
	places->everywhere = true;
	err = find_namespaces(places);
	if (err)
		return err;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	forget_links(places);
	/* cppcheck-suppress legacyUninitvar */
	err = add_others(places);
	back = netns_return(own);
	if (!err)
		err = back;
	close(own);
	return err ? err : add_links(places);
}

const char *xdp_places_netns(struct xdp_places *places, __u32 netns, char *text,
			     size_t size)
{
	const char *name;

	if (!netns || netns == places->own)
		return "";
	name = find_namespaces(places) ?
		       NULL :
		       namespaces_name(&places->namespaces, netns);
	if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%u", netns);
	return text;
}

/* ---- pins ---- */

/* nftw() has no room for what its visitor needs. */
static struct {
	__u32 program;
	unsigned int seen;
	char *path;
	size_t size;
} pin_search;

static int visit_pin(const char *path, const struct stat *status, int kind,
		     struct FTW *at)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd, found;

	(void)status;
	(void)at;
	if (pin_search.seen++ > PINS_MAX)
		return -1;
	fd = kind == FTW_F ? bpf_obj_get(path) : -1;
	if (fd < 0)
		return 0;
	found = object_kind(fd) == OBJECT_PROGRAM &&
		!bpf_obj_get_info_by_fd(fd, &info, &len) &&
		info.id == pin_search.program;
	close(fd);
	if (found)
		snprintf(pin_search.path, pin_search.size, "%s", path);
	return found;
}

bool xdp_pin_path(__u32 program, char *path, size_t size)
{
	pin_search.program = program;
	pin_search.seen = 0;
	pin_search.path = path;
	pin_search.size = size;
	return nftw(BPF_FS, visit_pin, PIN_DEPTH, FTW_PHYS) == 1;
}
