// SPDX-License-Identifier: GPL-2.0
/* What each judged pool gives as a reason or a warning. */
#include "model/records.h"
#include "user/judge/private.h"

/* Windows with gaps of one device, a line of its first pool that has any. */
static void reason_gaps(struct making *making, size_t first)
{
	const struct session *session = making->session;
	struct reason reason = { .code = REASON_POOL_GAPS,
				 .pool = session->pools[first] };
	const struct pool *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool->gaps || pool->miscounted ||
		    !pools_share_device(pool, reason.pool))
			continue;
		if (i < first)
			return;
		reason.count += pool->gaps;
		reason.of += pool->windows;
		reason.times++;
	}
	add_reason(making, making->warnings, reason);
}

/* A mismatch that proves nothing: why. */
static enum reason_code mismatch_reason(const struct pool *pool)
{
	if (!pool->trusted || pool->unstepped)
		return REASON_COUNTS_DIFFER_LOSSY;
	if (pool->untracked)
		return REASON_COUNTS_DIFFER_NET_IOVS;
	return REASON_COUNTS_DIFFER_REORDERED;
}

/* Were its counters compared with its pages, and what came of it? */
static void reason_counts(struct making *making, const struct pool *pool)
{
	if (pool->mismatch) {
		/* Else it is a finding. */
		if (pool->miscounted)
			return;
		if (!pool->trusted || pool->untracked || pool->reordered ||
		    pool->unstepped)
			add_pool_reason(making, making->reasons,
					mismatch_reason(pool), pool);
	} else if (pool->differed) {
		add_pool_reason(making, making->reasons,
				REASON_COUNTS_DIFFER_ONCE, pool);
	} else if (!is_compared(pool)) {
		add_pool_reason(making, making->reasons, REASON_NEVER_AT_REST,
				pool);
	} else if (!is_compared_at_end(pool)) {
		add_pool_reason(making, making->warnings,
				REASON_NOT_COMPARED_AT_END, pool);
	}
}

static void reason_pool(struct making *making, const struct pool *pool)
{
	if (pool_is_outside(pool))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_OUTSIDE_SHADOW,
					    .pool = pool,
					    .count = pool->outside_events,
					    .of = pool->outside_pages });
	if (!is_comparable(pool))
		return;
	if (pool->counters_unread || pool->entries_unread)
		add_pool_reason(making, making->reasons, REASON_POOL_UNREAD,
				pool);
	else if (!pool_is_outside(pool))
		reason_counts(making, pool);
	if (is_compared_at_end(pool) && pool->netlink_counted &&
	    (int64_t)pool->netlink_inflight != pool->inflight)
		add_pool_reason(making, making->warnings,
				REASON_NETLINK_DIFFERS, pool);
	if (pool->untracked)
		add_pool_reason(making, making->warnings,
				REASON_NET_IOVS_UNKNOWN, pool);
}

/* The kernel's statistics: of pools that are gone as well. */
static void reason_stats(struct making *making, const struct pool *pool)
{
	if (stats_compare(making->session, pool).of > STATS_NOT_COMPARED)
		add_pool_reason(making, making->warnings, REASON_STATS_DIFFER,
				pool);
}

/* Is it the same pool from the first reading to the last one? */
static void reason_alive(struct making *making, const struct pool *pool)
{
	const struct reading_fact *first = &pool->first, *last = &pool->last;

	if (pool->state != POOL_STATE_ACTIVE)
		return;
	/* The number of an XDP memory model may come later than the pool. */
	if (pool->has_first && pool->has_last && first->kernel_id &&
	    last->kernel_id && first->kernel_id != last->kernel_id)
		add_pool_reason(making, making->reasons,
				REASON_IDENTITY_CHANGED, pool);
	if (pool->windows && !pool->complete && !pool->gaps && !pool->events)
		add_pool_reason(making, making->reasons, REASON_NO_RECORD,
				pool);
}

/* A page that goes out and never returns makes no event. */
static void reason_out(struct making *making, const struct pool *pool)
{
	int64_t first = pool->has_first ? reading_out(&pool->first) : -1;
	int64_t last = pool->has_last ? reading_out(&pool->last) : -1;

	if (pool->state == POOL_STATE_ACTIVE && first >= 0 &&
	    last > first + POOL_REFILL)
		add_reason(making, making->warnings,
			   (struct reason){ .code = REASON_OUT_GREW,
					    .pool = pool,
					    .count = last,
					    .of = first });
}

/* Allocations and puts that were lost. @pool: NULL: of pools that are gone. */
static void reason_hand_outs(struct making *making, const struct pool *pool,
			     uint64_t seen, uint64_t lost)
{
	if (lost)
		add_reason(making,
			   lost * 20 > seen ? making->reasons :
					      making->warnings,
			   (struct reason){ .code = REASON_HAND_OUTS_LOST,
					    .pool = pool,
					    .count = lost,
					    .of = seen + lost });
}

/* What the pool itself counts, beside allocations and puts. */
static void reason_followed(struct making *making, const struct pool *pool)
{
	reason_hand_outs(making, pool,
			 pool->flow.handed_out + pool->flow.returned,
			 pool->flow.lost);
	if (pool->followed && !pool->untracked &&
	    (pool->followed_out > pool->followed_kernel ||
	     pool->followed_kernel >
		     pool->followed_out + pool->followed_unsure))
		add_pool_reason(making, making->reasons,
				REASON_FOLLOWED_DIFFERS, pool);
}

/* Pages that had no holder in one walk, and came or went before the next. */
static void reason_moved(struct making *making, const struct pool *pool)
{
	const struct held *held = &pool->held;
	int64_t moved = held->out - held->attributed - held->unaccounted;

	if (moved > 0)
		add_reason(making, making->reasons,
			   (struct reason){
				   .code = held->walks < 2 ?
						   REASON_WALKED_ONCE :
						   REASON_MOVED_BETWEEN_WALKS,
				   .pool = pool,
				   .count = moved,
				   .of = held->out });
}

/* A pool that waits, of which not each page has a holder: why not. */
static void reason_unnamed(struct making *making, const struct pool *pool)
{
	const struct held *held = &pool->held;

	if (!held->walks) {
		add_pool_reason(making, making->reasons, REASON_NOT_WALKED,
				pool);
		return;
	}
	/* Pages that two walks met nowhere, and that are not called leaked. */
	if (held->unaccounted && pool->leak_reason != LEAK_REASON_NONE)
		add_pool_reason(making, making->reasons,
				session_blind_spots(making->session) ?
					REASON_UNHELD_BLIND :
					REASON_UNHELD_DOUBT,
				pool);
	reason_moved(making, pool);
	if (held->out + held->returned != pool->inflight)
		add_pool_reason(making, making->reasons, REASON_WALK_DIFFERS,
				pool);
	else if (held->attributed >= held->out)
		add_pool_reason(making, making->reasons,
				REASON_HOLDERS_NOT_TOLD, pool);
}

/* Its pages came back while we watched: more of them may. */
static bool is_draining(const struct pool *pool)
{
	return pool->drain_last < pool->drain_first;
}

/* A pool that waits: who has its pages, or why that cannot be said. */
static void reason_stalled(struct making *making, const struct pool *pool)
{
	if (!pool_waits(pool))
		return;
	if (pool->attributed)
		add_pool_reason(making, making->warnings, REASON_HELD, pool);
	if (is_draining(pool))
		add_pool_reason(making,
				pool->attributed ? making->warnings :
						   making->reasons,
				REASON_DRAINING, pool);
	else if (!pool->attributed)
		reason_unnamed(making, pool);
}

void reason_audits(struct making *making)
{
	const struct judged_device *device;
	size_t i;

	for (i = 0; i < making->verdict->devices.count; i++) {
		device = &making->verdict->devices.items[i];
		if (device->restless)
			add_reason(making, making->warnings,
				   (struct reason){ .code = REASON_NOT_AUDITED,
						    .group = device,
						    .count = device->active -
							     device->audited,
						    .of = device->active });
	}
}

void reason_pools(struct making *making)
{
	const struct gone_pools *gone = &making->session->gone;
	const struct pool *pool;
	size_t i;

	reason_hand_outs(making, NULL, gone->hand_outs, gone->hand_outs_lost);

	for (i = 0; i < making->session->pool_count; i++) {
		pool = making->session->pools[i];
		if (!pool->judged)
			continue;
		if (pool->gaps && !pool->miscounted)
			reason_gaps(making, i);
		reason_pool(making, pool);
		reason_alive(making, pool);
		reason_out(making, pool);
		reason_stats(making, pool);
		reason_followed(making, pool);
		reason_stalled(making, pool);
	}
}
