// SPDX-License-Identifier: GPL-2.0
/* What follows from the facts of a session when all of them are there. */
#include "user/judge/private.h"

/* At rest, cache and ring cannot have more pages than the pool. */
static bool has_surplus(const struct pool *pool)
{
	return pool->audited && pool->audit_stable && pool->audit_counted &&
	       (int64_t)pool->in_cache + pool->in_ring > pool->audit_inflight;
}

/*
 * Fewer than no pages, by the kernel's own counters: of a pool that was destroyed
 * they move one way only, else it was at rest. Where the kernel said so itself
 * there is evidence of it.
 */
static bool is_negative(const struct pool *pool)
{
	return pool->inflight < 0 && (pool->state == POOL_STATE_STALLED ||
				      (pool->state == POOL_STATE_ACTIVE &&
				       pool->counted && pool->stable));
}

/* Findings that follow from a pool's last facts. */
static void derive_pool_findings(struct session *session, struct pool *pool)
{
	struct evidence_fact evidence = pool_evidence(pool);

	if (!pool->judged)
		return;
	if (pool_waits(pool))
		derive_stalled_findings(session, pool);
	if (pool->state == POOL_STATE_ACTIVE)
		derive_suspect_leak(session, pool);
	if (is_negative(pool) &&
	    !session->findings[CHECK_negative_inflight].count)
		finding_add(session, CHECK_negative_inflight, &evidence,
			    CONFIDENCE_COUNTERS);
	if (pool->miscounted ||
	    (pool->mismatch && pool->trusted && !pool->untracked &&
	     !pool->reordered && !pool_is_outside(pool) && !pool->unstepped))
		finding_add(session, CHECK_count_mismatch, &evidence,
			    CONFIDENCE_COUNTERS);
	if (has_surplus(pool))
		finding_add(session, CHECK_pool_duplicate, &evidence,
			    CONFIDENCE_COUNTERS);
	if (pool->state == POOL_STATE_STALLED && pool->dma_map &&
	    !pool->dma_tracked && !pool->driver_bound && pool->inflight > 0)
		finding_add(session, CHECK_dma_after_unbind, &evidence,
			    CONFIDENCE_COUNTERS);
}

/* The kernel's own count of a pool, where netlink lists it. */
static void join_netlink(const struct session *session, struct pool *pool)
{
	const struct netlink_pool_facts *pools = &session->netlink.pools;
	const struct netlink_pool_fact *entry;
	size_t i;

	if (!pool->netlink_id)
		return;
	for (i = 0; i < pools->count; i++) {
		entry = &pools->items[i];
		if (entry->id != pool->netlink_id ||
		    !fact_has(entry, netlink_pool, inflight))
			continue;
		pool->netlink_counted = true;
		pool->netlink_inflight = entry->inflight;
		pool->has_bytes = fact_has(entry, netlink_pool, inflight_mem);
		pool->bytes = entry->inflight_mem;
	}
}

/* Bytes of its pages in flight, where netlink does not list the pool. */
static void count_bytes(const struct session *session, struct pool *pool)
{
	if (pool->has_bytes || !session->meta.page_size || pool->inflight < 0)
		return;
	pool->has_bytes = true;
	pool->bytes = ((uint64_t)pool->inflight * session->meta.page_size)
		      << pool->order;
}

static void finish_pool(struct session *session, struct pool *pool)
{
	if (pool->audited)
		pool->out = (int64_t)pool->inflight - pool->in_cache -
			    pool->in_ring;
	if (pool->state == POOL_STATE_STALLED &&
	    pool->inflight > (int64_t)pool->pages.count)
		pool->pages_unlisted = pool->inflight - pool->pages.count;
	join_netlink(session, pool);
	count_bytes(session, pool);
	sort_holders(pool);
	derive_pool_findings(session, pool);
}

/* Of a pool's misaligned buffers one is evidence, and all are counted. */
static void count_misaligned(struct session *session)
{
	struct finding *finding = &session->findings[CHECK_frag_misaligned];

	if (finding->count && session->misaligned > finding->count)
		finding->count = session->misaligned;
}

/* The evidence is the pool with most of them; none, where that is not kept. */
static void derive_released_in_use(struct session *session)
{
	struct evidence_fact evidence;
	const struct pool *most = NULL;
	struct pool *pool;
	size_t i;

	if (!session->released_in_use)
		return;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (pool->judged && pool->flow.released_refcnt &&
		    (!most ||
		     pool->flow.released_refcnt > most->flow.released_refcnt))
			most = pool;
	}
	fact_init(FACT_evidence, &evidence);
	if (most) {
		fact_set(&evidence, evidence, pool, most->address);
		fact_set(&evidence, evidence, slot, most->slot);
		fact_set(&evidence, evidence, seq, most->seq);
	}
	finding_add_many(session, CHECK_released_in_use, SEVERITY_WARN,
			 session->released_in_use, &evidence,
			 CONFIDENCE_DIRECT);
}

static void count_entries(struct session *session, enum model_check check,
			  uint64_t entries)
{
	struct finding *finding = &session->findings[check];

	if (!finding->count || entries <= finding->count)
		return;
	finding->count = entries;
	finding->at_least = true;
}

/*
 * Of many wrong entries an audit describes the first: then those of its pool's
 * worst audit count. Others may have had other ones.
 */
static void count_audited(struct session *session)
{
	uint64_t duplicates = 0, foreign = 0, refcounts = 0, strays = 0;
	const struct pool *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged)
			continue;
		duplicates += pool->duplicates;
		foreign += pool->foreign;
		refcounts += pool->refcounts;
		strays += pool->strays;
	}
	count_entries(session, CHECK_pool_duplicate, duplicates);
	count_entries(session, CHECK_pool_foreign, foreign);
	count_entries(session, CHECK_pool_refcount, refcounts);
	count_entries(session, CHECK_pooled_while_out, strays);
}

void session_finish(struct session *session)
{
	size_t i;

	if (session->finished)
		return;
	find_miscounts(session);
	restore_lapsed(session);
	for (i = 0; i < session->pool_count; i++)
		finish_pool(session, session->pools[i]);
	count_misaligned(session);
	derive_released_in_use(session);
	count_audited(session);
	derive_unproven_blind(session);
	derive_leaked_blind(session);
	derive_suspect_leak_blind(session);
	derive_never_freed(session);
	settle_history(session);
	drop_unproven(session);
	count_unstored(session);
	session->finished = true;
}
