// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/by_device.h"

/* By the kernel's own statistics. */
static bool has_allocated(const struct pool *pool)
{
	struct statistics_fact stats = pool_stats(pool);

	return stats.alloc_fast || stats.alloc_slow || stats.alloc_refill ||
	       stats.alloc_slow_high_order;
}

static bool pool_moved(const struct pool *pool)
{
	if (pool->events || pool->flow.handed_out || pool->flow.returned)
		return true;
	if (pool->has_stats && has_allocated(pool))
		return true;
	return pool->has_first && pool->has_last &&
	       pool->first.contents != pool->last.contents;
}

int64_t reading_out(const struct reading_fact *reading)
{
	if (!reading->stable)
		return -1;
	return (int64_t)(int32_t)(reading->hold - reading->release) -
	       reading->cache - reading->ring;
}

bool pools_share_device(const struct pool *pool, const struct pool *other)
{
	return pool->ifindex == other->ifindex && pool->netns == other->netns &&
	       !strcmp(pool->device, other->device);
}

/* The device of this pool, added where it is new; NULL without memory. */
static struct judged_device *find_device(struct judged_devices *devices,
					 const struct pool *pool)
{
	struct judged_device *items;
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (pools_share_device(devices->items[i].pool, pool))
			return &devices->items[i];
	items = realloc(devices->items, (i + 1) * sizeof(*items));
	if (!items)
		return NULL;
	devices->items = items;
	devices->count++;
	items[i] = (struct judged_device){ .pool = pool, .knows_out = true };
	return &items[i];
}

/* Pages that are out: known of a device when known of each of its pools. */
static void add_out(struct judged_device *device, const struct pool *pool)
{
	int64_t first = pool->has_first ? reading_out(&pool->first) : -1;
	int64_t last = pool->has_last ? reading_out(&pool->last) : -1;

	device->knows_out = device->knows_out && first >= 0 && last >= 0;
	device->out_first += first;
	device->out_last += last;
}

static void add_received(const struct session *session,
			 struct judged_device *device)
{
	const struct device_fact *fact = session_device(session, device->pool);

	if (!fact || !fact_has(fact, device, received))
		return;
	device->knows_received = true;
	device->received = fact->received;
	device->worked = device->worked || fact->received;
}

static void add_pool(struct judged_device *device, const struct pool *pool)
{
	bool moved = pool_moved(pool);

	device->worked = device->worked || moved;
	device->events += pool->events;
	device->conclusive += pool->conclusive;
	if (pool->state == POOL_STATE_GONE) {
		device->ended++;
		device->ended_events += pool->events;
		device->ended_older += !pool->born_seen;
		return;
	}
	device->pools++;
	device->pages += pool->inflight;
	device->idle += !moved;
	device->active += pool->state == POOL_STATE_ACTIVE;
	device->audited += pool->audited && pool->audit_stable;
	device->restless += pool->audited && !pool->audit_stable;
	add_out(device, pool);
}

int judged_devices_collect(const struct session *session,
			   struct judged_devices *devices)
{
	struct judged_device *device;
	size_t i;

	memset(devices, 0, sizeof(*devices));
	for (i = 0; i < session->pool_count; i++) {
		if (!session->pools[i]->judged)
			continue;
		device = find_device(devices, session->pools[i]);
		if (!device) {
			judged_devices_clear(devices);
			return -ENOMEM;
		}
		add_pool(device, session->pools[i]);
	}
	for (i = 0; i < devices->count; i++)
		add_received(session, &devices->items[i]);
	return 0;
}

void judged_devices_clear(struct judged_devices *devices)
{
	free(devices->items);
	memset(devices, 0, sizeof(*devices));
}
