/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The net devices of the network namespace that the calling thread is in, by
 * one dump of rtnetlink.
 */
#ifndef NETMEM_LINKS_H
#define NETMEM_LINKS_H

#include <linux/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_lease;

/* Several XDP programs may be on one device, each in a mode of its own. */
enum { XDP_NATIVE, XDP_GENERIC, XDP_OFFLOADED, XDP_MODES };

struct net_link {
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	char kind[16]; /* rtnetlink's, "veth"; "": none, as of a NIC */
	bool up; /* administratively */
	bool loopback;
	uint32_t master; /* bridge, bond or team that it is a port of; 0: none */
	uint32_t link; /* lower device, or peer; 0: none */
	bool link_elsewhere; /* of another network namespace */
	uint64_t received; /* packets, ever */
	uint8_t xdp; /* XDP_ATTACHED_... */
	uint32_t xdp_program; /* id; 0: none, or several */
	uint32_t xdp_programs[XDP_MODES]; /* id in each mode; 0: none */
};

struct net_links {
	struct net_link *items;
	size_t count;
	struct queue_lease *leases; /* read where a device is a netkit */
	size_t lease_count;
};

/* Reads all; @links is to be cleared. Returns 0 or a negative errno. */
int links_read(struct net_links *links);
void links_clear(struct net_links *links);

const struct net_link *links_find(const struct net_links *links,
				  uint32_t ifindex);

/* Are packets of @link in pools of @lower: port, lower device, leased queue? */
bool link_is_below(const struct net_links *links, const struct net_link *lower,
		   const struct net_link *link);

/* Does it name its peer where others name what is below them? */
bool link_has_peer(const struct net_link *link);

/* Reads one message of the dump. Returns 0, or -EBADMSG. */
int link_parse(const struct nlmsghdr *message, struct net_link *link);

/* The driver's name as ethtool has it, "" when there is none. */
void link_driver(const char *device, char *driver, size_t size);

/* Entries of each of its receive rings, those of all sizes; 0: it tells none. */
uint64_t link_rx_ring(const char *device);

#endif
