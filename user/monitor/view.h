/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a monitor knows at one moment, as the store and the metrics take it:
 * the numbers of each judged pool, and the last whole look at the pinned state.
 */
#ifndef NETMEM_VIEW_H
#define NETMEM_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/judge/verdict.h"

/* A judged pool now. */
struct view_pool {
	uint32_t slot, seq;
	uint64_t address, netns;
	uint32_t ifindex, netlink_id;
	int queue; /* -1: unknown */
	char device[64], driver[32]; /* "": unknown */
	enum pool_state state;
	int64_t inflight; /* -1: not readable; so with the next three */
	int64_t cache, ring;
	int64_t oldest_ms; /* age of its oldest page, at the last look */
	int64_t stalled_ms; /* -1: it is not stalled */
	uint64_t events, conclusive; /* of closed windows, since it was met */
	uint64_t lost; /* not delivered, since the monitor began */
};

/* A finished session and what it means; NULL: there was none yet. */
struct view_look {
	struct session *session;
	struct verdict verdict;
	int64_t time_s; /* of the clock on the wall */
};

struct view {
	int64_t time_s; /* of the clock on the wall */
	int64_t boot_s; /* CLOCK_BOOTTIME, which nobody sets */
	int64_t start_s; /* of the monitor */
	uint64_t armed_ns; /* CLOCK_MONOTONIC: names the attach */
	struct view_pool *pools;
	size_t pool_count;
	uint64_t findings[CHECK_COUNT]; /* the most that were seen of each */
	const struct view_look *look;
	uint64_t hooks_failed; /* of --on-finding: timed out, failed or dropped */
	uint64_t notifications; /* of page pools, by the kernel */
	uint64_t not_stored; /* samples for which the store had no room */
	uint64_t tick_us; /* what the last sample took */
	uint64_t resident_kib;
};

/* -1: it is not known */
int64_t view_out(const struct view_pool *pool);

void view_clear(struct view *view);
void view_look_clear(struct view_look *look);

#endif
