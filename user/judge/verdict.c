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

/* A driver takes so many pages at once, and not all of them are used. */
#define OUT_REFILL 64

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

/* ---- the kernel's list of pools ---- */

/*
 * Devices that were asked for and have no pool. Returns whether there is none
 * at all, and the reasons say so.
 */
static bool reason_no_pool(struct making *making)
{
	const struct session *session = making->session;
	struct reason reason = {
		.code = session->pool_list.whole ? REASON_NO_POOL :
						   REASON_NO_POOL_FOUND,
	};
	bool said = false;
	size_t i;

	/* Recordings of before lists were kept say nothing of them. */
	if (!session->has_pool_list)
		return false;
	for (i = 0; i < session->devices.count; i++) {
		reason.device = &session->devices.items[i];
		if (!reason.device->asked ||
		    !session_lacks_pools(session, reason.device))
			continue;
		add_reason(making, making->reasons, reason);
		said = true;
	}
	if (!session_has_no_pool(session))
		return false;
	reason.device = NULL;
	if (!session->meta.devices.count)
		add_reason(making, making->reasons, reason);
	return said || !session->meta.devices.count;
}

/*
 * Pools that the kernel lists and that we did not find. Without pages nothing
 * of them was missed: their first page would have named them.
 */
static void reason_missed_pools(struct making *making)
{
	const struct missed_pool_facts *missed =
		&making->session->pool_list.missed;
	struct reason found = { .code = REASON_POOL_NOT_FOUND };
	struct reason idle = { .code = REASON_POOL_IDLE_UNSEEN };
	size_t i;

	for (i = 0; i < missed->count; i++) {
		if (!missed->items[i].judged)
			continue;
		if (missed->items[i].inflight)
			found.count++;
		else
			idle.count++;
	}
	if (found.count)
		add_reason(making, making->reasons, found);
	if (idle.count)
		add_reason(making, making->warnings, idle);
}

/* Nothing may pass of which nothing shows that it worked. */
static void reason_use(struct making *making)
{
	const struct judged_devices *devices = &making->verdict->devices;
	const struct judged_device *device;
	bool worked = making->session->gone.events > 0;
	size_t i;

	if (reason_no_pool(making))
		return;
	for (i = 0; i < devices->count; i++) {
		device = &devices->items[i];
		worked = worked || device->worked;
		/* Pools of no device, as those of each CPU, may well rest. */
		if (device->pool->device[0] && !device->worked)
			add_reason(making, making->reasons,
				   (struct reason){ .code = REASON_NO_TRAFFIC,
						    .group = device });
	}
	if (!worked && !reasons_have(making->reasons, REASON_NO_TRAFFIC))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_NO_EVENTS });
}

/* Nothing may pass that was not looked at. */
static void reason_coverage(struct making *making)
{
	const struct coverage *coverage = &making->verdict->coverage;
	/* That some were never compared is a reason of its own. */
	double whole = coverage->events ?
			       (double)coverage->whole / coverage->events :
			       0;
	bool enough = !coverage->events || whole >= coverage->threshold;

	if (!enough && coverage->lost)
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

/* ---- what was proven, and what was lost beside events ---- */

static void reason_control(struct making *making)
{
	const struct session *session = making->session;
	bool made = session->control.made;

	if (session_mark_fails(session))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_MARK_NOT_PROVEN });
	if (!session_is_silent(session, "hold") &&
	    !session_is_silent(session, "release") &&
	    !(made && session_is_silent(session, "destroy")))
		return;
	/* A look at memory needs no events, but hooks that work. */
	if (made || !session_is_snapshot(session))
		add_reason(making, making->reasons,
			   (struct reason){
				   .code = made ? REASON_HOOKS_NOT_ALIVE :
						  REASON_HOOKS_NOT_EXERCISED });
}

/* The biggest loss of a kind, NULL: none; some kinds are told at each scan. */
static const struct loss_fact *find_loss(const struct session *session,
					 enum loss_kind what)
{
	const struct loss_fact *loss, *found = NULL;
	size_t i;

	for (i = 0; i < session->losses.count; i++) {
		loss = &session->losses.items[i];
		if (loss->what == what &&
		    (!found || loss->count > found->count))
			found = loss;
	}
	return found;
}

static void reason_loss(struct making *making, struct reasons *list,
			enum reason_code code, enum loss_kind what)
{
	const struct loss_fact *loss = find_loss(making->session, what);

	if (loss)
		add_reason(making, list,
			   (struct reason){ .code = code, .loss = loss });
}

/*
 * Events of pages that the shadow has no words for. Judged pools have reasons
 * of their own; events that no pool is charged with may be of one of them.
 */
static void reason_outside(struct making *making)
{
	const struct session *session = making->session;
	const struct loss_fact *loss = find_loss(session, LOSS_FRAMES);

	if (!loss)
		return;
	reason_loss(making,
		    loss->count > session->outside_events ||
				    session->gone.outside ?
			    making->reasons :
			    making->warnings,
		    REASON_OUTSIDE_SHADOW, LOSS_FRAMES);
}

/* Calls that no pool is charged with: do they matter beside those that count? */
static void reason_function(struct making *making)
{
	const struct session *session = making->session;
	const struct loss_fact *loss = find_loss(session, LOSS_FUNCTION);
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged)
			seen += session->pools[i]->flow.handed_out +
				session->pools[i]->flow.returned;
	if (loss)
		reason_loss(making,
			    loss->count * 20 > seen ? making->reasons :
						      making->warnings,
			    REASON_FUNCTION_LOST, LOSS_FUNCTION);
}

static void reason_other_losses(struct making *making)
{
	const struct coverage *coverage = &making->verdict->coverage;

	reason_outside(making);
	/* They are gaps of windows, as events that the kernel skipped. */
	reason_loss(making,
		    !coverage->events ||
				    coverage->share >= coverage->threshold ?
			    making->warnings :
			    making->reasons,
		    REASON_STEPS_LOST, LOSS_STEPS);
	/* Nobody knows whose they are. */
	reason_loss(making, making->reasons, REASON_POOLS_UNTRACKED,
		    find_loss(making->session, LOSS_POOLS) ? LOSS_POOLS :
							     LOSS_SCAN);
	reason_function(making);
	/*
	 * It hides idle pools only, as kernels do that have no list; a snapshot
	 * sees none of them otherwise.
	 */
	reason_loss(making,
		    session_is_snapshot(making->session) ? making->reasons :
							   making->warnings,
		    REASON_REGISTRY_CUT, LOSS_REGISTRY);
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
	if (!pool->trusted || pool->unstepped)
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
		if (!pool->trusted || pool->unfollowed || pool->reordered ||
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
	if (pool->unfollowed)
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
	    last > first + OUT_REFILL)
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

static void reason_audits(struct making *making)
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

static void reason_pools(struct making *making)
{
	const struct gone_pools *gone = &making->session->gone;
	const struct pool *pool;
	size_t i;

	reason_hand_outs(making, NULL, gone->hand_outs, gone->hand_outs_lost);

	for (i = 0; i < making->session->pool_count; i++) {
		pool = making->session->pools[i];
		if (!pool->judged)
			continue;
		if (pool->gaps)
			reason_gaps(making, i);
		reason_pool(making, pool);
		reason_alive(making, pool);
		reason_out(making, pool);
		reason_stats(making, pool);
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

/* ---- expectations ---- */

/* Returns whether one was not met. */
static bool reason_expectations(struct making *making)
{
	const struct strings *texts = &making->session->meta.expect;
	struct verdict *verdict = making->verdict;
	struct expected *expected;
	bool failed = false;
	size_t i;

	verdict->expected = calloc(texts->count + 1, sizeof(*expected));
	if (!verdict->expected) {
		making->err = -ENOMEM;
		return false;
	}
	verdict->expected_count = texts->count;
	for (i = 0; i < texts->count; i++) {
		expected = &verdict->expected[i];
		expect_judge(making->session, texts->items[i],
			     verdict->coverage.events, verdict->coverage.share,
			     expected);
		failed = failed || expected->result == EXPECT_FAILED;
		if (expected->result != EXPECT_MET)
			add_reason(
				making, making->reasons,
				(struct reason){
					.code = expected->doubt ?
							REASON_EXPECTATION_UNKNOWN :
							REASON_EXPECTATION_FAILED,
					.expected = expected });
	}
	return failed;
}

/* ---- the verdict ---- */

/* Frames that never went out; their pages are judged as all others. */
static void reason_redirects(struct making *making)
{
	const struct redirect_error_facts *errors =
		&making->session->redirect_errors;
	size_t i;

	for (i = 0; i < errors->count; i++)
		add_reason(making, making->warnings,
			   (struct reason){ .code = REASON_REDIRECT_ERRORS,
					    .redirect = &errors->items[i] });
}

static void reason_all(struct making *making)
{
	reason_findings(making);
	reason_control(making);
	reason_use(making);
	reason_coverage(making);
	reason_missed_pools(making);
	reason_other_losses(making);
	reason_suspicions(making);
	reason_unproven(making);
	/*
	 * A replay that cannot retrace the recorded events proves nothing:
	 * records are missing, or another model wrote them.
	 */
	reason_losses(making, making->reasons, REASON_REPLAY_DIFFERS,
		      LOSS_REPLAY, LOSS_REPLAY);
	reason_losses(making, making->reasons, REASON_UNSTORED, LOSS_EVIDENCE,
		      LOSS_EVIDENCE);
	/* Their pools have gaps; how much that is of all nobody knows. */
	reason_losses(making, making->reasons, REASON_NET_IOVS_LOST,
		      LOSS_NET_IOVS, LOSS_NET_IOVS);
	reason_pools(making);
	reason_audits(making);
	reason_redirects(making);
	if (making->session->was_cut)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_CUT_SHORT });
	if (making->session->workload_failed)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_WORKLOAD_FAILED });
}

/* ---- snapshots ---- */

/*
 * What only traffic can show: nothing to say of a snapshot, which watched none.
 * All else is something that it was asked to look at.
 */
static bool is_about_traffic(const struct reason *reason)
{
	switch (reason->code) {
	/* That a machine has no pool is an answer, that a device has none is not. */
	case REASON_NO_POOL:
	case REASON_NO_POOL_FOUND:
		return !reason->device;
	case REASON_HOOKS_NOT_EXERCISED:
	case REASON_STEPS_LOST:
	case REASON_FUNCTION_LOST:
	case REASON_NO_EVENTS:
	case REASON_NO_TRAFFIC:
	case REASON_NO_RECORD:
	case REASON_COVERAGE_LOW:
	case REASON_EVENTS_LOST:
	case REASON_HAND_OUTS_LOST:
	case REASON_FOLLOWED_DIFFERS:
		return true;
	default:
		return false;
	}
}

static void drop_traffic_reasons(struct reasons *reasons)
{
	size_t i, kept = 0;

	for (i = 0; i < reasons->count; i++)
		if (!is_about_traffic(&reasons->items[i]))
			reasons->items[kept++] = reasons->items[i];
	reasons->count = kept;
}

/* A walk was asked for, and none was done, or one of them was cut short. */
static bool is_walk_missing(const struct session *session)
{
	const struct blind_fact *blind = session_blind(session, CHECK_leaked);

	if (!session->meta.walk)
		return false;
	if (!session->walk_count)
		return true;
	return blind && (blind->code == BLIND_WALK_FAILED ||
			 blind->code == BLIND_WALK_TIMEOUT);
}

/* What a snapshot was asked to look at, and could not. */
static void reason_snapshot(struct making *making)
{
	if (making->session->meta.hidden)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_NO_SIGNATURE });
	if (is_walk_missing(making->session))
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_WALK_NOT_DONE });
}

int verdict_reach(const struct session *session, struct verdict *verdict)
{
	/* cppcheck-suppress ctuuninitvar ; an address alone is taken */
	struct making making = { session, verdict, &verdict->reasons,
				 &verdict->warnings, 0 };
	bool failed;

	memset(verdict, 0, sizeof(*verdict));
	making.err = judged_devices_collect(session, &verdict->devices);
	sum_coverage(session, &verdict->coverage);
	reason_all(&making);
	if (session_is_snapshot(session)) {
		drop_traffic_reasons(&verdict->reasons);
		reason_snapshot(&making);
	}
	failed = has_failure(session);
	failed = reason_expectations(&making) || failed;
	verdict->code = failed		       ? EXIT_FAIL :
			verdict->reasons.count ? EXIT_INCONCLUSIVE :
						 EXIT_PASS;
	return making.err;
}

void verdict_clear(struct verdict *verdict)
{
	reasons_clear(&verdict->reasons);
	reasons_clear(&verdict->warnings);
	judged_devices_clear(&verdict->devices);
	free(verdict->expected);
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
