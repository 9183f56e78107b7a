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
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/records.h"
#include "user/judge/private.h"

/* Suspicions of windows with gaps that are kept until the end. */
#define LAPSED_KEPT 64

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

void note_gap(struct pool *pool, const struct window_fact *window)
{
	pool->gaps++;
	pool->lost += window->lost;
	pool->lost_releases += window->lost_releases;
	pool->unexplained |= !window->lost ||
			     !fact_has(window, window, lost_releases);
	pool->bursts += window->lost > 0;
	/* Its words are made anew: what differed is to be seen twice again. */
	pool->differed = false;
}

void lapse(struct session *session, struct suspicion *suspicion)
{
	struct suspicion *lapsed;

	session->dropped[suspicion->check] += suspicion_size(suspicion);
	if (session->lapsed_count == LAPSED_KEPT || suspicion->history)
		return;
	lapsed = realloc(session->lapsed,
			 (session->lapsed_count + 1) * sizeof(*lapsed));
	/* Without memory it is what it is without this: dropped. */
	if (!lapsed)
		return;
	session->lapsed = lapsed;
	lapsed[session->lapsed_count] = *suspicion;
	fact_init(FACT_evidence, &lapsed[session->lapsed_count].evidence);
	session->lapsed_count += !fact_copy(
		FACT_evidence, &lapsed[session->lapsed_count].evidence,
		&suspicion->evidence);
}

/* Nothing of it was lost. */
static bool is_whole(const struct session *session, uint32_t slot, uint32_t seq)
{
	const struct pool *pool = session_pool(session, slot, seq);

	return slot == SLOT_NONE || (pool && (pool->miscounted || !pool->gaps));
}

void restore_lapsed(struct session *session)
{
	struct suspicion *suspicion;
	struct pool *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		pool->miscounted = is_miscounted(session, pool);
		if (pool->miscounted)
			pool->conclusive = pool->events;
	}
	for (i = 0; i < session->lapsed_count; i++) {
		suspicion = &session->lapsed[i];
		if (!is_whole(session, suspicion->slot[0], suspicion->seq[0]) ||
		    !is_whole(session, suspicion->slot[1], suspicion->seq[1]))
			continue;
		session->dropped[suspicion->check] -= suspicion_size(suspicion);
		confirm(session, suspicion, CONFIDENCE_WINDOW);
	}
}

void session_free_lapsed(struct session *session)
{
	size_t i;

	for (i = 0; i < session->lapsed_count; i++)
		fact_clear(FACT_evidence, &session->lapsed[i].evidence);
	free(session->lapsed);
}
