// SPDX-License-Identifier: GPL-2.0
/*
 * The sentence of each reason, doubt and blind check. A new code of
 * user/facts/reasons.h gets its case here; until then its meaning is printed.
 */
#include <inttypes.h>

#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define HOLDERS_NAMED 3

/* "1 page", "2 pages" */
static const char *count_things(int64_t count, const char *what, char *text,
				size_t size)
{
	snprintf(text, size, "%" PRId64 " %s%s", count, what,
		 count == 1 ? "" : "s");
	return text;
}

static const char *count_pages(int64_t count, char *text, size_t size)
{
	return count_things(count, "page", text, size);
}

/* "tcp 10.0.0.1:80 < 10.0.0.2:4000  curl[812] (12), cpu 1 (3) and 4 more" */
static const char *list_holders(const struct pool *pool, char *text,
				size_t size)
{
	const struct holder_facts *holders = &pool->holders;
	size_t i, at = 0;
	char name[200];

	text[0] = 0;
	for (i = 0; i < holders->count && at < size; i++) {
		if (i == HOLDERS_NAMED) {
			snprintf(text + at, size - at, " and %zu more",
				 holders->count - i);
			break;
		}
		at += utf8_print(text + at, size - at, "%s%s (%" PRIu64 ")",
				 i ? ", " : "",
				 holder_name(&holders->items[i], name,
					     sizeof(name)),
				 holders->items[i].pages);
	}
	return text;
}

/* What a device showed. @count of @of: its pools. */
static bool write_device(const struct session *session,
			 const struct reason *reason, char *text, size_t size)
{
	char pools[48], time[32];

	switch (reason->code) {
	case REASON_NO_TRAFFIC:
		snprintf(text, size,
			 "no traffic: nothing moved in its %s in %s%s",
			 count_things(reason->group->pools +
					      reason->group->ended,
				      "pool", pools, sizeof(pools)),
			 format_time(session->duration_ms, time, sizeof(time)),
			 reason->group->knows_received ?
				 ", and no packet came in" :
				 "; whether packets came in is not known");
		return true;
	case REASON_NOT_AUDITED:
		snprintf(text, size, "%" PRIu64 " of %s not audited%s",
			 reason->count,
			 count_things(reason->of, "pool", pools, sizeof(pools)),
			 reason->group->restless == reason->count ?
				 ": cache and ring were never at rest" :
				 "");
		return true;
	default:
		return false;
	}
}

static void write_counts_differ(const struct pool *pool, const char *but,
				char *text, size_t size)
{
	snprintf(text, size,
		 "counts differ (in flight %d, shadow %" PRId64
		 ", scan %" PRId64 "), but %s",
		 pool->inflight, pool->shadow_held, pool->scan_held, but);
}

/* Pages that two walks did not find, and that are not reported as leaked. */
static void write_unheld(const struct session *session, const struct pool *pool,
			 bool blind, char *text, size_t size)
{
	char pages[32], spots[256], memory[400];

	count_pages(pool->held.unaccounted, pages, sizeof(pages));
	containers_text(pool, memory, sizeof(memory));
	if (blind)
		snprintf(
			text, size,
			"%s without a known holder, possibly in a place that could not be inspected: %s%s",
			pages, blind_spots_text(session, spots, sizeof(spots)),
			memory);
	else
		snprintf(
			text, size,
			"%s without a known holder, not reported as leaked: %s%s",
			pages, leak_reason_text(session, pool->leak_reason),
			memory);
}

/* What holder walks say of a pool that waits. @count: pages that moved. */
static bool write_walked(const struct session *session,
			 const struct reason *reason, char *text, size_t size)
{
	const struct pool *pool = reason->pool;
	char pages[32], holders[384];

	switch (reason->code) {
	case REASON_UNHELD_BLIND:
	case REASON_UNHELD_DOUBT:
		write_unheld(session, pool, reason->code == REASON_UNHELD_BLIND,
			     text, size);
		return true;
	case REASON_NOT_WALKED:
		snprintf(text, size, "no holder walk was done for its %s",
			 count_pages(pool->inflight, pages, sizeof(pages)));
		return true;
	case REASON_WALKED_ONCE:
		snprintf(text, size,
			 "no holder found for %s of %" PRId64
			 " in the only walk: they may have moved during it",
			 count_pages(reason->count, pages, sizeof(pages)),
			 pool->held.out);
		return true;
	case REASON_MOVED_BETWEEN_WALKS:
		snprintf(text, size,
			 "%s moved between the walks and cannot be judged",
			 count_pages(reason->count, pages, sizeof(pages)));
		return true;
	case REASON_WALK_DIFFERS:
		snprintf(
			text, size,
			"the walk saw %s out, the pool counts %d: the number changed after the walk",
			count_pages(pool->held.out, pages, sizeof(pages)),
			pool->inflight);
		return true;
	case REASON_OUT_GREW:
		snprintf(text, size, "%s out, %" PRIu64 " at the start; %s",
			 count_pages(reason->count, pages, sizeof(pages)),
			 reason->of,
			 pool->held.walks ?
				 list_holders(pool, holders, sizeof(holders)) :
				 "their holders are not known");
		return true;
	case REASON_HELD:
		snprintf(text, size, "%s out, held by %s",
			 count_pages(pool->held.out, pages, sizeof(pages)),
			 list_holders(pool, holders, sizeof(holders)));
		return true;
	default:
		return false;
	}
}

/* Counters count for more: without them the rest says little. */
static void write_unread(const struct pool *pool, char *text, size_t size)
{
	if (pool->counters_unread)
		snprintf(text, size, "its counters could not be read: %s",
			 pool->counters_unread);
	else
		snprintf(text, size, "its cache and ring could not be read: %s",
			 pool->entries_unread);
}

/* Events of pages without a word, or pages that only a scan met. */
static void write_outside(const struct reason *reason, char *text, size_t size)
{
	char things[48];

	if (reason->count)
		count_things(reason->count, "event", things, sizeof(things));
	else
		count_pages(reason->of, things, sizeof(things));
	snprintf(
		text, size,
		"%s%s in memory that the shadow does not cover, so nobody followed them",
		things, reason->count ? " of pages" : "");
}

static void write_never_at_rest(const struct pool *pool, char *text,
				size_t size)
{
	char looks[32];

	if (!pool->tries) {
		snprintf(text, size,
			 "never at rest, so its counters were not compared");
		return;
	}
	snprintf(
		text, size,
		"never at rest in %s of %u us, so its counters were not compared",
		count_things(pool->tries, "look", looks, sizeof(looks)),
		pool->look_us);
}

/* Two counts of a pool that should be the same. */
static bool write_differing(const struct session *session,
			    const struct reason *reason, char *text,
			    size_t size)
{
	const struct pool *pool = reason->pool;
	char things[48];

	switch (reason->code) {
	case REASON_COUNTS_DIFFER_ONCE:
		write_counts_differ(
			pool, "the pool was not at rest again to confirm it",
			text, size);
		return true;
	case REASON_COUNTS_DIFFER_LOSSY:
		write_counts_differ(pool, "events of this pool were lost", text,
				    size);
		return true;
	case REASON_COUNTS_DIFFER_NET_IOVS:
		write_counts_differ(pool, "the pool may hold unknown net_iovs",
				    text, size);
		return true;
	case REASON_COUNTS_DIFFER_REORDERED:
		write_counts_differ(pool,
				    "events of its net_iovs came out of order",
				    text, size);
		return true;
	case REASON_NETLINK_DIFFERS:
		snprintf(text, size,
			 "netlink reports %s in flight, the pool's counters %d",
			 count_pages(pool->netlink_inflight, things,
				     sizeof(things)),
			 pool->inflight);
		return true;
	case REASON_STATS_DIFFER:
		stats_difference_text(session, pool, text, size);
		return true;
	case REASON_FOLLOWED_DIFFERS:
		snprintf(text, size,
			 "%s out by allocations and puts, %" PRId64
			 " by the pool's own count: some were missed",
			 count_pages(pool->followed_out, things,
				     sizeof(things)),
			 pool->followed_kernel);
		return true;
	default:
		return false;
	}
}

/* What a pool's own numbers say. @count of @of: not seen, of all. */
static bool write_counted(const struct session *session,
			  const struct reason *reason, char *text, size_t size)
{
	const struct pool *pool = reason->pool;
	char things[48];

	switch (reason->code) {
	case REASON_POOL_GAPS:
		snprintf(text, size,
			 "events were lost in %" PRIu64
			 " of %s; findings in them were dropped",
			 reason->count,
			 count_things(reason->of, "window", things,
				      sizeof(things)));
		return true;
	case REASON_OUTSIDE_SHADOW:
		write_outside(reason, text, size);
		return true;
	case REASON_NEVER_AT_REST:
		write_never_at_rest(pool, text, size);
		return true;
	case REASON_DRAINING:
		snprintf(text, size,
			 "draining: %" PRId64
			 " -> %s in %.0f s, so it does not look like a leak",
			 pool->drain_first,
			 count_pages(pool->drain_last, things, sizeof(things)),
			 (pool->drain_last_ms - pool->drain_first_ms) / 1e3);
		return true;
	case REASON_POOL_UNREAD:
		write_unread(pool, text, size);
		return true;
	case REASON_NET_IOVS_UNKNOWN:
		snprintf(
			text, size,
			"known net_iovs: %" PRIu64
			"; there may be more, from before the watch or from lost events",
			pool->net_iov);
		return true;
	case REASON_IDENTITY_CHANGED:
		snprintf(
			text, size,
			"the kernel's number of this pool was %u and is %u: it is another pool",
			pool->first.kernel_id, pool->last.kernel_id);
		return true;
	case REASON_HAND_OUTS_LOST:
		snprintf(text, size,
			 "missed at least %" PRIu64 " of %" PRIu64
			 " allocations and puts",
			 reason->count, reason->of);
		return true;
	default:
		return false;
	}
}

/* "hold and release hooks" */
static const char *list_hooks(const struct strings *hooks, char *text,
			      size_t size)
{
	size_t i, at = 0;

	text[0] = 0;
	for (i = 0; i < hooks->count && at < size; i++)
		at += utf8_print(text + at, size - at, "%s%s",
				 !i		       ? "" :
				 i == hooks->count - 1 ? " and " :
							 ", ",
				 hooks->items[i]);
	if (at < size)
		snprintf(text + at, size - at, " hook%s",
			 hooks->count == 1 ? "" : "s");
	return text;
}

/* Why the mark of a pool's page cannot be relied on. */
static const char *mark_text(const struct control_fact *control)
{
	if (control->mark == MARK_DIFFERS)
		return control->made ?
			       "a page of our own control pool does not carry the mark that scan, audit and holder walk look for" :
			       "a pool's page does not carry the mark that scan, audit and holder walk look for";
	return control->made ?
		       "no page of our own control pool was seen, so its mark is not proven" :
		       "no page of a pool was met, so the mark that scan, audit and holder walk look for is not proven";
}

/* What our own pool, or the first events, did not prove. */
static bool write_proven(const struct session *session,
			 const struct reason *reason, char *text, size_t size)
{
	const struct control_fact *control = &session->control;
	char hooks[128];

	list_hooks(&control->silent, hooks, sizeof(hooks));
	switch (reason->code) {
	case REASON_HOOKS_NOT_ALIVE:
		snprintf(text, size, "the %s did not see our own control pool",
			 hooks);
		return true;
	case REASON_HOOKS_NOT_EXERCISED:
		snprintf(
			text, size,
			"nothing reached the %s, and no control pool can be made to prove them: %s",
			hooks, control->why ? control->why : "unknown");
		return true;
	case REASON_MARK_NOT_PROVEN:
		snprintf(text, size, "%s", mark_text(control));
		return true;
	default:
		return false;
	}
}

/* What was lost; each has @loss. */
static bool write_loss(const struct reason *reason, char *text, size_t size)
{
	const struct loss_fact *loss = reason->loss;
	char things[48];

	switch (reason->code) {
	case REASON_EVENTS_LOST:
	case REASON_NET_IOVS_LOST:
	case REASON_UNSTORED:
		snprintf(text, size, "%s lost: %" PRIu64 " (%s)",
			 loss_name(loss->what), loss->count, loss->why);
		return true;
	case REASON_REPLAY_DIFFERS:
		snprintf(text, size, "replay: %s", loss->why);
		return true;
	case REASON_OUTSIDE_SHADOW:
		snprintf(text, size,
			 "%s of pages in memory that the shadow does not cover",
			 count_things(loss->count, "event", things,
				      sizeof(things)));
		return true;
	case REASON_STEPS_LOST:
		snprintf(
			text, size,
			"%s without effect: the word of the page changed at each try",
			count_things(loss->count, "event", things,
				     sizeof(things)));
		return true;
	case REASON_POOLS_UNTRACKED:
		snprintf(
			text, size,
			"there was no free slot for %s of judged or unknown devices: nothing of them was looked at",
			count_things(loss->count, "pool", things,
				     sizeof(things)));
		return true;
	case REASON_FUNCTION_LOST:
		snprintf(
			text, size,
			"allocations and puts missed that cannot be charged to a pool: %" PRIu64,
			loss->count);
		return true;
	case REASON_REGISTRY_CUT:
		snprintf(
			text, size,
			"the kernel's list of pools could not be followed in %s: idle pools may be missing",
			count_things(loss->count, "place", things,
				     sizeof(things)));
		return true;
	default:
		return false;
	}
}

static void write_cut(const struct cut_fact *cut, char *text, size_t size)
{
	size_t i, at;
	char pools[48];

	at = utf8_print(text, size,
			"a second signal ended it early; not done: ");
	for (i = 0; i < cut->steps.count && at < size; i++)
		at += utf8_print(text + at, size - at, "%s%s", i ? ", " : "",
				 cut_step_text(cut->steps.items[i]));
	if (cut->pools && at < size)
		snprintf(text + at, size - at, " (%s)",
			 count_things(cut->pools, "pool", pools,
				      sizeof(pools)));
}

/* @count of @of, in @times bursts; @share of all is not concerned. */
static void write_events_lost(const struct reason *reason, char *text,
			      size_t size)
{
	char lost[32], events[48], bursts[48];

	snprintf(
		text, size,
		"the kernel did not deliver %s of %s (%.1f %%, %s); %.0f %% lie in complete windows",
		format_number(reason->count, lost, sizeof(lost)),
		count_of(reason->of, "event", events, sizeof(events)),
		(double)reason->count / reason->of * 100,
		count_of(reason->times, "burst", bursts, sizeof(bursts)),
		(double)(int64_t)percent_down(reason->share));
}

/* Findings, and suspicions that became none. @count of them. */
static bool write_suspected(const struct reason *reason, char *text,
			    size_t size)
{
	const struct check_info *info = &check_infos[reason->check];
	char things[48];

	switch (reason->code) {
	case REASON_FINDING:
		snprintf(text, size, "%s: %s (%" PRIu64 ")", info->id,
			 info->headline, reason->count);
		return true;
	case REASON_UNPROVEN:
		snprintf(
			text, size,
			"%s: suspected %s, but nothing else confirms it: an event may be lost",
			info->id,
			count_things(reason->count, "time", things,
				     sizeof(things)));
		return true;
	case REASON_UNSTORED:
		snprintf(text, size, "%s not judged: no free evidence slot",
			 count_things(reason->count, "suspicion", things,
				      sizeof(things)));
		return true;
	case REASON_UNDECIDED:
		snprintf(text, size, "%s undecided: pools did not come to rest",
			 count_things(reason->count, "suspicion", things,
				      sizeof(things)));
		return true;
	default:
		return false;
	}
}

/*
 * Of the whole watch. COVERAGE_LOW: @count events, of which @of are conclusive.
 */
static bool write_watched(const struct session *session,
			  const struct reason *reason, char *text, size_t size)
{
	const struct blind_fact *blind;
	char things[48];

	switch (reason->code) {
	case REASON_NO_POOL:
	case REASON_NO_POOL_FOUND:
		no_pool_text(session, reason, text, size);
		return true;
	case REASON_NO_POOL_MATCHES:
		no_match_text(session, text, size);
		return true;
	case REASON_POOL_NOT_FOUND:
	case REASON_POOL_IDLE_UNSEEN:
		missed_pools_text(session, reason, text, size);
		return true;
	case REASON_EVENTS_LOST:
		write_events_lost(reason, text, size);
		return true;
	case REASON_COVERAGE_LOW:
		snprintf(
			text, size,
			"only %.1f %% of %s in conclusive windows (%.0f %% needed)",
			(double)reason->of / reason->count * 100,
			count_things(reason->count, "event", things,
				     sizeof(things)),
			session->meta.coverage_threshold * 100);
		return true;
	case REASON_HAND_OUTS_LOST:
		snprintf(text, size,
			 "missed at least %" PRIu64 " of %" PRIu64
			 " allocations and puts of pools that are gone",
			 reason->count, reason->of);
		return true;
	case REASON_CUT_SHORT:
		write_cut(&session->cut, text, size);
		return true;
	case REASON_WALK_NOT_DONE:
		blind = session_blind(session, CHECK_leaked);
		snprintf(text, size, "the holder walk was not %s: %s",
			 session->walk_count ? "finished" : "done",
			 blind && blind->why ? blind->why :
					       "the recording has none");
		return true;
	case REASON_NO_SIGNATURE:
		/* The collector said what it could not see for it. */
		if (!session->meta.hidden)
			return false;
		snprintf(text, size, "%s", session->meta.hidden);
		return true;
	default:
		return false;
	}
}

/* Those that have no number or name in them. */
static const char *fixed_text(const struct session *session,
			      enum reason_code code)
{
	static const char *const texts[REASON_COUNT] = {
		[REASON_HOLDERS_NOT_TOLD] =
			"the walk reports that each page has a holder, but does not list the holders",
		[REASON_NOT_COMPARED_AT_END] =
			"its counters were compared during the watch only: at the end it was never at rest",
		[REASON_NO_RECORD] =
			"no window was closed, so nothing shows that its events are complete",
		[REASON_NO_EVENTS] =
			"no page pool event was seen, so nothing was checked",
		[REASON_WORKLOAD_FAILED] =
			"the workload failed, so its traffic is no evidence",
	};

	if (code == REASON_WORKLOAD_FAILED && session_command_skipped(session))
		return "the command skipped itself (exit status 4), so its traffic is no evidence";
	return texts[code] ? texts[code] : reason_infos[code].meaning;
}

/* The pool that it is about; of several its device. */
static const char *subject_name(const struct reason *reason, char *name,
				size_t size)
{
	if (reason->group)
		return reason->group->pool->device[0] ?
			       reason->group->pool->device :
			       "device unknown";
	if (reason->times < 2)
		return pool_name(reason->pool, name, size);
	if (!reason->pool->device[0])
		return "pools without a device";
	snprintf(name, size, "%s (%u pools)", reason->pool->device,
		 (unsigned int)reason->times);
	return name;
}

const char *reason_text(const struct session *session,
			const struct reason *reason, char *buffer, size_t size)
{
	char *text = buffer, name[80];
	size_t length;
	bool known;

	if (reason->pool || reason->group) {
		length = utf8_print(buffer, size, "%s: ",
				    subject_name(reason, name, sizeof(name)));
		text += length;
		size -= length;
	}
	if (reason->group) {
		known = write_device(session, reason, text, size);
	} else if (reason->pool) {
		known = write_counted(session, reason, text, size) ||
			write_differing(session, reason, text, size) ||
			write_walked(session, reason, text, size);
	} else if (reason->expected) {
		expectation_text(reason->expected, text, size);
		known = true;
	} else if (reason->redirect) {
		redirect_error_text(reason->redirect, text, size);
		known = true;
	} else if (reason->loss) {
		known = write_loss(reason, text, size);
	} else {
		known = write_watched(session, reason, text, size) ||
			write_suspected(reason, text, size) ||
			write_proven(session, reason, text, size);
	}
	if (!known)
		snprintf(text, size, "%s", fixed_text(session, reason->code));
	utf8_cut(buffer);
	return buffer;
}

/* What a session derives of the pools that are alive. */
static const char *derived_blind_text(enum blind_code code)
{
	switch (code) {
	case BLIND_NOT_LOOKED:
		return "nobody looked at what the devices of pools that are alive have";
	case BLIND_RING_UNKNOWN:
		return "the receive ring of a pool's device is not known";
	case BLIND_NO_REST:
		return "a pool that is alive was not at rest, so nobody knows which pages are out";
	case BLIND_NOT_TRUSTED:
		return "more pages of a pool that is alive are out than its device can have, but its events, counters and pages do not agree, or it has net_iovs";
	case BLIND_NO_SWEEP:
		return "more pages of a pool that is alive are out than its device can have, but no whole sweep looked for them in all packets";
	case BLIND_WALK_FAILED:
		return "more pages of a pool that is alive are out than its device can have, but the holder walk failed";
	case BLIND_CUT:
		return "a second signal ended the search for pages of pools that are alive";
	default:
		return blind_code_name(code);
	}
}

const char *blind_text(const struct session *session,
		       const struct blind_fact *blind, char *buffer,
		       size_t size)
{
	char names[256];

	/* Only what the session derives by itself comes without a text. */
	if (blind->why && *blind->why)
		snprintf(buffer, size, "%s", blind->why);
	else if (blind->code == BLIND_NO_WALK || blind->code == BLIND_ONE_WALK)
		snprintf(buffer, size,
			 "needs two holder walks, but there was %s",
			 blind->code == BLIND_ONE_WALK ? "one" : "none");
	else if (blind->code == BLIND_HOOK_SILENT)
		snprintf(buffer, size, "the %s did not see our control pool",
			 list_hooks(&session->control.silent, names,
				    sizeof(names)));
	else if (blind->code == BLIND_NOT_EXERCISED)
		snprintf(
			buffer, size,
			"nothing reached the %s, and no control pool can be made to prove them",
			list_hooks(&session->control.silent, names,
				   sizeof(names)));
	else if (blind->code == BLIND_MARK_NOT_PROVEN)
		snprintf(buffer, size, "%s", mark_text(&session->control));
	else if (blind->code == BLIND_BLIND_SPOTS)
		snprintf(buffer, size, "the walks could not inspect %s",
			 blind_spots_text(session, names, sizeof(names)));
	else if (blind->check == CHECK_skb_no_recycle &&
		 blind->code == BLIND_NO_SWEEP)
		snprintf(buffer, size, "%s%s",
			 session->sweep.why ?
				 "no whole sweep over all packets: " :
				 "packets without the mark were not looked at",
			 session->sweep.why ? session->sweep.why : "");
	else if (blind->code == BLIND_WALK_NOT_PLACED)
		snprintf(buffer, size,
			 "a walk did not report which places it inspected");
	else
		snprintf(buffer, size, "%s", derived_blind_text(blind->code));
	utf8_cut(buffer);
	return buffer;
}
