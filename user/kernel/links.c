// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/kernel/leases.h"
#include "user/kernel/links.h"
#include "user/kernel/netlink.h"

#define DUMP_TRIES 8

static void copy_text(const struct nlattr *attribute, char *text, size_t size)
{
	snprintf(text, size, "%.*s", (int)mnl_attr_get_payload_len(attribute),
		 (const char *)mnl_attr_get_payload(attribute));
}

/* 0 where the kernel's number is not of the size that it is known by. */
static uint32_t read_u32(const struct nlattr *attribute)
{
	return mnl_attr_validate(attribute, MNL_TYPE_U32) ?
		       0 :
		       mnl_attr_get_u32(attribute);
}

static void parse_info(const struct nlattr *info, struct net_link *link)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute,
				 info) if (mnl_attr_get_type(attribute) ==
					   IFLA_INFO_KIND)
		copy_text(attribute, link->kind, sizeof(link->kind));
}

static void parse_xdp(const struct nlattr *xdp, struct net_link *link)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, xdp)
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_XDP_ATTACHED:
			if (!mnl_attr_validate(attribute, MNL_TYPE_U8))
				link->xdp = mnl_attr_get_u8(attribute);
			break;
		case IFLA_XDP_PROG_ID:
			link->xdp_program = read_u32(attribute);
			break;
		case IFLA_XDP_DRV_PROG_ID:
			link->xdp_programs[XDP_NATIVE] = read_u32(attribute);
			break;
		case IFLA_XDP_SKB_PROG_ID:
			link->xdp_programs[XDP_GENERIC] = read_u32(attribute);
			break;
		case IFLA_XDP_HW_PROG_ID:
			link->xdp_programs[XDP_OFFLOADED] = read_u32(attribute);
			break;
		}
	}
}

/* Of a size that grows with kernels; rx_packets is its first member. */
static void parse_stats(const struct nlattr *stats, struct net_link *link)
{
	_Static_assert(!offsetof(struct rtnl_link_stats64, rx_packets),
		       "rx_packets is not the first member");
	if (mnl_attr_get_payload_len(stats) >= sizeof(link->received))
		memcpy(&link->received, mnl_attr_get_payload(stats),
		       sizeof(link->received));
}

static void parse_attribute(const struct nlattr *attribute,
			    struct net_link *link)
{
	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		copy_text(attribute, link->name, sizeof(link->name));
		break;
	case IFLA_MASTER:
		link->master = read_u32(attribute);
		break;
	case IFLA_LINK:
		link->link = read_u32(attribute);
		break;
	case IFLA_LINK_NETNSID:
		link->link_elsewhere = true;
		break;
	case IFLA_LINKINFO:
		parse_info(attribute, link);
		break;
	case IFLA_XDP:
		parse_xdp(attribute, link);
		break;
	case IFLA_STATS64:
		parse_stats(attribute, link);
		break;
	}
}

int link_parse(const struct nlmsghdr *message, struct net_link *link)
{
	const struct nlattr *attribute;
	const struct ifinfomsg *info;

	memset(link, 0, sizeof(*link));
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info))
		return -EBADMSG;
	info = mnl_nlmsg_get_payload(message);
	link->ifindex = info->ifi_index;
	link->up = info->ifi_flags & IFF_UP;
	link->loopback = info->ifi_flags & IFF_LOOPBACK;
	mnl_attr_for_each (attribute, message, sizeof(*info)) {
		parse_attribute(attribute, link);
	}
	/* The loop ends silently at an attribute that leaves its message. */
	if ((const char *)attribute <
	    (const char *)mnl_nlmsg_get_payload_tail(message))
		return -EBADMSG;
	return link->ifindex && link->name[0] ? 0 : -EBADMSG;
}

struct link_list {
	struct net_links *links;
	size_t capacity;
	int error;
};

static int append_link(const struct nlmsghdr *message, void *data)
{
	struct link_list *list = data;
	struct net_links *links = list->links;
	struct net_link *grown;

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	if (links->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 16;
		grown = realloc(links->items, list->capacity * sizeof(*grown));
		if (!grown) {
			list->error = -ENOMEM;
			return MNL_CB_ERROR;
		}
		links->items = grown;
	}
	list->error = link_parse(message, &links->items[links->count]);
	if (list->error)
		return MNL_CB_ERROR;
	links->count++;
	return MNL_CB_OK;
}

static int dump_links(struct mnl_socket *socket, struct link_list *list)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	int err;

	list->links->count = 0;
	list->error = 0;
	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	err = netlink_exchange(socket, request, append_link, list);
	return list->error ? list->error : err;
}

/* Kernels that know no leases list none. */
static int read_leases(struct net_links *links)
{
	size_t i;
	int err;

	for (i = 0; i < links->count; i++)
		if (!strcmp(links->items[i].kind, "netkit"))
			break;
	if (i == links->count)
		return 0;
	err = leases_read(&links->leases, &links->lease_count);
	return err == -EOPNOTSUPP ? 0 : err;
}

int links_read(struct net_links *links)
{
	struct link_list list = { .links = links };
	struct mnl_socket *socket;
	int err, tries;

	memset(links, 0, sizeof(*links));
	err = netlink_open(NETLINK_ROUTE, &socket);
	if (err)
		return err;
	/* Devices came or went during the dump, which is then torn. */
	err = -EINTR;
	for (tries = 0; err == -EINTR && tries < DUMP_TRIES; tries++)
		err = dump_links(socket, &list);
	mnl_socket_close(socket);
	if (!err)
		err = read_leases(links);
	if (err)
		links_clear(links);
	return err;
}

void links_clear(struct net_links *links)
{
	free(links->items);
	free(links->leases);
	memset(links, 0, sizeof(*links));
}

const struct net_link *links_find(const struct net_links *links,
				  uint32_t ifindex)
{
	size_t i;

	for (i = 0; ifindex && i < links->count; i++)
		if (links->items[i].ifindex == ifindex)
			return &links->items[i];
	return NULL;
}

bool link_has_peer(const struct net_link *link)
{
	return !strcmp(link->kind, "veth") || !strcmp(link->kind, "netkit") ||
	       !strcmp(link->kind, "vxcan");
}

bool link_is_below(const struct net_links *links, const struct net_link *lower,
		   const struct net_link *link)
{
	size_t i;

	for (i = 0; i < links->lease_count; i++)
		if (links->leases[i].owner == lower->ifindex &&
		    links->leases[i].user == link->ifindex)
			return true;
	return lower->master == link->ifindex ||
	       (lower->ifindex == link->link && !link->link_elsewhere &&
		!link_has_peer(link));
}

/* One request of ethtool, with its command; a negative errno: refused. */
static int ask_ethtool(const char *device, void *data)
{
	struct ifreq request = { .ifr_data = data };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	if (ioctl(fd, SIOCETHTOOL, &request))
		err = -errno;
	close(fd);
	return err;
}

void link_driver(const char *device, char *driver, size_t size)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	driver[0] = 0;
	if (!ask_ethtool(device, &info))
		snprintf(driver, size, "%.*s", (int)sizeof(info.driver),
			 info.driver);
}

uint64_t link_rx_ring(const char *device)
{
	struct ethtool_ringparam ring = { .cmd = ETHTOOL_GRINGPARAM };

	if (ask_ethtool(device, &ring))
		return 0;
	return (uint64_t)ring.rx_pending + ring.rx_mini_pending +
	       ring.rx_jumbo_pending;
}
