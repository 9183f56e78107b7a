// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that counts a hold or a release twice, told apart from events that we
 * lost. Both look alike in a window: the kernel counted more than we saw. But a
 * page whose hold was lost is there, and one that was counted twice is not:
 *
 *	                 counters - pages that say so
 *	holds lost       0
 *	holds counted    all that are missing
 *
 * So where that difference, read while the pool was at rest during a scan of all
 * memory, is all that its windows ever missed of one stream, and nothing of the
 * other is missing, no event was lost: its windows are whole, and what was
 * suspected in them stands.
 */
#include "model/records.h"
#include "user/judge/private.h"

/* Were events lost on the way from the tracepoint to a program? */
static bool has_missed_events(const struct session *session)
{
	size_t i;

	for (i = 0; i < session->losses.count; i++)
		if (session->losses.items[i].what == LOSS_HOLDS ||
		    session->losses.items[i].what == LOSS_RELEASES)
			return true;
	return false;
}

static bool is_miscounted(const struct session *session,
			  const struct pool *pool)
{
	int64_t holds = pool->lost - pool->lost_releases;
	int64_t releases = pool->lost_releases;
	int64_t surplus = pool->inflight - pool->scan_held;

	if (!pool->mismatch || !pool->scanned || pool->unexplained ||
	    pool->untracked || pool->reordered || pool->unstepped ||
	    pool_is_outside(pool) || has_missed_events(session))
		return false;
	/* A page that went uncounted may have made the difference. */
	if (session->findings[CHECK_freed_while_held].count)
		return false;
	if (pool->scan_held < 0 || pool->shadow_held != pool->scan_held)
		return false;
	return (holds && !releases && surplus == holds) ||
	       (releases && !holds && surplus == -releases);
}

void find_miscounts(struct session *session)
{
	struct pool *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		pool->miscounted = is_miscounted(session, pool);
		if (pool->miscounted)
			pool->conclusive = pool->events;
	}
}
