// SPDX-License-Identifier: GPL-2.0
/* The net devices of a session: whose pools are judged, and what -i names. */
#include "user/judge/private.h"

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
