// SPDX-License-Identifier: GPL-2.0
/*
 * Reaches the verdict. Order of the rules: a confirmed finding that fails
 * wins over everything; then whatever keeps us from saying PASS; then PASS,
 * with warnings beside it. Reasons are codes with what they are about; which
 * members a code fills is said in verdict.h, and the words are in
 * report/reasons.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/verdict.h"

/* A verdict in the making. Errors stick: the last step returns them. */
struct making {
	const struct session *session;
	struct verdict *verdict;
	struct reasons *reasons, *warnings; /* of the verdict */
	int err;
};

/* ---- lists of reasons ---- */

int reasons_add(struct reasons *list, const struct reason *reason)
{
	struct reason *items =
		realloc(list->items, (list->count + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = *reason;
	return 0;
}

bool reasons_have(const struct reasons *list, enum reason_code code)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->items[i].code == code)
			return true;
	return false;
}

static void reasons_clear(struct reasons *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static void add_reason(struct making *making, struct reasons *list,
		       struct reason reason)
{
	if (reasons_add(list, &reason))
		making->err = -ENOMEM;
}

static void add_pool_reason(struct making *making, struct reasons *list,
			    enum reason_code code, const struct pool *pool)
{
	add_reason(making, list, (struct reason){ .code = code, .pool = pool });
}

/* ---- what was looked at ---- */

/* Alive at the end, so that its counters could be compared. */
static bool is_comparable(const struct pool *pool)
{
	return pool->judged && pool->state != POOL_STATE_GONE;
}

/* After the drain. */
static bool is_compared_at_end(const struct pool *pool)
{
	return pool->counted && pool->stable;
}

/* At least once since its first event, with whatever result. */
static bool is_compared(const struct pool *pool)
{
	return pool->compared || pool->mismatch || is_compared_at_end(pool);
}

static void sum_coverage(const struct session *session,
			 struct coverage *coverage)
{
	const struct pool *pool;
	size_t i;

	coverage->threshold = session->meta.coverage_threshold;
	coverage->pools_judged = session->gone.pools;
	coverage->pools_compared = session->gone.pools;
	coverage->events = session->gone.events;
	coverage->conclusive = session->gone.conclusive;
	coverage->whole = session->gone.conclusive;
	coverage->lost = session->gone.lost;
	coverage->bursts = session->gone.bursts;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged)
			continue;
		coverage->pools_judged++;
		coverage->events += pool->events;
		coverage->whole += pool->conclusive;
		coverage->lost += pool->lost;
		coverage->bursts += pool->bursts;
		/* Never at rest: its counters were never checked. */
		if (is_comparable(pool) && !is_compared(pool))
			continue;
		coverage->conclusive += pool->conclusive;
		coverage->pools_compared++;
	}
	if (coverage->events)
		coverage->share =
			(double)coverage->conclusive / coverage->events;
	coverage->checks_blind = session->blind.count;
	coverage->checks_active = CHECK_COUNT - 1 - coverage->checks_blind;
}

static void reason_losses(struct making *making, struct reasons *list,
			  enum reason_code code, enum loss_kind one,
			  enum loss_kind other)
{
	const struct loss_facts *losses = &making->session->losses;
	size_t i;

	for (i = 0; i < losses->count; i++)
		if (losses->items[i].what == one ||
		    losses->items[i].what == other)
			add_reason(
				making, list,
				(struct reason){ .code = code,
						 .loss = &losses->items[i] });
}

/* Nothing may pass that was not looked at. */
static void reason_coverage(struct making *making)
{
	const struct coverage *coverage = &making->verdict->coverage;
	/* That some were never compared is a reason of its own. */
	double whole = coverage->events ?
			       (double)coverage->whole / coverage->events :
			       0;
	bool enough = whole >= coverage->threshold;

	if (!coverage->events)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_NO_EVENTS });
	else if (!enough && coverage->lost)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_EVENTS_LOST,
					    .count = coverage->lost,
					    .of = coverage->events,
					    .times = coverage->bursts,
					    .share = whole });
	else if (!enough)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_COVERAGE_LOW,
					    .count = coverage->events,
					    .of = coverage->whole });
	/*
	 * Nested events that no program took: why windows have gaps. So it is a
	 * reason where the gaps are one and have no numbers of their own, and
	 * else only a warning.
	 */
	reason_losses(making,
		      enough || coverage->lost ? making->warnings :
						 making->reasons,
		      REASON_EVENTS_LOST, LOSS_HOLDS, LOSS_RELEASES);
}

/* ---- pools ---- */

static bool is_same_device(const struct pool *a, const struct pool *b)
{
	return a->ifindex == b->ifindex && a->netns == b->netns &&
	       !strcmp(a->device, b->device);
}

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
		if (!pool->judged || !pool->gaps ||
		    !is_same_device(pool, reason.pool))
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
	if (!pool->trusted)
		return REASON_COUNTS_DIFFER_LOSSY;
	if (pool->unfollowed)
		return REASON_COUNTS_DIFFER_NET_IOVS;
	return REASON_COUNTS_DIFFER_REORDERED;
}

/* Were its counters compared with its pages, and what came of it? */
static void reason_counts(struct making *making, const struct pool *pool)
{
	if (pool->mismatch) {
		/* Else it is a finding. */
		if (!pool->trusted || pool->unfollowed || pool->reordered)
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
	if (!is_comparable(pool))
		return;
	reason_counts(making, pool);
	if (is_compared_at_end(pool) && pool->netlink_counted &&
	    (int64_t)pool->netlink_inflight != pool->inflight)
		add_pool_reason(making, making->warnings,
				REASON_NETLINK_DIFFERS, pool);
	if (pool->unfollowed)
		add_pool_reason(making, making->warnings,
				REASON_NET_IOVS_UNKNOWN, pool);
}

/* Allocations and puts that were lost, by what the pool itself counts. */
static void reason_followed(struct making *making, const struct pool *pool)
{
	uint64_t seen = pool->flow.handed_out + pool->flow.returned;
	uint64_t lost = pool->flow.lost;

	if (lost)
		add_reason(making,
			   lost * 20 > seen ? making->reasons :
					      making->warnings,
			   (struct reason){ .code = REASON_HAND_OUTS_LOST,
					    .pool = pool,
					    .count = lost,
					    .of = seen + lost });
	if (pool->followed && !pool->unfollowed &&
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
	int64_t moved = held->out - held->attributed - held->unheld;

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
	if (held->unheld && pool->unheld_doubt != DOUBT_NONE)
		add_pool_reason(making, making->reasons,
				session_blind_spots(making->session) ?
					REASON_UNHELD_BLIND :
					REASON_UNHELD_DOUBT,
				pool);
	reason_moved(making, pool);
	if (held->out != pool->inflight)
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
	if (pool->state != POOL_STATE_STALLED || !pool->inflight)
		return;
	if (pool->attributed)
		add_pool_reason(making, making->warnings, REASON_HELD, pool);
	else if (is_draining(pool))
		add_pool_reason(making, making->reasons, REASON_DRAINING, pool);
	else
		reason_unnamed(making, pool);
}

static void reason_pools(struct making *making)
{
	const struct pool *pool;
	size_t i;

	for (i = 0; i < making->session->pool_count; i++) {
		pool = making->session->pools[i];
		if (!pool->judged)
			continue;
		if (pool->gaps)
			reason_gaps(making, i);
		reason_pool(making, pool);
		reason_followed(making, pool);
		reason_stalled(making, pool);
	}
}

/* ---- findings and suspicions ---- */

static bool has_failure(const struct session *session)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count &&
		    session->findings[check].severity == SEVERITY_FAIL)
			return true;
	return false;
}

static void reason_findings(struct making *making)
{
	const struct finding *finding;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		finding = &making->session->findings[check];
		if (!finding->count || finding->severity == SEVERITY_FAIL)
			continue;
		add_reason(making,
			   finding->severity == SEVERITY_WARN ?
				   making->warnings :
				   making->reasons,
			   (struct reason){ .code = REASON_FINDING,
					    .check = check,
					    .count = finding->count });
	}
}

static void reason_suspicions(struct making *making)
{
	const struct session *session = making->session;

	if (session->unstored && !has_failure(session))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_UNSTORED,
					    .count = session->unstored });
	if (session->suspicion_count)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_UNDECIDED,
					    .count =
						    session->suspicion_count });
}

static void reason_unproven(struct making *making)
{
	const uint64_t *unproven = making->session->unproven;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (unproven[check])
			add_reason(making, making->reasons,
				   (struct reason){ .code = REASON_UNPROVEN,
						    .check = check,
						    .count = unproven[check] });
}

/* ---- the verdict ---- */

static void reason_all(struct making *making)
{
	reason_findings(making);
	reason_coverage(making);
	reason_suspicions(making);
	reason_unproven(making);
	/*
	 * A replay that cannot retrace the recorded events proves nothing:
	 * records are missing, or another model wrote them.
	 */
	reason_losses(making, making->reasons, REASON_REPLAY_DIFFERS,
		      LOSS_REPLAY, LOSS_EVIDENCE);
	/* Their pools have gaps; how much that is of all nobody knows. */
	reason_losses(making, making->reasons, REASON_NET_IOVS_LOST,
		      LOSS_NET_IOVS, LOSS_NET_IOVS);
	reason_pools(making);
	if (making->session->workload_failed)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_WORKLOAD_FAILED });
}

/*
 * A snapshot watched no traffic to doubt: it fails, or it finds nothing, or
 * pools may be hidden from it.
 */
static void keep_snapshot_reasons(struct making *making)
{
	struct reasons *reasons = making->reasons;
	size_t i;

	for (i = 0; i < reasons->count; i++)
		add_reason(making, making->warnings, reasons->items[i]);
	reasons->count = 0;
	if (making->session->meta.hidden)
		add_reason(making, reasons,
			   (struct reason){ .code = REASON_NO_SIGNATURE });
}

int verdict_reach(const struct session *session, struct verdict *verdict)
{
	/* cppcheck-suppress ctuuninitvar ; an address alone is taken */
	struct making making = { session, verdict, &verdict->reasons,
				 &verdict->warnings, 0 };

	memset(verdict, 0, sizeof(*verdict));
	sum_coverage(session, &verdict->coverage);
	reason_all(&making);
	if (has_failure(session)) {
		verdict->code = EXIT_FAIL;
		return making.err;
	}
	if (session_is_snapshot(session))
		keep_snapshot_reasons(&making);
	verdict->code = verdict->reasons.count ? EXIT_INCONCLUSIVE : EXIT_PASS;
	return making.err;
}

void verdict_clear(struct verdict *verdict)
{
	reasons_clear(&verdict->reasons);
	reasons_clear(&verdict->warnings);
	memset(verdict, 0, sizeof(*verdict));
}

const char *verdict_name(const struct verdict *verdict)
{
	switch (verdict->code) {
	case EXIT_PASS:
		return "PASS";
	case EXIT_FAIL:
		return "FAIL";
	default:
		return "INCONCLUSIVE";
	}
}
