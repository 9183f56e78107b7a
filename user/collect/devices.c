// SPDX-License-Identifier: GPL-2.0
/*
 * The devices that -i asks for. Each name is followed: the device that has it
 * at the start stays asked for when it is renamed or moved to another network
 * namespace, and one that gets the name later is asked for as well. A device is
 * known by the address of its struct net_device, beside its hardware address:
 * its number may change when it moves, and the address may be another device's
 * when it is gone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/kernel/demand.h"
#include "user/kernel/netns.h"
#include "user/kernel/skeletons.h"
#include "user/util/testing.h"
#include "user/util/utf8.h"

#define PLACES_MOST 1024

/* A device that has, or had, a name that was asked for. */
struct followed {
	const char *asked;
	uint64_t netns; /* where it was found by its name */
	struct netdev_look seen; /* when it was last there */
	bool gone;
};

struct devices {
	struct followed *items;
	size_t count;
	struct netdev_places places; /* all that they have had */
};

bool live_has_devices(const struct live *live)
{
	return live->options.devices && live->options.devices->count;
}

static struct netdev_place place_of(const struct netdev_look *look)
{
	return (struct netdev_place){ look->ifindex, look->netns };
}

static bool is_same_place(const struct netdev_look *a,
			  const struct netdev_look *b)
{
	return a->ifindex == b->ifindex && a->netns == b->netns;
}

/* The device that has this name now; false: none. */
static bool find_name(const struct live *live, const char *asked,
		      struct netdev_look *found)
{
	const char *device;
	size_t length = filter_netns_length(asked, &device);
	int fd = netns_open(asked, length);

	memset(found, 0, sizeof(*found));
	if (fd < 0)
		return false;
	found->ifindex = netns_ifindex(fd, device);
	found->netns = netns_inode(fd);
	snprintf(found->name, sizeof(found->name), "%s", device);
	if (found->ifindex &&
	    !loader_run(&live->loader, DEMAND_NETDEV, fd, found->ifindex) &&
	    live->loader.bss->netdev_look.address)
		*found = live->loader.bss->netdev_look;
	close(fd);
	return found->ifindex != 0;
}

static int add_device(struct live *live, const char *asked,
		      const struct netdev_look *look)
{
	struct devices *devices = live->devices;
	struct followed *items;

	items = realloc(devices->items, (devices->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	devices->items = items;
	items[devices->count++] =
		(struct followed){ asked, look->netns, *look, false };
	live_ask_netdev(live, look->netns, look->ifindex, look->name);
	return places_add(&devices->places, place_of(look));
}

static bool has_device(const struct devices *devices, const char *asked,
		       const struct netdev_look *look)
{
	const struct followed *one;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		one = &devices->items[i];
		if (one->asked == asked && !one->gone &&
		    is_same_place(&one->seen, look))
			return true;
	}
	return false;
}

/* Where a device went. Without its address only its place says which it is. */
static int follow(struct live *live, struct followed *one)
{
	struct netdev_look now;

	if (one->gone || !one->seen.address)
		return 0;
	if (loader_run(&live->loader, DEMAND_NETDEV, one->seen.address, 0))
		return 0;
	now = live->loader.bss->netdev_look;
	if (!now.address || (!is_same_place(&now, &one->seen) &&
			     now.hardware != one->seen.hardware)) {
		one->gone = true;
		return 0;
	}
	one->seen = now;
	return places_add(&live->devices->places, place_of(&now));
}

/*
 * A watch of weeks forgets devices that went long ago: their pools that are there
 * are judged already.
 */
static void forget_old(struct devices *devices)
{
	struct netdev_places *places = &devices->places;
	size_t i, kept = 0;

	if (places->count <= PLACES_MOST)
		return;
	places->count -= PLACES_MOST / 2;
	memmove(places->items, places->items + PLACES_MOST / 2,
		places->count * sizeof(*places->items));
	for (i = 0; i < devices->count; i++)
		if (!devices->items[i].gone)
			devices->items[kept++] = devices->items[i];
	devices->count = kept;
	/* A device that is there is wanted, however old it is. */
	for (i = 0; i < kept; i++)
		places_add(places, place_of(&devices->items[i].seen));
}

void live_follow_devices(struct live *live)
{
	const struct strings *asked = live->options.devices;
	struct devices *devices = live->devices;
	struct netdev_look look;
	size_t i;

	if (!live_has_devices(live))
		return;
	if (!devices)
		devices = live->devices = calloc(1, sizeof(*devices));
	if (!devices) {
		live_fail(live, -ENOMEM);
		return;
	}
	for (i = 0; i < devices->count; i++)
		live_fail(live, follow(live, &devices->items[i]));
	if (live->options.proven_only)
		forget_old(devices);
	for (i = 0; i < asked->count; i++)
		if (find_name(live, asked->items[i], &look) &&
		    !has_device(devices, asked->items[i], &look))
			live_fail(live,
				  add_device(live, asked->items[i], &look));
}

void live_forget_devices(struct live *live)
{
	if (!live->devices)
		return;
	places_clear(&live->devices->places);
	free(live->devices->items);
	free(live->devices);
	live->devices = NULL;
}

bool live_place_wanted(const struct live *live, struct netdev_place place)
{
	return !live_has_devices(live) ||
	       (live->devices && places_have(&live->devices->places, place));
}

/* A pool that has its bus device only: the one that a device asked for is on? */
static bool is_on_bus_of(const struct devices *devices, uint64_t bus_device)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (devices->items[i].seen.bus_device == bus_device)
			return true;
	return false;
}

static bool is_device_wanted(const struct live *live,
			     const struct pool_identity *id)
{
	struct netdev_place place = { id->ifindex, id->netns };

	/* Whose it was nobody can say any more: it may be of any device. */
	if (!live_has_devices(live) || id->flags & POOL_FORGOTTEN)
		return true;
	if (live_is_lower(live, id))
		return true;
	if (!live->devices)
		return false;
	if (id->ifindex)
		return places_have(&live->devices->places, place);
	return id->bus_device && is_on_bus_of(live->devices, id->bus_device);
}

bool live_pool_wanted(const struct live *live, const struct pool_identity *id,
		      const struct pool_fact *pool)
{
	return testing_netns_wanted(id->netns) && is_device_wanted(live, id) &&
	       filter_takes(&live->options.filter, pool);
}

bool live_lacks_queue(const struct live *live, const struct pool_identity *id,
		      const struct pool_fact *pool)
{
	return testing_netns_wanted(id->netns) && is_device_wanted(live, id) &&
	       filter_lacks_queue(&live->options.filter, pool);
}

enum note_code live_device_news(struct live *live, const char *asked,
				char *text, size_t size)
{
	const struct devices *devices = live->devices;
	const struct followed *one;
	struct netdev_look look;
	size_t i;

	if (find_name(live, asked, &look))
		return NOTE_OTHER;
	for (i = devices ? devices->count : 0; i-- > 0;) {
		one = &devices->items[i];
		if (one->asked != asked || one->gone || !one->seen.address)
			continue;
		if (one->seen.netns == one->netns)
			utf8_print(text, size,
				   "device '%s' is '%s' now; it stayed judged",
				   asked, one->seen.name);
		else
			utf8_print(
				text, size,
				"device '%s' is '%s' in network namespace %" PRIu64
				" now; it stayed judged",
				asked, one->seen.name,
				(uint64_t)one->seen.netns);
		return NOTE_DEVICE_MOVED;
	}
	utf8_print(text, size, "device '%s' disappeared during the watch",
		   asked);
	return NOTE_DEVICE_VANISHED;
}
