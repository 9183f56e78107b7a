/* SPDX-License-Identifier: GPL-2.0 */
/* The judged pools of a session by the device that they belong to. */
#ifndef NETMEM_BY_DEVICE_H
#define NETMEM_BY_DEVICE_H

#include "user/judge/session.h"

/* The pools of one device; those whose device is unknown are one of their own. */
struct judged_device {
	const struct pool *pool; /* the first one: says which device it is */
	size_t pools; /* that are there at the end */
	size_t ended; /* that ended during the watch */
	size_t idle; /* of those that are there, nothing moved in them */
	size_t active; /* of those that are there, not destroyed */
	size_t audited; /* of these, cache and ring were read at rest ... */
	size_t restless; /* ... or were read, and never at rest */
	int64_t pages; /* in flight now */
	uint64_t events, conclusive; /* all pools */
	uint64_t ended_events; /* pools that ended */
	size_t ended_older; /* of these pools, older than the watch */
	bool knows_out; /* pages out are known at start and end */
	int64_t out_first, out_last;
	bool knows_received;
	uint64_t received; /* packets, during the watch */
	bool worked; /* something shows it: events, contents, packets */
};

struct judged_devices {
	struct judged_device *items; /* in the order of their first pools */
	size_t count;
};

/* 0 or -ENOMEM: then the list is empty. To be cleared. */
int judged_devices_collect(const struct session *session,
			   struct judged_devices *devices);
void judged_devices_clear(struct judged_devices *devices);

/* Of one net device, or both of one that is not known. */
bool pools_share_device(const struct pool *pool, const struct pool *other);

/* Pages in neither cache nor ring; -1: not known, they moved while read. */
int64_t reading_out(const struct reading_fact *reading);

#endif
