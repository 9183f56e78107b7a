/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of a session share, and nobody else sees. Each type of fact
 * has one function that takes it, feed_TYPE(); session.c has those that are
 * only kept, and hands out the others.
 */
#ifndef NETMEM_SESSION_PRIVATE_H
#define NETMEM_SESSION_PRIVATE_H

#include "user/judge/verdict.h"

/* ---- pools.c: what is said of one pool ---- */

int feed_pool(struct session *session, const struct pool_fact *fact);
int feed_hold_stack(struct session *session,
		    const struct hold_stack_fact *fact);
int feed_state(struct session *session, const struct state_fact *state);
int feed_outside(struct session *session, const struct outside_fact *outside);
int feed_folded(struct session *session, const struct folded_fact *folded);
int feed_forget(struct session *session, const struct forget_fact *forget);
int feed_count(struct session *session, const struct count_fact *count);
int feed_reading(struct session *session, const struct reading_fact *reading);
int feed_page(struct session *session, const struct page_fact *page);
int feed_unread(struct session *session, const struct unread_fact *unread);
int feed_audit(struct session *session, const struct audit_fact *audit);
int feed_flow(struct session *session, const struct flow_fact *flow);
int feed_inspected(struct session *session,
		   const struct inspected_fact *inspected);
int feed_followed(struct session *session,
		  const struct followed_fact *followed);
int feed_attached(struct session *session,
		  const struct attached_fact *attached);

void session_free_pools(struct session *session);

/* A witness of -1 did not look (no signature on this kernel): no difference. */
bool counts_differ(uint32_t inflight, int64_t witness);

/* ---- devices.c: the net devices of pools ---- */

int feed_device(struct session *session, const struct device_fact *device);

/* ---- stats.c: what the kernel itself counted of it ---- */

int feed_stats(struct session *session, const struct stats_fact *stats);

/* ---- evidence.c: suspicions, and how they become findings ---- */

int feed_evidence(struct session *session,
		  const struct evidence_fact *evidence);
int feed_unstored(struct session *session,
		  const struct unstored_fact *unstored);
int feed_window(struct session *session, const struct window_fact *window);

void session_free_evidence(struct session *session);

/* Does a finding or suspicion name this pool? Then it is to be kept. */
bool is_named(const struct session *session, const struct pool *pool);

/*
 * Adds @count violations. The evidence is the first one's of those of the
 * worst severity, which is the finding's: FAIL, INCONCLUSIVE, WARN. It is
 * copied; without memory for that the finding counts all the same.
 */
void finding_add_many(struct session *session, enum model_check check,
		      enum check_severity severity, uint64_t count,
		      const struct evidence_fact *evidence,
		      enum confidence confidence);

/* One violation, of the check's own severity. */
void finding_add(struct session *session, enum model_check check,
		 const struct evidence_fact *evidence,
		 enum confidence confidence);

/* Violations that it stands for. */
uint64_t suspicion_size(const struct suspicion *suspicion);
/* It is a finding, or counts with one. */
void confirm(struct session *session, const struct suspicion *suspicion,
	     enum confidence confidence);

/* At the end, behind find_miscounts(): what was suspected where nothing was lost. */
void restore_lapsed(struct session *session);
void session_free_lapsed(struct session *session);

/* At the end: history that nothing proves is not held against anybody. */
void settle_history(struct session *session);

/* At the end, when findings stand: adds what was counted and not stored. */
void count_unstored(struct session *session);

/*
 * ---- control.c: what was proven of hooks and mark ----
 * At the end: checks that rest on what was not proven are blind, and what they
 * found is worth nothing.
 */
void derive_unproven_blind(struct session *session);

/* A check that could not look; the first reason stays. */
void session_add_blind(struct session *session, enum model_check check,
		       enum blind_code code);
void drop_unproven(struct session *session);

/* ---- finish.c: what follows at the end ---- */

/* A pool's own numbers as evidence; it has nothing on the heap. */
struct evidence_fact pool_evidence(const struct pool *pool);

/* ---- holders.c: what the holder walk said ---- */

int feed_walk(struct session *session, const struct walk_fact *walk);
int feed_place(struct session *session, const struct place_fact *place);
int feed_sweep(struct session *session, const struct sweep_fact *sweep);
int feed_search(struct session *session, const struct search_fact *search);
int feed_searched(struct session *session,
		  const struct searched_fact *searched);
int feed_container(struct session *session,
		   const struct container_fact *container);
int feed_holder(struct session *session, const struct holder_fact *holder);
int feed_held(struct session *session, const struct held_fact *held);
int feed_unheld(struct session *session, const struct page_fact *page);
int feed_posted(struct session *session, const struct posted_fact *posted);
int feed_suspects(struct session *session, const struct suspects_fact *look);
int feed_nudge(struct session *session, const struct nudge_fact *nudge);
int feed_nudged(struct session *session, const struct nudged_fact *nudged);

void pool_free_holders(struct pool *pool);
void session_free_holders(struct session *session);

/* At the end, of each pool. */
void sort_holders(struct pool *pool);

/* At the end, of a judged pool that is stalled and has pages in flight. */
void derive_stalled_findings(struct session *session, struct pool *pool);

/* At the end, when all pools are derived: could `leaked` have been seen? */
void derive_leaked_blind(struct session *session);

/* What keeps a page that nobody has from being called so; the shadow's part. */
enum leak_reason shadow_reason(const struct pool *pool);
/* Whatever is known of the page, as part of evidence. */
void add_page(struct evidence_fact *evidence, const struct page_fact *page);

/* ---- posted.c: pools that are alive ---- */

/* At the end, of a judged pool that is alive. */
void derive_suspect_leak(struct session *session, const struct pool *pool);
/* The same as derive_leaked_blind(), of `suspect_leak`. */
void derive_suspect_leak_blind(struct session *session);

/* ---- referenced.c: pages that left with more than one reference ---- */

int feed_referenced(struct session *session,
		    const struct referenced_fact *referenced);
/* At the end; also why it is not known. */
void derive_never_freed(struct session *session);

/* ---- session.c ---- */

/* Keeps a copy in place of what was kept; -ENOMEM leaves that as it was. */
int fact_replace(enum fact_type type, void *kept, const void *fact);

/* ---- making.c: what the rules of a verdict share ---- */

/* A verdict in the making. Errors stick: the last step returns them. */
struct making {
	const struct session *session;
	struct verdict *verdict;
	struct reasons *reasons, *warnings; /* of the verdict */
	int err;
};

void add_reason(struct making *making, struct reasons *list,
		struct reason reason);
void add_pool_reason(struct making *making, struct reasons *list,
		     enum reason_code code, const struct pool *pool);
void reasons_clear(struct reasons *list);

/* One for each loss of either kind. */
void reason_losses(struct making *making, struct reasons *list,
		   enum reason_code code, enum loss_kind one,
		   enum loss_kind other);

/* Alive at the end, so that its counters could be compared. */
bool is_comparable(const struct pool *pool);
/* Its counters were compared with its pages after the drain. */
bool is_compared_at_end(const struct pool *pool);
/* At least once since its first event, with whatever result. */
bool is_compared(const struct pool *pool);

/* ---- rules_watch.c, rules_pools.c ---- */

void reason_use(struct making *making);
void reason_coverage(struct making *making);
void reason_missed_pools(struct making *making);
void reason_control(struct making *making);
void reason_other_losses(struct making *making);
void reason_pools(struct making *making);
void reason_audits(struct making *making);

/* ---- miscount.c: a kernel that counts twice, and nothing lost ---- */

/* At the end, before findings of pools: which pools are miscounted. */
void find_miscounts(struct session *session);

#endif
