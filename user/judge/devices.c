// SPDX-License-Identifier: GPL-2.0
/* The net devices of a session: whose pools are judged, and what -i names. */
#include <string.h>

#include "user/judge/private.h"

/* A vlan of a bond of a bridge, and more than anybody stacks. */
#define LOWER_DEPTH 8

static struct device_fact *find_device(const struct session *session,
				       uint64_t netns, uint32_t ifindex)
{
	struct device_fact *device;
	size_t i;

	for (i = 0; i < session->devices.count; i++) {
		device = &session->devices.items[i];
		if (device->ifindex == ifindex && device->netns == netns)
			return device;
	}
	return NULL;
}

/* The last one of each counts. */
int feed_device(struct session *session, const struct device_fact *device)
{
	struct device_fact *known =
		find_device(session, device->netns, device->ifindex);

	return known ? fact_replace(FACT_device, known, device) :
		       facts_append(FACT_device, &session->devices, device);
}

const struct device_fact *session_device(const struct session *session,
					 const struct pool *pool)
{
	return pool->ifindex ?
		       find_device(session, pool->netns, pool->ifindex) :
		       NULL;
}

/* ---- who has pools ---- */

/*
 * A pool that knows its bus device alone is judged for the net device that is
 * asked for there.
 */
static bool is_pool_of(const struct pool *pool,
		       const struct device_fact *device)
{
	/* Judged with --lower, for a device that runs XDP in generic mode. */
	if (pool->cpu >= 0)
		return pool->judged && device->xdp_mode == XDP_MODE_GENERIC;
	if (!pool->ifindex)
		return pool->judged && device->asked && pool->device[0] &&
		       pool->state == POOL_STATE_ACTIVE;
	return pool->ifindex == device->ifindex && pool->netns == device->netns;
}

static const struct device_fact *find_lower(const struct session *session,
					    const struct device_fact *device,
					    const char *name)
{
	const struct device_fact *lower;
	size_t i;

	for (i = 0; i < session->devices.count; i++) {
		lower = &session->devices.items[i];
		if (lower->netns == device->netns && !strcmp(lower->name, name))
			return lower;
	}
	return NULL;
}

static bool has_own_pool(const struct session *session,
			 const struct device_fact *device, bool judged)
{
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if ((session->pools[i]->judged || !judged) &&
		    is_pool_of(session->pools[i], device))
			return true;
	return false;
}

/*
 * The first device with pools, this one or below. @depth: devices stand on one
 * another, and a recording may make a ring of them.
 */
static const struct device_fact *find_pools(const struct session *session,
					    const struct device_fact *device,
					    bool judged, int depth)
{
	const struct device_fact *found = NULL;
	size_t i;

	if (!device || has_own_pool(session, device, judged))
		return device;
	for (i = 0; !found && depth && i < device->lower.count; i++)
		found = find_pools(session,
				   find_lower(session, device,
					      device->lower.items[i]),
				   judged, depth - 1);
	return found;
}

bool session_device_is_judged(const struct session *session,
			      const struct device_fact *device)
{
	return has_own_pool(session, device, true);
}

bool session_lacks_pools(const struct session *session,
			 const struct device_fact *device)
{
	return !session->gone.pools &&
	       !find_pools(session, device, true, LOWER_DEPTH);
}

bool session_has_no_pool(const struct session *session)
{
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged)
			return false;
	return !session->gone.pools;
}

const struct device_fact *session_pools_below(const struct session *session,
					      const struct device_fact *device,
					      const char *name)
{
	return find_pools(session, find_lower(session, device, name), false,
			  LOWER_DEPTH);
}

enum no_pool session_why_no_pool(const struct device_fact *device)
{
	const char *kind = device->kind ? device->kind : "";

	if (device->gone)
		return NO_POOL_GONE;
	if (device->lower.count)
		return NO_POOL_LOWER;
	if (device->lower_elsewhere)
		return NO_POOL_LOWER_ELSEWHERE;
	if (fact_has(device, device, up) && !device->up)
		return NO_POOL_DOWN;
	if (device->xdp_mode == XDP_MODE_GENERIC)
		return NO_POOL_GENERIC_XDP;
	if (!strcmp(kind, "veth"))
		return NO_POOL_VETH;
	if (!strcmp(kind, "loopback"))
		return NO_POOL_LOOPBACK;
	return *kind ? NO_POOL_SOFTWARE : NO_POOL_DRIVER;
}
