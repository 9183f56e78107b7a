// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are alive: pages that are out, and that nobody is known to have.
 *
 * What can be proven. Tracepoints do not see a page go out and come back. So a
 * page that was out twice may have been back between, and of one page nobody
 * can say that it leaked. Of their number one can: at rest, from before a walk
 * to behind its sweep, each page of the pool is in its cache, in its ring, in a
 * place that was walked, in a packet, or with the device; and the device can
 * have no more than its receive ring. What is beyond that in two such looks, at
 * pages that the pool had throughout, is with nobody. It is a suspicion (WARN)
 * all the same: a driver may keep pages in a list of its own. What the ring has
 * room for cannot be told from what leaked; less than that is not seen.
 *
 * The function tier knows since when a page is out. That orders the pages that
 * are listed, and changes nothing of the number.
 */
#include <errno.h>
#include <string.h>

#include "user/judge/private.h"

int feed_posted(struct session *session, const struct posted_fact *posted)
{
	struct pool *pool = session_pool(session, posted->slot, posted->seq);

	if (!pool)
		return -EINVAL;
	pool->has_posted = true;
	pool->posted = *posted;
	return 0;
}

/* Pages entered or left, or went into cache or ring or out of them. */
static bool has_moved(const struct suspects_fact *before,
		      const struct suspects_fact *after)
{
	return before->hold != after->hold ||
	       before->release != after->release ||
	       before->contents != after->contents;
}

/* The most that the device could have at any of the looks, or at @also. */
static uint64_t most_posted(const struct pool *pool,
			    const struct suspects_fact *also)
{
	uint64_t most = also->pages;
	unsigned int i;

	for (i = 0; i < pool->look_count; i++)
		if (most < pool->looks[i].pages)
			most = pool->looks[i].pages;
	return most;
}

/* The same pages in three looks, more of them, and traffic between. */
static bool looks_prove(const struct pool *pool)
{
	const struct suspects_fact *looks = pool->looks;

	return pool->look_count == SUSPECT_LOOKS &&
	       looks[2].thrice > most_posted(pool, &looks[2]) &&
	       looks[1].unmet > looks[0].unmet &&
	       looks[2].unmet > looks[1].unmet &&
	       looks[2].again > looks[1].again &&
	       has_moved(&looks[0], &looks[1]) &&
	       has_moved(&looks[1], &looks[2]);
}

static void add_look(struct pool *pool, const struct suspects_fact *look)
{
	if (pool->look_count == SUSPECT_LOOKS)
		memmove(&pool->looks[0], &pool->looks[1],
			--pool->look_count * sizeof(pool->looks[0]));
	pool->looks[pool->look_count++] = *look;
	pool->leaking = looks_prove(pool);
}

/* What proved a leak stays, until so many pages are met that it does not. */
int feed_suspects(struct session *session, const struct suspects_fact *look)
{
	struct pool *pool = session_pool(session, look->slot, look->seq);
	bool proves = !fact_has(look, suspects, code);

	if (!pool)
		return -EINVAL;
	if (proves && pool->leaking && look->thrice > most_posted(pool, look))
		return 0;
	/* What follows is not in a row with what was before. */
	if (!proves || pool->leaking)
		pool->look_count = 0;
	pool->leaking = false;
	if (proves)
		add_look(pool, look);
	return 0;
}

int64_t pool_unheld(const struct pool *pool)
{
	return pool->has_posted && fact_has(&pool->posted, posted, unmet) ?
		       (int64_t)pool->posted.unmet :
		       pool->held.unaccounted;
}

/* More are out, and met nowhere, than the device may have: so many. */
static uint64_t excess(const struct pool *pool)
{
	const struct posted_fact *posted = &pool->posted;

	return posted->unmet > posted->pages ? posted->unmet - posted->pages :
					       0;
}

/* Why nobody knows whether the pool leaks pages; BLIND_OTHER: it is known. */
static enum blind_code why_unknown(const struct session *session,
				   const struct pool *pool)
{
	const struct posted_fact *posted = &pool->posted;

	if (!pool->has_posted)
		return BLIND_NOT_LOOKED;
	if (fact_has(posted, posted, code))
		return posted->code;
	if (!fact_has(posted, posted, pages))
		return BLIND_RING_UNKNOWN;
	if (!fact_has(posted, posted, out))
		return BLIND_NO_REST;
	if (posted->out <= (int64_t)posted->pages)
		return BLIND_OTHER;
	if (!fact_has(posted, posted, unmet))
		return BLIND_NO_WALK;
	if (!excess(pool))
		return BLIND_OTHER;
	if (session->walks_placed != session->walk_count)
		return BLIND_WALK_NOT_PLACED;
	if (session_blind_spots(session))
		return BLIND_BLIND_SPOTS;
	if (!session_is_swept(session))
		return BLIND_NO_SWEEP;
	if (!pool->unheld_pages.count ||
	    shadow_reason(pool) != LEAK_REASON_NONE)
		return BLIND_NOT_TRUSTED;
	return BLIND_OTHER;
}

/* The evidence is one of the pages, beside the numbers of its pool. */
void derive_suspect_leak(struct session *session, const struct pool *pool)
{
	struct evidence_fact evidence = pool_evidence(pool);

	if (why_unknown(session, pool) != BLIND_OTHER || !excess(pool) ||
	    session_blind(session, CHECK_suspect_leak))
		return;
	add_page(&evidence, &pool->unheld_pages.items[0]);
	fact_set(&evidence, evidence, walks, pool->held.walks);
	finding_add_many(session, CHECK_suspect_leak,
			 pool->leaking ?
				 SEVERITY_FAIL :
				 check_infos[CHECK_suspect_leak].severity,
			 excess(pool), &evidence, CONFIDENCE_WALKS);
}

/* Of a pool about which nothing can be said, the check was blind. */
void derive_suspect_leak_blind(struct session *session)
{
	struct blind_fact blind = { .check = CHECK_suspect_leak, .why = "" };
	enum blind_code code = BLIND_OTHER;
	const struct pool *pool;
	size_t i;

	if (session->findings[CHECK_suspect_leak].count ||
	    session_blind(session, CHECK_suspect_leak))
		return;
	for (i = 0; code == BLIND_OTHER && i < session->pool_count; i++) {
		pool = session->pools[i];
		if (pool->judged && pool->state == POOL_STATE_ACTIVE)
			code = why_unknown(session, pool);
	}
	if (code == BLIND_OTHER)
		return;
	fact_set(&blind, blind, code, code);
	fact_complete(FACT_blind, &blind);
	facts_append(FACT_blind, &session->blind, &blind);
}
