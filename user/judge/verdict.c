// SPDX-License-Identifier: GPL-2.0
/*
 * Reaches the verdict. Order of the rules: a confirmed finding that fails
 * wins over everything; then whatever keeps us from saying PASS; then PASS,
 * with warnings beside it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/judge/verdict.h"

#define DEFAULT_COVERAGE 0.95
#define HOLDERS_NAMED 3

static void __attribute__((format(printf, 2, 3)))
say(json_t *list, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(list, json_string(text));
}

/* Alive at the end, so that its counters could be compared. */
static bool is_comparable(const struct pool_fact *pool)
{
	return pool->judged && pool->state != POOL_STATE_GONE;
}

static bool is_compared(const struct pool_fact *pool)
{
	return pool->counted && pool->quiet;
}

static void sum_coverage(const struct session *session,
			 struct coverage *coverage)
{
	const struct pool_fact *pool;
	size_t i;

	coverage->threshold = DEFAULT_COVERAGE;
	json_unpack(session->meta, "{s?F}", "coverage_threshold",
		    &coverage->threshold);
	coverage->pools_judged = session->gone.pools;
	coverage->pools_compared = session->gone.pools;
	coverage->events = session->gone.events;
	coverage->conclusive = session->gone.conclusive;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged)
			continue;
		coverage->pools_judged++;
		coverage->events += pool->events;
		/* Never at rest: its counters were never checked. */
		if (is_comparable(pool) && !is_compared(pool))
			continue;
		coverage->conclusive += pool->conclusive;
		coverage->pools_compared++;
	}
	if (coverage->events)
		coverage->share =
			(double)coverage->conclusive / coverage->events;
	coverage->checks_blind = json_array_size(session->blind);
	coverage->checks_active = CHECK_COUNT - 1 - coverage->checks_blind;
}

/*
 * Nested events that no program took: why windows have gaps. So it is a
 * reason where the gaps are one, and else only said.
 */
static void tell_nested_losses(const struct session *session, json_t *list)
{
	const char *what, *why;
	json_int_t count;
	json_t *loss;
	size_t i;

	json_array_foreach (session->losses, i, loss)
		if (!json_unpack(loss, "{s:s, s:I, s:s}", "what", &what,
				 "count", &count, "why", &why) &&
		    (!strcmp(what, "holds") || !strcmp(what, "releases")))
			say(list, "%" JSON_INTEGER_FORMAT " %s lost: %s", count,
			    what, why);
}

/* Nothing may pass that was not looked at. */
static void doubt_coverage(const struct session *session,
			   const struct coverage *coverage, json_t *reasons,
			   json_t *warnings)
{
	bool enough = coverage->share >= coverage->threshold;

	if (!coverage->events)
		say(reasons,
		    "no page pool event was seen: nothing was looked at");
	else if (!enough)
		say(reasons,
		    "only %.1f %% of %" PRIu64
		    " events lie in conclusive windows (%.0f %% needed)",
		    coverage->share * 100, coverage->events,
		    coverage->threshold * 100);
	tell_nested_losses(session, enough ? warnings : reasons);
}

static void doubt_pool(const struct pool_fact *pool, json_t *reasons,
		       json_t *warnings)
{
	char name[80];

	pool_name(pool, name, sizeof(name));
	if (pool->gaps)
		say(warnings,
		    "%s: %u of %u windows lost events; findings inside them were dropped",
		    name, pool->gaps, pool->windows);
	if (!is_comparable(pool))
		return;
	if (!is_compared(pool))
		say(warnings,
		    "%s: never at rest, its counters were not compared", name);
	else if (pool->mismatch &&
		 (!pool->trusted || pool->unfollowed || pool->reordered))
		say(reasons,
		    "%s: counts differ (in flight %d, shadow %" PRId64
		    ", scan %" PRId64 "), but %s",
		    name, pool->inflight, pool->shadow_held, pool->scan_held,
		    !pool->trusted ? "events of this pool were lost" :
		    pool->unfollowed ?
				     "it may have net_iovs that nobody knows" :
				     "its net_iovs were met out of order");
	if (is_compared(pool) && pool->netlink_counted &&
	    (int64_t)pool->netlink_inflight != pool->inflight)
		say(warnings,
		    "%s: netlink says %" PRIu64
		    " pages in flight, the pool's counters %d",
		    name, pool->netlink_inflight, pool->inflight);
	if (pool->unfollowed)
		say(warnings,
		    "%s: it may have more net_iovs than the %" PRIu64
		    " known: of before the watch, or of lost events",
		    name, pool->net_iov);
}

static bool has_failure(const struct session *session)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->findings[check].count &&
		    session->findings[check].severity == SEVERITY_FAIL)
			return true;
	return false;
}

/* "1 page", "2 pages" */
static const char *count_pages(int64_t count, char *text, size_t size)
{
	snprintf(text, size, "%" PRId64 " page%s", count,
		 count == 1 ? "" : "s");
	return text;
}

/* "tcp 10.0.0.1:80 < 10.0.0.2:4000  curl[812] (12), cpu 1 (3) and 4 more" */
static void list_holders(const struct pool_fact *pool, char *text, size_t size)
{
	json_t *holder;
	char name[200];
	size_t i, at = 0;

	text[0] = 0;
	json_array_foreach (pool->holders, i, holder) {
		if (at >= size)
			return;
		if (i == HOLDERS_NAMED) {
			snprintf(text + at, size - at, " and %zu more",
				 json_array_size(pool->holders) - i);
			return;
		}
		at += snprintf(
			text + at, size - at, "%s%s (%" JSON_INTEGER_FORMAT ")",
			i ? ", " : "", holder_name(holder, name, sizeof(name)),
			json_integer_value(json_object_get(holder, "pages")));
	}
}

/* Pages that two walks met nowhere, and that are not called leaked for it. */
static void doubt_unheld(const struct session *session,
			 const struct pool_fact *pool, const char *name,
			 json_t *reasons)
{
	char blind[256], pages[32];

	if (!pool->held.unheld || !pool->unheld_doubt)
		return;
	count_pages(pool->held.unheld, pages, sizeof(pages));
	if (session_blind_spots(session))
		say(reasons,
		    "%s: %s without a holder that we can see, maybe where we could not look: %s",
		    name, pages,
		    blind_spots_text(session, blind, sizeof(blind)));
	else
		say(reasons,
		    "%s: %s without a holder that we can see, not called leaked: %s",
		    name, pages, pool->unheld_doubt);
}

/* A pool that waits, of which not each page has a holder: why not. */
static void doubt_unnamed(const struct session *session,
			  const struct pool_fact *pool, const char *name,
			  json_t *reasons)
{
	const struct held_fact *held = &pool->held;
	int64_t moved = held->out - held->attributed - held->unheld;
	char pages[32];

	if (!held->walks) {
		say(reasons, "%s: not walked, so nobody knows who has its %s",
		    name, count_pages(pool->inflight, pages, sizeof(pages)));
		return;
	}
	doubt_unheld(session, pool, name, reasons);
	count_pages(moved, pages, sizeof(pages));
	if (moved > 0 && held->walks < 2)
		say(reasons,
		    "%s: %s of %" PRId64
		    " had no holder in the only walk, and may have moved meanwhile",
		    name, pages, held->out);
	else if (moved > 0)
		say(reasons,
		    "%s: %s came and went between the walks, and cannot be judged",
		    name, pages);
	if (held->out != pool->inflight)
		say(reasons,
		    "%s: the walk knew of %s out, the pool counts %d: some came or went since",
		    name, count_pages(held->out, pages, sizeof(pages)),
		    pool->inflight);
	else if (held->attributed >= held->out)
		say(reasons,
		    "%s: the walk says that each page has a holder, and does not tell which",
		    name);
}

/* A pool that waits: who has its pages, or why that cannot be said. */
static void doubt_stalled(const struct session *session,
			  const struct pool_fact *pool, json_t *reasons,
			  json_t *warnings)
{
	char name[80], holders[384], pages[32];

	if (pool->state != POOL_STATE_STALLED || !pool->inflight)
		return;
	pool_name(pool, name, sizeof(name));
	if (!pool->attributed) {
		doubt_unnamed(session, pool, name, reasons);
		return;
	}
	list_holders(pool, holders, sizeof(holders));
	say(warnings, "%s: %s, each with a holder: %s", name,
	    count_pages(pool->held.out, pages, sizeof(pages)), holders);
}

/* Hand-outs and returns that were lost, by what the pool itself counts. */
static void doubt_followed(const struct pool_fact *pool, json_t *reasons,
			   json_t *warnings)
{
	json_int_t lost = 0, handed_out = 0, returned = 0;
	char name[80];

	pool_name(pool, name, sizeof(name));
	json_unpack(pool->flow, "{s?I, s?I, s?I}", "lost", &lost, "handed_out",
		    &handed_out, "returned", &returned);
	if (lost)
		say(lost * 20 > handed_out + returned ? reasons : warnings,
		    "%s: at least %" JSON_INTEGER_FORMAT
		    " of %" JSON_INTEGER_FORMAT
		    " hand-outs and returns were not seen",
		    name, lost, handed_out + returned + lost);
	if (pool->followed && !pool->unfollowed &&
	    (pool->followed_out > pool->followed_kernel ||
	     pool->followed_kernel >
		     pool->followed_out + pool->followed_unsure))
		say(reasons,
		    "%s: %" PRId64
		    " pages are out by their hand-outs and returns, %" PRId64
		    " by the pool's own count: some were not seen",
		    name, pool->followed_out, pool->followed_kernel);
}

static void doubt_unproven(const struct session *session, json_t *reasons)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (session->unproven[check])
			say(reasons,
			    "%s: %" PRIu64
			    " times suspected, and nothing else bears it out: an event may be lost",
			    check_infos[check].id, session->unproven[check]);
}

static void doubt_suspicions(const struct session *session, json_t *reasons)
{
	if (session->unstored && !has_failure(session))
		say(reasons,
		    "%" PRIu64
		    " suspicions found no evidence slot and cannot be judged",
		    session->unstored);
	if (session->suspicion_count)
		say(reasons,
		    "%zu suspicions still wait for their pools to come to rest",
		    session->suspicion_count);
}

static void doubt_findings(const struct session *session, json_t *reasons,
			   json_t *warnings)
{
	const struct finding *finding;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		finding = &session->findings[check];
		if (!finding->count || finding->severity == SEVERITY_FAIL)
			continue;
		say(finding->severity == SEVERITY_WARN ? warnings : reasons,
		    "%s: %s (%" PRIu64 ")", check_infos[check].id,
		    check_infos[check].headline, finding->count);
	}
}

/*
 * A replay that cannot retrace the recorded events proves nothing: records
 * are missing, or another model wrote them.
 */
static void doubt_replay(const struct session *session, json_t *reasons)
{
	const char *what, *why;
	json_t *loss;
	size_t i;

	json_array_foreach (session->losses, i, loss)
		if (!json_unpack(loss, "{s:s, s:s}", "what", &what, "why",
				 &why) &&
		    (!strcmp(what, "replay") || !strcmp(what, "evidence")))
			say(reasons, "replay: %s", why);
}

/* Their pools have gaps; how much that is of what happened nobody knows. */
static void doubt_net_iovs(const struct session *session, json_t *reasons)
{
	const char *what, *why;
	json_int_t count;
	json_t *loss;
	size_t i;

	json_array_foreach (session->losses, i, loss)
		if (!json_unpack(loss, "{s:s, s:s, s:I}", "what", &what, "why",
				 &why, "count", &count) &&
		    !strcmp(what, "net_iovs"))
			say(reasons, "lost %" JSON_INTEGER_FORMAT " %s", count,
			    why);
}

static void set_verdict(struct verdict *verdict, enum exit_code code)
{
	static const char *const names[] = {
		[EXIT_PASS] = "PASS",
		[EXIT_FAIL] = "FAIL",
		[EXIT_INCONCLUSIVE] = "INCONCLUSIVE",
	};

	verdict->code = code;
	verdict->name = names[code];
}

/*
 * A snapshot watched no traffic to doubt: it fails, or it finds nothing, or
 * pools may be hidden from it.
 */
static void keep_snapshot_reasons(const struct session *session,
				  struct verdict *verdict)
{
	json_array_extend(verdict->warnings, verdict->reasons);
	json_array_clear(verdict->reasons);
	if (session_hidden(session))
		say(verdict->reasons, "%s", session_hidden(session));
}

void verdict_reach(const struct session *session, struct verdict *verdict)
{
	size_t i;

	memset(verdict, 0, sizeof(*verdict));
	verdict->reasons = json_array();
	verdict->warnings = json_array();
	sum_coverage(session, &verdict->coverage);
	doubt_findings(session, verdict->reasons, verdict->warnings);
	doubt_coverage(session, &verdict->coverage, verdict->reasons,
		       verdict->warnings);
	doubt_suspicions(session, verdict->reasons);
	doubt_unproven(session, verdict->reasons);
	doubt_replay(session, verdict->reasons);
	doubt_net_iovs(session, verdict->reasons);
	for (i = 0; i < session->pool_count; i++) {
		if (!session->pools[i]->judged)
			continue;
		doubt_pool(session->pools[i], verdict->reasons,
			   verdict->warnings);
		doubt_followed(session->pools[i], verdict->reasons,
			       verdict->warnings);
		doubt_stalled(session, session->pools[i], verdict->reasons,
			      verdict->warnings);
	}
	if (session->workload_failed)
		say(verdict->reasons,
		    "the workload failed, so its traffic proves little");

	if (has_failure(session)) {
		set_verdict(verdict, EXIT_FAIL);
		return;
	}
	if (session_is_snapshot(session))
		keep_snapshot_reasons(session, verdict);
	set_verdict(verdict, json_array_size(verdict->reasons) ?
				     EXIT_INCONCLUSIVE :
				     EXIT_PASS);
}

void verdict_clear(struct verdict *verdict)
{
	json_decref(verdict->reasons);
	json_decref(verdict->warnings);
	memset(verdict, 0, sizeof(*verdict));
}
