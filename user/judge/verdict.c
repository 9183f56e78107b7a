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

#include "user/judge/private.h"

/* ---- what was looked at ---- */

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
		if (!pool->miscounted) {
			coverage->lost += pool->lost;
			coverage->bursts += pool->bursts;
		}
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
	uint64_t unstored = 0, undecided = 0, count;
	size_t i;

	for (i = 0; i < CHECK_COUNT; i++)
		if (i == CHECK_NONE || !session_blind(session, i))
			unstored += session->unstored[i];
	for (i = 0; i < session->suspicion_count; i++) {
		count = session->suspicions[i].unstored;
		undecided += count ? count : 1;
	}
	if (unstored)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_UNSTORED,
					    .count = unstored });
	if (undecided)
		add_reason(making, making->reasons,
			   (struct reason){ .code = REASON_UNDECIDED,
					    .count = undecided });
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
					.code = expected->reason ?
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

/* That a machine has no pool is an answer; that a device has none is not. */
static bool is_answer(const struct reason *reason)
{
	return !reason->device && (reason->code == REASON_NO_POOL ||
				   reason->code == REASON_NO_POOL_FOUND);
}

static void drop_traffic_reasons(struct making *making)
{
	struct reasons *reasons = making->reasons;
	size_t i, kept = 0;

	for (i = 0; i < reasons->count; i++) {
		if (is_answer(&reasons->items[i]))
			add_reason(making, making->warnings, reasons->items[i]);
		else if (!is_about_traffic(&reasons->items[i]))
			reasons->items[kept++] = reasons->items[i];
	}
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
		drop_traffic_reasons(&making);
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
