// SPDX-License-Identifier: GPL-2.0
/*
 * Net devices: those of judged pools, those that -i names, and what is below
 * these. A namespace's links are read at the start, when a device comes up in
 * it that was not known, and when the traffic ends; never for a device alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/netns.h"

/* ---- lists ---- */

static struct netns_links *find_namespace(const struct netdevs *devices,
					  uint64_t netns)
{
	size_t i;

	for (i = 0; i < devices->namespace_count; i++)
		if (devices->namespaces[i].netns == netns)
			return &devices->namespaces[i];
	return NULL;
}

/* NULL without memory. */
static struct netns_links *know_namespace(struct netdevs *devices,
					  uint64_t netns)
{
	struct netns_links *known = find_namespace(devices, netns), *grown;

	if (known)
		return known;
	grown = realloc(devices->namespaces,
			(devices->namespace_count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	devices->namespaces = grown;
	known = &grown[devices->namespace_count++];
	memset(known, 0, sizeof(*known));
	known->netns = netns;
	return known;
}

static struct watched_netdev *find_device(struct netdevs *devices,
					  uint64_t netns, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (devices->items[i].ifindex == ifindex &&
		    devices->items[i].netns == netns)
			return &devices->items[i];
	return NULL;
}

/* One that is known already is returned as it is; NULL without memory. */
static struct watched_netdev *know_device(struct netdevs *devices,
					  uint64_t netns, uint32_t ifindex,
					  const char *name)
{
	struct watched_netdev *known = find_device(devices, netns, ifindex);

	if (known)
		return known;
	known = realloc(devices->items, (devices->count + 1) * sizeof(*known));
	if (!known)
		return NULL;
	devices->items = known;
	known += devices->count++;
	memset(known, 0, sizeof(*known));
	known->netns = netns;
	known->ifindex = ifindex;
	snprintf(known->name, sizeof(known->name), "%s", name);
	return known;
}

/* ---- reading ---- */

static void read_drivers(struct netdevs *devices, uint64_t netns,
			 const struct net_links *links)
{
	const struct net_link *link;
	struct watched_netdev *device;
	uint64_t entries;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		device = &devices->items[i];
		link = device->netns == netns ?
			       links_find(links, device->ifindex) :
			       NULL;
		if (!link)
			continue;
		if (!device->driver[0])
			link_driver(link->name, device->driver,
				    sizeof(device->driver));
		entries = link_rx_ring(link->name);
		if (entries > device->rx_ring)
			device->rx_ring = entries;
	}
}

/* The calling thread goes to the namespace for the time of the dump. */
static int read_elsewhere(struct netdevs *devices, uint64_t netns,
			  struct net_links *links)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err, back;

	if (own < 0)
		return -errno;
	err = namespaces_enter(&devices->entered, netns);
	/* It may be younger than the scan, or there was none yet. */
	if (err == -ENOENT) {
		err = namespaces_find(&devices->entered);
		if (!err)
			err = namespaces_enter(&devices->entered, netns);
	}
	if (err) {
		close(own);
		return err;
	}
	err = links_read(links);
	if (!err)
		read_drivers(devices, netns, links);
	back = netns_return(own);
	if (back) {
		err = back;
		devices->lost_way = true;
		links_clear(links);
	}
	close(own);
	return err;
}

static int read_namespace(struct netdevs *devices, uint64_t netns,
			  struct net_links *links)
{
	int err;

	memset(links, 0, sizeof(*links));
	if (netns != devices->own_netns)
		return read_elsewhere(devices, netns, links);
	err = links_read(links);
	if (!err)
		read_drivers(devices, netns, links);
	return err;
}

/* Keeps of @links what was not known: its numbers count from now on. */
static int keep_new(struct netns_links *namespace, struct net_links *links)
{
	struct net_links *first = &namespace->first;
	struct net_link *grown;
	size_t i;

	grown = realloc(first->items,
			(first->count + links->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	first->items = grown;
	for (i = 0; i < links->count; i++)
		if (!links_find(first, links->items[i].ifindex))
			grown[first->count++] = links->items[i];
	free(first->leases);
	first->leases = links->leases;
	first->lease_count = links->lease_count;
	links->leases = NULL;
	return 0;
}

static void read_first(struct live *live, uint64_t netns)
{
	struct netns_links *namespace = know_namespace(&live->netdevs, netns);
	struct net_links links;
	int err;

	if (!namespace) {
		live_fail(live, -ENOMEM);
		return;
	}
	err = read_namespace(&live->netdevs, netns, &links);
	if (live->netdevs.lost_way)
		live_fail(live, err);
	if (!err)
		live_fail(live, keep_new(namespace, &links));
	links_clear(&links);
}

/* ---- what is below a device ---- */

/* Of the devices that -i names, all below. They are of one namespace. */
static void know_lower(struct live *live, uint64_t netns,
		       const struct net_links *links)
{
	struct netdevs *devices = &live->netdevs;
	struct watched_netdev *lower;
	const struct net_link *link;
	size_t i, k;

	/* The list grows while it is gone through. */
	for (i = 0; i < devices->count; i++) {
		if (devices->items[i].netns != netns ||
		    (!devices->items[i].asked && !devices->items[i].lower))
			continue;
		link = links_find(links, devices->items[i].ifindex);
		for (k = 0; link && k < links->count; k++) {
			if (!link_is_below(links, &links->items[k], link))
				continue;
			lower = know_device(devices, netns,
					    links->items[k].ifindex,
					    links->items[k].name);
			if (lower)
				lower->lower = true;
			else
				live_fail(live, -ENOMEM);
		}
	}
}

/* A watch of weeks emits no facts of them, and its lists would grow. */
static bool keeps_netdevs(const struct live *live)
{
	return !live->options.proven_only;
}

void live_ask_netdev(struct live *live, uint64_t netns, uint32_t ifindex,
		     const char *name)
{
	struct netdevs *devices = &live->netdevs;
	struct netns_links *namespace;
	struct watched_netdev *device;

	if (!keeps_netdevs(live))
		return;
	device = know_device(devices, netns, ifindex, name);
	namespace = find_namespace(devices, netns);
	if (!device) {
		live_fail(live, -ENOMEM);
		return;
	}
	device->asked = true;
	if (!namespace || !links_find(&namespace->first, ifindex)) {
		read_first(live, netns);
		namespace = find_namespace(devices, netns);
	}
	if (namespace)
		know_lower(live, netns, &namespace->first);
}

/* ---- the course ---- */

void live_begin_netdevs(struct live *live)
{
	live->netdevs.own_netns = netns_own();
	if (live->netdevs.own_netns && keeps_netdevs(live))
		read_first(live, live->netdevs.own_netns);
}

void live_note_netdev(struct live *live, const struct pool_fact *pool)
{
	struct watched_netdev *device;

	if (!pool->judged || !pool->ifindex || !pool->netns ||
	    !keeps_netdevs(live))
		return;
	device = know_device(&live->netdevs, pool->netns, pool->ifindex,
			     pool->device);
	if (!device)
		live_fail(live, -ENOMEM);
}

void live_tick_netdevs(struct live *live)
{
	struct netdevs *devices = &live->netdevs;
	struct netns_links *namespace;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (devices->items[i].met)
			continue;
		devices->items[i].met = true;
		namespace = find_namespace(devices, devices->items[i].netns);
		/* Rings are read of the devices that are known then. */
		if (!namespace || !devices->items[i].rx_ring ||
		    !links_find(&namespace->first, devices->items[i].ifindex))
			read_first(live, devices->items[i].netns);
	}
}

void live_end_netdevs(struct live *live)
{
	struct netdevs *devices = &live->netdevs;
	struct netns_links *namespace;
	size_t i;

	live_tick_netdevs(live);
	for (i = 0; i < devices->namespace_count; i++) {
		namespace = &devices->namespaces[i];
		links_clear(&namespace->last);
		namespace->unreadable = read_namespace(devices,
						       namespace->netns,
						       &namespace->last) != 0;
	}
	devices->ended = true;
}

/* ---- facts ---- */

static enum xdp_mode mode_of(const struct net_link *link)
{
	switch (link->xdp) {
	case XDP_ATTACHED_NONE:
		return XDP_MODE_NONE;
	case XDP_ATTACHED_DRV:
		return XDP_MODE_NATIVE;
	case XDP_ATTACHED_SKB:
		return XDP_MODE_GENERIC;
	case XDP_ATTACHED_HW:
		return XDP_MODE_OFFLOAD;
	default:
		return XDP_MODE_SEVERAL;
	}
}

static void describe_lower(struct live *live, const struct net_links *links,
			   const struct net_link *link, struct strings *list)
{
	size_t i;

	for (i = 0; i < links->count; i++)
		if (link_is_below(links, &links->items[i], link))
			live_fail(live,
				  strings_add(list, links->items[i].name));
}

static void describe_link(const struct net_link *link,
			  struct device_fact *device)
{
	fact_set(device, device, kind,
		 link->loopback ? "loopback" : link->kind);
	fact_set(device, device, up, link->up);
	fact_set(device, device, xdp_mode, mode_of(link));
	if (link->xdp_program)
		fact_set(device, device, xdp_program, link->xdp_program);
	if (link->link_elsewhere && !link_has_peer(link))
		fact_set(device, device, lower_elsewhere, true);
}

static void emit_device(struct live *live, const struct watched_netdev *watched)
{
	struct netns_links *namespace =
		find_namespace(&live->netdevs, watched->netns);
	struct fact fact = { .type = FACT_device };
	struct device_fact *device = &fact.device;
	const struct net_link *first = NULL, *last = NULL, *link;

	if (namespace) {
		first = links_find(&namespace->first, watched->ifindex);
		last = links_find(&namespace->last, watched->ifindex);
	}
	link = last ? last : first;
	device->name = link ? link->name : watched->name;
	device->ifindex = watched->ifindex;
	fact_set(device, device, netns, watched->netns);
	fact_set(device, device, asked, watched->asked);
	fact_set(device, device, driver, watched->driver);
	if (link)
		describe_link(link, device);
	if (namespace && !namespace->unreadable && !last)
		fact_set(device, device, gone, true);
	if (last)
		describe_lower(live, &namespace->last, last, &device->lower);
	fact_mark(device, device, lower);
	if (last && first && !live->netdevs.no_start &&
	    last->received >= first->received)
		fact_set(device, device, received,
			 last->received - first->received);
	live_emit(live, &fact);
	strings_clear(&device->lower);
}

void live_emit_netdevs(struct live *live)
{
	size_t i;

	if (!live->netdevs.ended)
		live_end_netdevs(live);
	for (i = 0; i < live->netdevs.count; i++)
		emit_device(live, &live->netdevs.items[i]);
}

/* Does a device that -i names, or one below, run XDP in generic mode? */
static bool runs_generic_xdp(const struct live *live)
{
	const struct netdevs *devices = &live->netdevs;
	const struct watched_netdev *device;
	const struct netns_links *namespace;
	const struct net_link *link;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		device = &devices->items[i];
		namespace = find_namespace(devices, device->netns);
		if (!namespace || (!device->asked && !device->lower))
			continue;
		link = links_find(&namespace->first, device->ifindex);
		if (link && link->xdp != XDP_ATTACHED_NONE &&
		    link->xdp != XDP_ATTACHED_DRV &&
		    link->xdp != XDP_ATTACHED_HW)
			return true;
	}
	return false;
}

bool live_is_lower(const struct live *live, const struct pool_identity *id)
{
	const struct netdevs *devices = &live->netdevs;
	size_t i;

	if (!live->options.lower)
		return false;
	if (id->flags & POOL_OF_CPU)
		return runs_generic_xdp(live);
	for (i = 0; i < devices->count; i++)
		if (devices->items[i].lower &&
		    devices->items[i].ifindex == id->ifindex &&
		    devices->items[i].netns == id->netns)
			return true;
	return false;
}

const char *live_netdev_name(const struct live *live, uint64_t netns,
			     uint32_t ifindex)
{
	const struct netns_links *namespace =
		find_namespace(&live->netdevs, netns);
	const struct net_link *link =
		namespace ? links_find(&namespace->first, ifindex) : NULL;

	return link ? link->name : "";
}

uint64_t live_netdev_ring(const struct live *live, uint64_t netns,
			  uint32_t ifindex)
{
	const struct netdevs *devices = &live->netdevs;
	size_t i;

	for (i = 0; ifindex && i < devices->count; i++)
		if (devices->items[i].ifindex == ifindex &&
		    devices->items[i].netns == netns)
			return devices->items[i].rx_ring;
	return 0;
}

void live_free_netdevs(struct live *live)
{
	struct netdevs *devices = &live->netdevs;
	size_t i;

	for (i = 0; i < devices->namespace_count; i++) {
		links_clear(&devices->namespaces[i].first);
		links_clear(&devices->namespaces[i].last);
	}
	namespaces_clear(&devices->entered);
	free(devices->namespaces);
	free(devices->items);
	memset(devices, 0, sizeof(*devices));
}
