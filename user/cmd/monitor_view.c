// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/cmd/monitor_view.h"
#include "user/kernel/demand.h"
#include "user/cmd/screen.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

/* Since it was destroyed, where that is known; else since we met it so. */
static int64_t stalled_ms(const struct pool *pool, struct stall *stall)
{
	if (pool->state != POOL_STATE_STALLED) {
		stall->seq = 0;
		return -1;
	}
	if (stall->seq != pool->seq)
		*stall = (struct stall){ .seq = pool->seq,
					 .since_ns = now_ns() };
	if (pool->destroyed_ms >= 0)
		return pool->destroyed_ms;
	return (now_ns() - stall->since_ns) / 1000000;
}

/* Events by the pinned windows: other readers close some of them. */
static void count_events(const struct live *live, struct view_pool *to)
{
	const struct pool_record *record = &live->loader.pools[to->slot];

	if (record->seq != to->seq)
		return;
	to->conclusive = record->windows.complete_events;
	to->events = to->conclusive + record->windows.other_events;
}

/* Ticks compare pools under traffic, where ages say nothing: looks know them. */
static int64_t oldest_ms(const struct view_look *look, const struct pool *pool)
{
	const struct pool *looked_at =
		look ? session_pool(look->session, pool->slot, pool->seq) :
		       NULL;

	return looked_at ? looked_at->oldest_ms : -1;
}

static void describe(struct live *live, const struct view_look *look,
		     const struct pool *pool, struct stall *stall,
		     struct view_pool *to)
{
	struct pool_reading reading = live_read_pool(live, pool->slot);

	memset(to, 0, sizeof(*to));
	to->slot = pool->slot;
	to->seq = pool->seq;
	to->address = pool->address;
	to->netns = pool->netns;
	to->ifindex = pool->ifindex;
	to->netlink_id = pool->netlink_id;
	to->queue = pool->queue;
	to->state = pool->state;
	snprintf(to->device, sizeof(to->device), "%s", pool->device);
	snprintf(to->driver, sizeof(to->driver), "%s", pool->driver);
	to->inflight = reading.readable ?
			       (int32_t)(reading.hold - reading.release) :
			       -1;
	to->cache = pool->audited ? (int64_t)pool->in_cache : -1;
	to->ring = pool->audited ? (int64_t)pool->in_ring : -1;
	to->oldest_ms = oldest_ms(look, pool);
	to->stalled_ms = stalled_ms(pool, stall);
	to->lost = pool->lost;
	count_events(live, to);
}

static int64_t boot_s(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

int monitor_view(struct live *live, const struct session *session,
		 struct stall *stalls, struct view *view)
{
	const struct pool *pool;
	struct view_pool *pools;
	uint32_t slot;
	int check;

	pools = calloc(SLOT_COUNT, sizeof(*pools));
	if (!pools)
		return -ENOMEM;
	view_clear(view);
	view->pools = pools;
	for (slot = 1; slot < SLOT_COUNT; slot++) {
		pool = session->newest[slot];
		if (pool && pool->judged && live_is_alive(live, slot))
			describe(live, view->look, pool, &stalls[slot],
				 &pools[view->pool_count++]);
	}
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count > view->findings[check])
			view->findings[check] = session->findings[check].count;
	view->time_s = time(NULL);
	view->boot_s = boot_s();
	view->armed_ns = live->loader.bss->armed_ns;
	view->resident_kib = resident_kib();
	return 0;
}
