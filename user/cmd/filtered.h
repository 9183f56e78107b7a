/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A filter over the facts of a recording: of the pools that were judged some
 * are judged again. It takes two replays, since a device's first pool may come
 * before the one by which it has the name that is asked for.
 */
#ifndef NETMEM_FILTERED_H
#define NETMEM_FILTERED_H

#include "user/cmd/options.h"
#include "user/facts/filter.h"

/* What the recording says of a device that is asked for. */
struct filtered_device {
	bool found;
	uint64_t netns[2]; /* of the first two namespaces that have one */
};

struct filtered {
	const struct strings *devices; /* at most DEVICES_MAX */
	struct pool_filter filter;
	struct filtered_device found[DEVICES_MAX];
	struct netdev_places places; /* that the devices had */
	bool was_filtered; /* the watch had asked for devices itself */
	struct fact_sink next;
};

/* Is anything asked for? Without, nothing of this is needed. */
bool filtered_is_set(const struct filtered *filtered);

/* For the first replay: learns where the devices were. */
struct fact_sink filtered_learn(struct filtered *filtered);

/*
 * After it: 0, or -ENODEV after a message: no judged pool is of a device, or
 * several namespaces have one of its name.
 */
int filtered_check(const struct filtered *filtered);

/* For the second: hands all facts on. */
struct fact_sink filtered_sink(struct filtered *filtered,
			       struct fact_sink next);

void filtered_clear(struct filtered *filtered);

#endif
