// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict of all that is shown. Of an epoch: FAIL with a finding that is a
 * failure or a run that ended so, else that of its last run, which is of all the
 * time since the hooks were attached; but what an earlier run lost, or could not
 * settle, no later one makes good. Of all epochs: the worst, and no PASS of a
 * time in which no hook was there.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "user/history/private.h"
#include "user/facts/reasons.h"
#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"
#include "user/util/when.h"

const char *history_run_verdict(const struct history_run *run)
{
	return run->code < 0 ?
		       NULL :
		       verdict_name(&(struct verdict){ .code = run->code });
}

const char *history_epoch_verdict(const struct history_epoch *epoch)
{
	return epoch->code < 0 ?
		       NULL :
		       verdict_name(&(struct verdict){ .code = epoch->code });
}

const char *history_verdict(const struct history *history)
{
	return verdict_name(&(struct verdict){ .code = history->code });
}

/* ---- the last look of a run ---- */

/* Seconds between the last look of a run and its end */
#define END_S 30
/* The same of a run without an end, which looks at least each 5 minutes. */
#define LOOK_S 330

/* When the last look of a run that had a reason or a warning was. */
static int64_t last_look(const struct history *history, int64_t run)
{
	int64_t last = 0;
	size_t i;

	for (i = 0; i < history->reason_count; i++)
		if (history->reasons[i].run == run &&
		    history->reasons[i].last > last)
			last = history->reasons[i].last;
	return last;
}

/* Looks after it may have had none: an older reason is none of the verdict's. */
static bool is_of_end(const struct history_run *run,
		      const struct history_reason *reason, int64_t last)
{
	if (reason->run != run->id || reason->last != last)
		return false;
	if (!reason->warning && run->code == EXIT_INCONCLUSIVE)
		return true;
	if (!reason->warning && run->code != EXIT_FAIL)
		return false;
	return run->last - last <= (run->ended ? END_S : LOOK_S);
}

/* ---- epochs ---- */

/* More traffic settles these, of all the time before it. */
static bool is_settled_later(const struct history_reason *reason)
{
	switch (reason_by_code(reason->code)) {
	case REASON_NO_EVENTS:
	case REASON_NO_TRAFFIC:
	case REASON_NO_POOL:
	case REASON_NO_POOL_FOUND:
	case REASON_NO_POOL_MATCHES:
	case REASON_POOL_IDLE_UNSEEN:
	case REASON_NO_RECORD:
	case REASON_HOOKS_NOT_EXERCISED:
		return true;
	default:
		return false;
	}
}

static bool has_lost(const struct history *history,
		     const struct history_run *run)
{
	size_t i;

	for (i = 0; i < history->loss_count; i++)
		if (history->losses[i].run == run->id &&
		    history->losses[i].count)
			return true;
	return false;
}

/* Does what a run left open stay so, whatever a later one says? */
static bool is_left_open(const struct history *history,
			 const struct history_run *run)
{
	int64_t last = last_look(history, run->id);
	size_t i, reasons = 0;

	if (run->code != EXIT_INCONCLUSIVE)
		return false;
	for (i = 0; i < history->reason_count; i++) {
		if (history->reasons[i].warning ||
		    !is_of_end(run, &history->reasons[i], last))
			continue;
		reasons++;
		if (!is_settled_later(&history->reasons[i]))
			return true;
	}
	return !reasons || has_lost(history, run);
}

/* Below 0: the last run reached no verdict. */
static int epoch_code(const struct history *history,
		      const struct history_epoch *epoch)
{
	const struct history_run *run;
	bool open = false;
	size_t i;

	for (i = 0; i < history->finding_count; i++)
		if (history->findings[i].epoch == epoch->id &&
		    history->findings[i].severity == SEVERITY_FAIL)
			return EXIT_FAIL;
	for (i = 0; i < history->run_count; i++) {
		run = &history->runs[i];
		if (run->epoch != epoch->id)
			continue;
		if (run->code == EXIT_FAIL)
			return EXIT_FAIL;
		open = open || is_left_open(history, run);
	}
	if (!epoch->last_run || epoch->last_run->code < 0)
		return -1;
	return open ? EXIT_INCONCLUSIVE : epoch->last_run->code;
}

/* A time of which the bounds are shown as well is not of what is judged. */
static bool is_unwatched(const struct history *history,
			 const struct history_gap *gap)
{
	int64_t first = gap->first < gap->last ? gap->first : gap->last;
	int64_t last = gap->first < gap->last ? gap->last : gap->first;

	return gap->unwatched && first < history->to && last > history->from;
}

void history_judge(struct history *history)
{
	struct history_epoch *epoch;
	size_t i;

	history->code = EXIT_PASS;
	for (i = 0; i < history->epoch_count; i++) {
		epoch = &history->epochs[i];
		epoch->code = epoch_code(history, epoch);
		if (epoch->code == EXIT_FAIL)
			history->code = EXIT_FAIL;
		else if (epoch->code != EXIT_PASS && history->code == EXIT_PASS)
			history->code = EXIT_INCONCLUSIVE;
	}
	for (i = 0; i < history->gap_count; i++)
		if (history->code == EXIT_PASS &&
		    is_unwatched(history, &history->gaps[i]))
			history->code = EXIT_INCONCLUSIVE;
}

/* ---- in words ---- */

struct explaining {
	void (*line)(void *context, bool warning, const char *text);
	void *context;
};

static void __attribute__((format(printf, 3, 4)))
explain(const struct explaining *to, bool warning, const char *format, ...)
{
	char text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	to->line(to->context, warning, text);
}

static void explain_run(const struct history *history,
			const struct history_run *run,
			const struct explaining *to, bool warnings)
{
	int64_t last = last_look(history, run->id);
	const struct history_reason *reason;
	char text[640], name[48] = "";
	size_t i, count = 0;

	if (history->run_count > 1)
		snprintf(name, sizeof(name), "run %" PRId64 ": ", run->id);
	for (i = 0; i < history->reason_count; i++) {
		reason = &history->reasons[i];
		if (reason->warning != warnings ||
		    !is_of_end(run, reason, last))
			continue;
		utf8_print(text, sizeof(text), "%s%s", name, reason->text);
		to->line(to->context, warnings, text);
		count++;
	}
	if (warnings || count)
		return;
	if (run->code < 0)
		explain(to, false,
			"run %" PRId64
			" reached no verdict: it was killed, or it still runs",
			run->id);
	else if (run->code == EXIT_INCONCLUSIVE)
		explain(to, false,
			"run %" PRId64
			" ended with INCONCLUSIVE; why could not be stored",
			run->id);
}

/* An earlier run that the verdict of its epoch does not rest on is left out. */
static void explain_runs(const struct history *history,
			 const struct history_epoch *epoch,
			 const struct explaining *to, bool warnings)
{
	const struct history_run *run;
	size_t i;

	for (i = 0; i < history->run_count; i++) {
		run = &history->runs[i];
		if (run->epoch != epoch->id)
			continue;
		if (run != epoch->last_run && run->code != EXIT_FAIL &&
		    (warnings || !is_left_open(history, run)))
			continue;
		if (!warnings && run->code == EXIT_FAIL &&
		    run != epoch->last_run)
			explain(to, false, "run %" PRId64 " ended with FAIL",
				run->id);
		explain_run(history, run, to, warnings);
		if (!warnings && run != epoch->last_run &&
		    has_lost(history, run))
			explain(to, false,
				"run %" PRId64
				" lost what no pool can be charged with",
				run->id);
	}
}

/* ---- times without a watch or samples ---- */

static void explain_unwatched(const struct history *history,
			      const struct explaining *to, bool warnings)
{
	const struct history_gap *gap;
	char from[32], until[32];
	size_t i;

	if (warnings != (history->code != EXIT_INCONCLUSIVE))
		return;
	for (i = 0; i < history->gap_count; i++) {
		gap = &history->gaps[i];
		if (is_unwatched(history, gap))
			explain(to, warnings, "from %s to %s UTC %s",
				when_text(gap->first, from, sizeof(from)),
				when_text(gap->last, until, sizeof(until)),
				history_gap_text(gap));
	}
}

static void explain_gaps(const struct history *history,
			 const struct explaining *to)
{
	uint64_t count = 0, clocks = 0, seconds = 0;
	char times[48], length[32];
	const struct history_gap *gap;
	size_t i;

	for (i = 0; i < history->gap_count; i++) {
		gap = &history->gaps[i];
		clocks += gap->why == HISTORY_GAP_CLOCK;
		if ((gap->why == HISTORY_GAP_NOT_STORED ||
		     gap->why == HISTORY_GAP_NOT_SAMPLED) &&
		    gap->last > gap->first) {
			count++;
			seconds += gap->last - gap->first;
		}
	}
	if (count)
		explain(to, true,
			"%s, %s together, the monitor watched but has no samples",
			count_of(count, "time", times, sizeof(times)),
			format_time(seconds * 1000, length, sizeof(length)));
	if (clocks)
		explain(to, true,
			"the wall clock was set %s: times and rates around it may be wrong",
			count_of(clocks, "time", times, sizeof(times)));
}

/* Seconds of the asked time without a run that need no mention */
#define APART_S 10

static void explain_empty(const struct explaining *to, int64_t first,
			  int64_t last)
{
	char from[32], until[32];

	if (last - first > APART_S)
		explain(to, true, "from %s to %s UTC no run is stored",
			when_text(first, from, sizeof(from)),
			when_text(last, until, sizeof(until)));
}

/* What was asked for, and lies before or behind all runs. */
static void explain_ends(const struct history *history,
			 const struct explaining *to)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	const struct history_run *run;
	size_t i;

	for (i = 0; i < history->run_count; i++) {
		run = &history->runs[i];
		if (run->started >= history->to || run->last < history->from)
			continue;
		first = run->started < first ? run->started : first;
		last = run->last > last ? run->last : last;
	}
	if (first > last)
		return;
	if (history->asked.has_from)
		explain_empty(to, history->asked.from, first);
	if (history->asked.has_to)
		explain_empty(to, last, history->asked.to);
}

void history_explain(const struct history *history,
		     void (*line)(void *context, bool warning,
				  const char *text),
		     void *context)
{
	const struct explaining to = { line, context };
	int warnings;
	size_t i;

	for (warnings = 0; warnings < 2; warnings++) {
		for (i = 0; i < history->epoch_count; i++)
			explain_runs(history, &history->epochs[i], &to,
				     warnings);
		explain_unwatched(history, &to, warnings);
	}
	explain_gaps(history, &to);
	explain_ends(history, &to);
}
