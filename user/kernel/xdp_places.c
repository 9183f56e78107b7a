// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/xdp_places.h"

#define RECEIVE_SIZE 32768
#define DUMP_TRIES 8
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

struct dump {
	struct xdp_places *places;
	__u32 netns;
	int err;
};

static int add_mode(struct dump *dump, struct xdp_place *place,
		    const struct nlattr *program, const char *mode)
{
	place->mode = mode;
	dump->err = program ? add_attached(dump->places,
					   mnl_attr_get_u32(program), place) :
			      0;
	return dump->err;
}

/* Several programs may be on one device, each in a mode of its own. */
static int add_programs(struct dump *dump, struct xdp_place *place,
			const struct nlattr *xdp)
{
	const struct nlattr *ids[IFLA_XDP_MAX + 1] = {}, *attribute;
	int err;

	mnl_attr_for_each_nested(attribute,
				 xdp) if (mnl_attr_get_type(attribute) <=
					  IFLA_XDP_MAX)
		ids[mnl_attr_get_type(attribute)] = attribute;
	err = add_mode(dump, place, ids[IFLA_XDP_DRV_PROG_ID], "native");
	if (!err)
		err = add_mode(dump, place, ids[IFLA_XDP_SKB_PROG_ID],
			       "generic");
	if (!err)
		err = add_mode(dump, place, ids[IFLA_XDP_HW_PROG_ID],
			       "offloaded");
	return err ? MNL_CB_ERROR : MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute, *xdp = NULL;
	struct dump *dump = data;
	struct xdp_place place = {
		.netns = dump->netns,
		.ifindex = link->ifi_index,
		.attached = true,
	};

	mnl_attr_for_each (attribute, message, sizeof(*link)) {
		if (mnl_attr_get_type(attribute) == IFLA_IFNAME)
			snprintf(place.device, sizeof(place.device), "%s",
				 mnl_attr_get_str(attribute));
		else if (mnl_attr_get_type(attribute) == IFLA_XDP)
			xdp = attribute;
	}
	return xdp ? add_programs(dump, &place, xdp) : MNL_CB_OK;
}

static int ask_links(struct mnl_socket *socket, struct dump *dump)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_SIZE];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link;
	ssize_t length;
	int more;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	link = mnl_nlmsg_put_extra_header(request, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(buffer, length, 0,
				  mnl_socket_get_portid(socket), take_link,
				  dump);
		if (more < 0)
			return dump->err ? dump->err : -errno;
	} while (more);
	return 0;
}

/* Of the namespace that the calling thread is in. */
static int add_namespace(struct xdp_places *places, __u32 netns)
{
	struct dump dump = { .places = places, .netns = netns };
	size_t before = places->count;
	struct mnl_socket *socket;
	int err, tries;

	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket)
		return -errno;
	err = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	for (tries = 0; !err && tries < DUMP_TRIES; tries++) {
		err = ask_links(socket, &dump);
		if (err != -EINTR)
			break;
		/* Links came or went meanwhile: the dump is torn. */
		places->count = before;
		err = tries + 1 < DUMP_TRIES ? 0 : err;
	}
	mnl_socket_close(socket);
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
	places->own = namespaces_own();
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
	int err, own;

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
	if (setns(own, CLONE_NEWNET) && !err)
		err = -errno;
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

static bool is_program(int fd)
{
	char link[64], target[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = 0;
	return strstr(target, "bpf-prog");
}

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
	found = is_program(fd) && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
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
