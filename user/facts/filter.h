/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which pools are judged: what -i, --pool, --driver and --queue ask for. A pool
 * has to be what each of them says.
 */
#ifndef NETMEM_FILTER_H
#define NETMEM_FILTER_H

#include "user/facts/facts.h"

struct filter_queue {
	bool given;
	uint32_t number;
};

/* What is asked of a pool beside its device. All zero: any pool. */
struct pool_filter {
	uint64_t pool; /* the kernel's id, or the address; 0: any */
	const char *driver; /* NULL: any */
	struct filter_queue queue;
};

/* Is there any condition? */
bool filter_is_set(const struct pool_filter *filter);

/* "page pool of queue 2 of driver veth". Returns @text. */
const char *filter_text(const struct pool_filter *filter, char *text,
			size_t size);

/* Does a pool meet all of them? A queue that is not known is not the one. */
bool filter_takes(const struct pool_filter *filter,
		  const struct pool_fact *pool);

/* Would it, if its queue were the one that is asked for? */
bool filter_lacks_queue(const struct pool_filter *filter,
			const struct pool_fact *pool);

/*
 * Where a net device is or was: its number in a network namespace. One that
 * moves to another namespace has several of these, and names change; so pools
 * are told apart by places, not by names.
 */
struct netdev_place {
	uint32_t ifindex;
	uint64_t netns;
};

struct netdev_places {
	struct netdev_place *items;
	size_t count;
};

/* Adds one that is not there yet; -ENOMEM leaves the list as it was. */
int places_add(struct netdev_places *places, struct netdev_place place);
bool places_have(const struct netdev_places *places, struct netdev_place place);
void places_clear(struct netdev_places *places);

/*
 * "NETNS/DEV" in two: the length of NETNS, 0 for "DEV" alone; *@device is the
 * rest.
 */
size_t filter_netns_length(const char *asked, const char **device);

#endif
