// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/facts/filter.h"

bool filter_is_set(const struct pool_filter *filter)
{
	return filter->pool || filter->driver || filter->queue.given;
}

const char *filter_text(const struct pool_filter *filter, char *text,
			size_t size)
{
	char pool[32] = "", queue[24] = "";

	if (filter->pool)
		snprintf(pool, sizeof(pool),
			 filter->pool >> 32 ? " %#llx" : " %llu",
			 (unsigned long long)filter->pool);
	if (filter->queue.given)
		snprintf(queue, sizeof(queue), " of queue %u",
			 filter->queue.number);
	snprintf(text, size, "page pool%s%s%s%s", pool, queue,
		 filter->driver ? " of driver " : "",
		 filter->driver ? filter->driver : "");
	return text;
}

/* As people know a pool: by the kernel's number for it, or by its address. */
static bool has_number(const struct pool_fact *pool, uint64_t number)
{
	return !number || pool->pool == number ||
	       (pool->netlink_id ? pool->netlink_id : pool->xdp_mem_id) ==
		       number;
}

static bool has_driver(const struct pool_fact *pool, const char *driver)
{
	return !driver || (pool->driver && !strcmp(pool->driver, driver));
}

bool filter_lacks_queue(const struct pool_filter *filter,
			const struct pool_fact *pool)
{
	return filter->queue.given && pool->queue < 0 &&
	       has_number(pool, filter->pool) &&
	       has_driver(pool, filter->driver);
}

bool filter_takes(const struct pool_filter *filter,
		  const struct pool_fact *pool)
{
	return has_number(pool, filter->pool) &&
	       has_driver(pool, filter->driver) &&
	       (!filter->queue.given ||
		pool->queue == (int64_t)filter->queue.number);
}

bool places_have(const struct netdev_places *places, struct netdev_place place)
{
	size_t i;

	for (i = 0; i < places->count; i++)
		if (places->items[i].ifindex == place.ifindex &&
		    places->items[i].netns == place.netns)
			return true;
	return false;
}

int places_add(struct netdev_places *places, struct netdev_place place)
{
	struct netdev_place *items;

	if (places_have(places, place))
		return 0;
	items = realloc(places->items, (places->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	places->items = items;
	items[places->count++] = place;
	return 0;
}

void places_clear(struct netdev_places *places)
{
	free(places->items);
	memset(places, 0, sizeof(*places));
}

size_t filter_netns_length(const char *asked, const char **device)
{
	const char *slash = strrchr(asked, '/');

	*device = slash ? slash + 1 : asked;
	return slash ? (size_t)(slash - asked) : 0;
}
