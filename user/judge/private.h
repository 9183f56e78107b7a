/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that build a session share; nobody else includes it. */
#ifndef NETMEM_SESSION_PRIVATE_H
#define NETMEM_SESSION_PRIVATE_H

#include "user/judge/session.h"

/* ---- session.c ---- */

/* Unpacks "slot" and "life" and finds their pool; -EINVAL without one. */
int frame_pool(const struct session *session, json_t *frame,
	       struct pool_fact **pool);

/* Adds the page that a page or unheld frame tells of. */
int page_fact_add(struct page_fact **pages, size_t *count, json_t *frame);
void page_facts_free(struct page_fact *pages, size_t count);

/*
 * Adds @count violations. The evidence is the first one's of those of the
 * worst severity, which is the finding's: FAIL, INCONCLUSIVE, WARN.
 */
void finding_add_many(struct session *session, enum model_check check,
		      enum check_severity severity, uint64_t count,
		      json_t *evidence, const char *confidence);

/* A pool's own numbers as evidence; a new reference. */
json_t *pool_evidence(const struct pool_fact *pool);

/* A witness of -1 did not look (no signature on this kernel). */
bool counts_differ(uint32_t inflight, json_int_t witness);

/* ---- session_holders.c: the holder walk ---- */

int feed_walk(struct session *session, json_t *frame);
int feed_place(struct session *session, json_t *frame);
int feed_holder(struct session *session, json_t *frame);
int feed_held(struct session *session, json_t *frame);
int feed_unheld(struct session *session, json_t *frame);
int feed_nudge(struct session *session, json_t *frame);
int feed_nudged(struct session *session, json_t *frame);

void pool_free_holders(struct pool_fact *pool);
void session_free_holders(struct session *session);

/* At the end, of each pool. */
void sort_holders(struct pool_fact *pool);

/* At the end, of a judged pool that is stalled and has pages in flight. */
void derive_stalled_findings(struct session *session, struct pool_fact *pool);

/* At the end, when all pools are derived: could `leaked` have been seen? */
void derive_leaked_blind(struct session *session);

#endif
