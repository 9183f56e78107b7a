// SPDX-License-Identifier: GPL-2.0
/*
 * The report for people: verdict and why, each finding in a fixed order of
 * facts, then tables, coverage, losses. Whoever reads only the first two
 * lines knows the answer.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/report/following.h"
#include "user/report/text.h"
#include "user/util/set.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define WARNINGS_MAX 5

/* ---- verdict and why ---- */

static void print_headline(const struct out *out, const struct verdict *verdict)
{
	const char *colour = verdict->code == EXIT_PASS ? "\033[1;32m" :
			     verdict->code == EXIT_FAIL ? "\033[1;31m" :
							  "\033[1;33m";

	fprintf(out->to, "%snetmem-check: %s%s\n", out->colour ? colour : "",
		verdict_name(verdict), out->colour ? "\033[0m" : "");
}

static size_t count_findings(const struct session *session)
{
	size_t count = 0;
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		count += session->findings[check].count > 0;
	return count;
}

static size_t count_failed(const struct verdict *verdict)
{
	size_t count = 0, i;

	for (i = 0; i < verdict->expected_count; i++)
		count += verdict->expected[i].result == EXPECT_FAILED;
	return count;
}

/* One line why, under the headline; of a PASS what was looked at. */
void print_summary(const struct out *out, const struct session *session,
		   const struct verdict *verdict)
{
	const struct coverage *coverage = &verdict->coverage;
	char events[48], pools[48], number[48], line[256];

	if (verdict->code == EXIT_PASS) {
		print_passed(out, session, verdict);
		return;
	}
	count_of(coverage->events, "event", events, sizeof(events));
	count_of(coverage->pools_judged, "pool", pools, sizeof(pools));
	if (verdict->code == EXIT_FAIL && !count_findings(session))
		snprintf(line, sizeof(line), "%s not met (%s of %s).",
			 count_of(count_failed(verdict), "expectation", number,
				  sizeof(number)),
			 events, pools);
	else if (verdict->code == EXIT_FAIL)
		snprintf(line, sizeof(line), "%s with findings in %s of %s.",
			 count_of(count_findings(session), "check", number,
				  sizeof(number)),
			 events, pools);
	else
		snprintf(line, sizeof(line),
			 "%s could not be verified (%s of %s).",
			 count_of(verdict->reasons.count, "thing", number,
				  sizeof(number)),
			 events, pools);
	print_wrapped(out, 0, 0, line);
}

/* Item @i of @count; false: the list is cut here. */
static bool print_item(const struct out *out, const char *label, size_t i,
		       size_t count, const char *text)
{
	if (i == WARNINGS_MAX) {
		print_fact(out, "", "and %zu more, all in the JSON report",
			   count - i);
		return false;
	}
	print_fact(out, i ? "" : label, "%s", text);
	return true;
}

static void print_reasons(const struct out *out, const char *label,
			  const struct session *session,
			  const struct reasons *reasons)
{
	size_t lines = 0, line = 0, i;
	char text[512];

	for (i = 0; i < reasons->count; i++)
		lines += reason_line(session, reasons, i, text, sizeof(text)) !=
			 NULL;
	for (i = 0; i < reasons->count; i++)
		if (reason_line(session, reasons, i, text, sizeof(text)) &&
		    !print_item(out, label, line++, lines, text))
			return;
}

static void print_notes(const struct out *out, const struct note_facts *notes)
{
	size_t i;

	for (i = 0; i < notes->count; i++)
		if (!print_item(out, "notes", i, notes->count,
				notes->items[i].text))
			return;
}

/* ---- coverage ---- */

/* A check or hook, and the text that it may share with others. */
struct named {
	const char *name;
	char text[512];
};

/*
 * One fact for each text, with all names that have it; the text stands between
 * @before and @after: "hold, release (raw tracepoint)".
 */
static void print_groups(const struct out *out, const char *label,
			 const struct named *list, size_t count,
			 const char *before, const char *after)
{
	char names[1024];
	size_t i, k, at;

	for (i = 0; i < count; i++) {
		for (k = 0; k < i; k++)
			if (!strcmp(list[k].text, list[i].text))
				break;
		if (k < i)
			continue;
		for (at = 0; k < count && at < sizeof(names); k++)
			if (!strcmp(list[k].text, list[i].text))
				at += utf8_print(names + at, sizeof(names) - at,
						 "%s%s", at ? ", " : "",
						 list[k].name);
		print_fact(out, i ? "" : label, "%s%s%s%s", names, before,
			   list[i].text, after);
	}
}

static void print_blind(const struct out *out, const struct session *session)
{
	const struct blind_facts *blind = &session->blind;
	struct named *list;
	size_t i;

	list = calloc(blind->count, sizeof(*list));
	for (i = 0; list && i < blind->count; i++) {
		list[i].name = check_infos[blind->items[i].check].id;
		blind_text(session, &blind->items[i], list[i].text,
			   sizeof(list[i].text));
	}
	if (list)
		print_groups(out, "blind", list, blind->count, ": ", "");
	free(list);
}

static bool is_on_function(const struct hook_fact *hook)
{
	return hook->how == ATTACH_FENTRY || hook->how == ATTACH_KPROBE;
}

/* Hooks that are not on functions, by name; their number. */
static size_t print_named_hooks(const struct out *out,
				const struct hook_facts *hooks)
{
	struct named *list;
	size_t count = 0, i;

	list = calloc(hooks->count, sizeof(*list));
	for (i = 0; list && i < hooks->count; i++) {
		if (is_on_function(&hooks->items[i]))
			continue;
		list[count].name = hooks->items[i].hook;
		utf8_print(list[count].text, sizeof(list[count].text), "%s",
			   attach_way_name(hooks->items[i].how));
		count++;
	}
	if (list)
		print_groups(out, "hooks", list, count, " (", ")");
	free(list);
	return count;
}

/* Hooks of functions are many: one line for each way. */
static void print_function_hooks(const struct out *out, const char *label,
				 const struct hook_facts *hooks,
				 enum attach_way way)
{
	size_t count = 0, targets = 0, i;
	char number[48], functions[48];
	struct set known = {};
	const char *target;

	for (i = 0; i < hooks->count; i++) {
		if (hooks->items[i].how != way)
			continue;
		target = hooks->items[i].target;
		target = target && *target ? target : "?";
		count++;
		targets += !set_has(&known, target);
		set_add(&known, target);
	}
	set_clear(&known);
	if (count)
		print_fact(out, label, "%s on %s (%s)",
			   count_of(count, "hook", number, sizeof(number)),
			   count_of(targets, "function", functions,
				    sizeof(functions)),
			   attach_way_name(way));
}

static void print_hooks(const struct out *out, const struct session *session)
{
	const struct hook_facts *hooks = &session->hooks;
	const char *label = print_named_hooks(out, hooks) ? "" : "hooks";

	print_function_hooks(out, label, hooks, ATTACH_FENTRY);
	print_function_hooks(out, label, hooks, ATTACH_KPROBE);
}

static void print_coverage(const struct out *out, const struct session *session,
			   const struct verdict *verdict)
{
	const struct coverage *coverage = &verdict->coverage;
	char number[48], events[80];
	uint64_t dropped = 0;
	int check;

	if (coverage->events)
		snprintf(events, sizeof(events),
			 "events %.1f %% conclusive (%.0f %% needed)",
			 percent_down(coverage->share),
			 coverage->threshold * 100);
	else
		snprintf(events, sizeof(events), "no events");
	print_fact(out, "coverage", "%zu checks active, %zu blind; %s",
		   coverage->checks_active, coverage->checks_blind, events);
	print_blind(out, session);
	print_hooks(out, session);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		dropped += session->dropped[check];
	if (dropped)
		print_fact(out, "dropped", "%s in windows that lost events",
			   count_of(dropped, "suspicion", number,
				    sizeof(number)));
}

/* What stands behind the numbers of the tables of paths. */
static void print_paths(const struct out *out, const struct session *session)
{
	bool flows = false, ends = false;
	const struct hook_fact *hook;
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		flows = flows || (session->pools[i]->judged &&
				  session->pools[i]->has_flow);
	if (!flows)
		return;
	/* Else a put is hooked at its begin alone, which predicts. */
	for (i = 0; i < session->hooks.count; i++) {
		hook = &session->hooks.items[i];
		ends = ends ||
		       (!strcmp(hook->hook, "put") && hook->how != ATTACH_NONE);
	}
	print_fact(
		out, "paths",
		"observed: pages allocated, returned%s, foreign, left while out; fragments issued, and back where an skb returned them",
		ends ? ", to cache" : "");
	print_fact(
		out, "",
		"inferred: to %s; ring full and refcount (pages released on return, by their references at that time); the other fragments of a page that is back",
		ends ? "ring (returned, but neither put into the cache nor released)" :
		       "cache and ring (by the kernel's rules for a returned page)");
}

/* On average, with what it cost: to decide whether to leave it on. */
static void print_following(const struct out *out,
			    const struct session *session)
{
	char allocations[48], puts[48], cost[48];
	struct following following;

	if (!following_of(session, &following) ||
	    (!following.allocations && !following.puts))
		return;
	format_number(following.allocations, allocations, sizeof(allocations));
	format_number(following.puts, puts, sizeof(puts));
	format_number(following.instructions / 1000000, cost, sizeof(cost));
	print_fact(out, "a second", "%s allocations and %s puts", allocations,
		   puts);
	if (following.instructions)
		print_fact(
			out, "",
			"to follow them took about %s million instructions a second, %.1f %% of a CPU that executes one a nanosecond",
			cost, following.instructions / 1e7);
}

/* ---- what lies around it ---- */

/* Freed packets that waited on idle processors: what pushing them gave back. */
static void print_nudge(const struct out *out, const struct session *session)
{
	const char *why = session->kick.why ? session->kick.why : "";
	const struct pool *pool;
	char name[128], number[48];
	bool shown = false;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool->kicked ||
		    pool->kicked_before <= pool->kicked_after)
			continue;
		print_fact(out, shown ? "" : "kick", "%s of %s returned",
			   count_of(pool->kicked_before - pool->kicked_after,
				    "page", number, sizeof(number)),
			   pool_name(pool, name, sizeof(name)));
		shown = true;
	}
	if (!session->was_nudged)
		return;
	if (!shown)
		print_fact(out, "kick", "no page returned");
	print_fact(out, "", "%s kicked%s%s",
		   count_of(session->kick.cpus, "CPU", number, sizeof(number)),
		   *why ? ": " : "", why);
}

/* What the holder walks looked at, where they could not, and the kick. */
static void print_walks(const struct out *out, const struct session *session)
{
	const char *label = "blind spots";
	const struct place_fact *place;
	char text[256];
	size_t i;

	if (session->walk_count)
		print_fact(out, "walks", "%s",
			   walks_text(session, text, sizeof(text)));
	if (session->sweep.walk)
		print_fact(out, "sweep", "%s",
			   sweep_text(session, text, sizeof(text)));
	if (session->search.walk)
		print_fact(out, "search", "%s",
			   search_text(session, text, sizeof(text)));
	for (i = 0; i < session->places.count; i++) {
		place = &session->places.items[i];
		if (!session_is_blind_spot(session, place))
			continue;
		print_fact(out, label, "%s: %s", place->place,
			   place->why ? place->why : "");
		label = "";
	}
	print_nudge(out, session);
}

/* Of all judged pools, in windows with gaps. */
static uint64_t lost_events(const struct session *session)
{
	uint64_t lost = session->gone.lost;
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged && !session->pools[i]->miscounted)
			lost += session->pools[i]->lost;
	return lost;
}

static void print_losses(const struct out *out, const struct session *session)
{
	uint64_t lost = lost_events(session);
	const struct loss_fact *loss;
	char number[48];
	size_t i;

	for (i = 0; i < session->losses.count; i++) {
		loss = &session->losses.items[i];
		print_fact(out, i ? "" : "losses", "%s: %" PRIu64 " (%s)",
			   loss_name(loss->what), loss->count, loss->why);
	}
	if (lost)
		print_fact(out, i ? "" : "losses", "%s not delivered",
			   count_of(lost, "event", number, sizeof(number)));
	else if (!i)
		print_fact(out, "losses", "none");
}

static void print_workload(const struct out *out, const struct session *session)
{
	const struct strings *command = &session->meta.command;
	char text[512];
	size_t i, at = 0;

	if (!command->count)
		return;
	for (i = 0; i < command->count && at < sizeof(text); i++)
		at += utf8_print(text + at, sizeof(text) - at, "%s%s",
				 i ? " " : "", command->items[i]);
	print_fact(out, "workload", "%s%s", text,
		   session->workload_failed ? " (failed)" : "");
}

static const char *known_text(const char *text)
{
	return text && *text ? text : "unknown";
}

/* Of a snapshot, whose text has no reasons. */
static void print_all_expected(const struct out *out,
			       const struct verdict *verdict)
{
	static const char *const labels[] = {
		[EXPECT_MET] = "met",
		[EXPECT_FAILED] = "FAIL",
		[EXPECT_UNKNOWN] = "INCONCLUSIVE",
	};
	char text[512];
	size_t i;

	for (i = 0; i < verdict->expected_count; i++) {
		expectation_text(&verdict->expected[i], text, sizeof(text));
		print_fact(out, labels[verdict->expected[i].result], "%s",
			   text);
	}
}

/* Those that are met; the others are reasons. */
static void print_expected(const struct out *out, const struct verdict *verdict)
{
	const char *label = "met";
	char text[512];
	size_t i;

	for (i = 0; i < verdict->expected_count; i++) {
		if (verdict->expected[i].result != EXPECT_MET)
			continue;
		expectation_text(&verdict->expected[i], text, sizeof(text));
		print_fact(out, label, "%s", text);
		label = "";
	}
}

static void print_circumstances(const struct out *out,
				const struct session *session,
				const struct verdict *verdict)
{
	char time[32];

	if (stats_source_text(session))
		print_fact(out, "statistics", "%s", stats_source_text(session));
	print_expected(out, verdict);
	print_workload(out, session);
	print_devices(out, session);
	print_notes(out, &session->notes);
	print_fact(out, "watched", "%s, %s tier, kernel %s",
		   format_time(session->duration_ms, time, sizeof(time)),
		   known_text(session->meta.tier),
		   known_text(session->meta.kernel));
}

void print_watch(const struct out *out, const struct session *session,
		 const struct verdict *verdict)
{
	print_coverage(out, session, verdict);
	print_paths(out, session);
	print_following(out, session);
	print_walks(out, session);
	print_losses(out, session);
	print_circumstances(out, session, verdict);
}

int report_text(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	struct out out;
	int err;

	open_out(&out, to);
	if (session_is_snapshot(session)) {
		err = report_snapshot(to, session, verdict);
		print_all_expected(&out, verdict);
		return err;
	}
	print_headline(&out, verdict);
	print_summary(&out, session, verdict);
	if (verdict->reasons.count || verdict->warnings.count)
		putc('\n', to);
	print_reasons(&out, "because", session, &verdict->reasons);
	print_reasons(&out, "warning", session, &verdict->warnings);
	print_findings(&out, session);
	putc('\n', to);
	err = report_pools(to, session, 0);
	if (!err)
		err = report_stats(to, session, 0);
	if (!err)
		err = report_flows(to, session);
	if (!err)
		err = report_xdp(to, session);
	if (err)
		return err;
	print_watch(&out, session, verdict);
	return fflush(to) ? -errno : 0;
}
