// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/filtered.h"
#include "user/kernel/netns.h"
#include "user/util/util.h"

/* Inode numbers of namespaces begin here, above the numbers of processes. */
#define NETNS_FIRST 0xf0000000U

/* ---- names ---- */

/* The number in NETNS/DEV, or that of the name on this machine; 0: none. */
static uint64_t netns_of(const char *asked, size_t length)
{
	char *end;
	uint64_t number = strtoull(asked, &end, 10);
	int fd;

	if (end == asked + length && number >= NETNS_FIRST)
		return number;
	fd = netns_open(asked, length);
	if (fd < 0)
		return 0;
	number = netns_inode(fd);
	close(fd);
	return number;
}

static bool is_named(const char *asked, const struct pool_fact *pool)
{
	const char *device;
	size_t length = filter_netns_length(asked, &device);

	return !strcmp(device, pool->device) &&
	       (!length || netns_of(asked, length) == pool->netns);
}

bool filtered_is_set(const struct filtered *filtered)
{
	return filtered->devices->count || filter_is_set(&filtered->filter);
}

/* ---- the first replay ---- */

static void learn_netns(struct filtered_device *device, uint64_t netns)
{
	if (!device->found)
		device->netns[0] = device->netns[1] = netns;
	else if (netns != device->netns[0])
		device->netns[1] = netns;
	device->found = true;
}

static int learn(void *to, const struct fact *fact)
{
	const struct pool_fact *pool = &fact->pool;
	struct netdev_place place = { pool->ifindex, pool->netns };
	struct filtered *filtered = to;
	int err = 0;
	size_t i;

	if (fact->type == FACT_meta)
		filtered->was_filtered = fact->meta.devices.count;
	if (fact->type != FACT_pool || !pool->judged)
		return 0;
	for (i = 0; !err && i < filtered->devices->count; i++) {
		if (!is_named(filtered->devices->items[i], pool))
			continue;
		learn_netns(&filtered->found[i], pool->netns);
		if (place.ifindex)
			err = places_add(&filtered->places, place);
	}
	return err;
}

struct fact_sink filtered_learn(struct filtered *filtered)
{
	return (struct fact_sink){ learn, filtered };
}

int filtered_check(const struct filtered *filtered)
{
	const struct filtered_device *found = filtered->found;
	const char *asked;
	size_t i;

	for (i = 0; i < filtered->devices->count; i++, found++) {
		asked = filtered->devices->items[i];
		if (!found->found) {
			pr_error(
				"no judged pool of '%s' in this recording; a report without -i lists those that there are",
				asked);
			return -ENODEV;
		}
		if (found->netns[0] != found->netns[1] &&
		    !filtered->was_filtered) {
			pr_error("'%s' is in several network namespaces: "
				 "use %" PRIu64 "/%s or %" PRIu64 "/%s",
				 asked, found->netns[0], asked, found->netns[1],
				 asked);
			return -ENODEV;
		}
	}
	return 0;
}

/* ---- the second replay ---- */

static bool is_device_asked_for(const struct filtered *filtered,
				const struct pool_fact *pool)
{
	struct netdev_place place = { pool->ifindex, pool->netns };
	size_t i;

	if (!filtered->devices->count || pool->forgotten)
		return true;
	if (place.ifindex)
		return places_have(&filtered->places, place);
	for (i = 0; i < filtered->devices->count; i++)
		if (is_named(filtered->devices->items[i], pool))
			return true;
	return false;
}

/* Whose pools a sum is of nobody knows. */
static int take_folded(struct filtered *filtered, const struct fact *fact)
{
	struct fact loss = { .type = FACT_loss };

	loss.loss.what = LOSS_SHORT_LIVED;
	loss.loss.count = fact->folded.pools;
	loss.loss.why =
		"pools that the recording has as a sum only, whosever they were";
	fact_complete(FACT_loss, &loss.has);
	return filtered->next.take(filtered->next.to, &loss);
}

static int take(void *to, const struct fact *fact)
{
	struct filtered *filtered = to;
	struct fact copy;

	if (fact->type == FACT_folded)
		return take_folded(filtered, fact);
	if (fact->type != FACT_pool)
		return filtered->next.take(filtered->next.to, fact);
	copy = *fact;
	copy.pool.judged = fact->pool.judged &&
			   is_device_asked_for(filtered, &fact->pool) &&
			   filter_takes(&filtered->filter, &fact->pool);
	return filtered->next.take(filtered->next.to, &copy);
}

struct fact_sink filtered_sink(struct filtered *filtered, struct fact_sink next)
{
	filtered->next = next;
	return (struct fact_sink){ take, filtered };
}

void filtered_clear(struct filtered *filtered)
{
	places_clear(&filtered->places);
}
