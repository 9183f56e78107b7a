// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict of all that is shown: FAIL with a finding that is a failure or an
 * epoch that ended so, PASS if each epoch ended with it, else INCONCLUSIVE. An
 * epoch's last verdict is of all its time, since the hooks were attached.
 */
#include <inttypes.h>

#include "user/history/private.h"
#include "user/report.h"
#include "user/util/utf8.h"
#include "user/util/when.h"

const char *history_run_verdict(const struct history_run *run)
{
	return run->code < 0 ?
		       NULL :
		       verdict_name(&(struct verdict){ .code = run->code });
}

const char *history_epoch_verdict(const struct history_epoch *epoch)
{
	return epoch->last_run ? history_run_verdict(epoch->last_run) : NULL;
}

static enum exit_code epoch_code(const struct history *history,
				 const struct history_epoch *epoch)
{
	size_t i;

	for (i = 0; i < history->finding_count; i++)
		if (history->findings[i].epoch == epoch->id &&
		    history->findings[i].severity == SEVERITY_FAIL)
			return EXIT_FAIL;
	if (!epoch->last_run || epoch->last_run->code < 0)
		return EXIT_INCONCLUSIVE;
	return epoch->last_run->code;
}

void history_judge(struct history *history)
{
	enum exit_code code;
	size_t i;

	history->code = EXIT_PASS;
	for (i = 0; i < history->epoch_count; i++) {
		code = epoch_code(history, &history->epochs[i]);
		if (code == EXIT_FAIL || history->code == EXIT_PASS)
			history->code = code;
	}
}

const char *history_verdict(const struct history *history)
{
	return verdict_name(&(struct verdict){ .code = history->code });
}

/* ---- in words ---- */

/* When the last look of a run was. */
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

struct explaining {
	void (*line)(void *context, bool warning, const char *text);
	void *context;
};

static void explain_epoch(const struct history *history,
			  const struct history_epoch *epoch,
			  const struct explaining *to, bool warnings)
{
	const struct history_run *run = epoch->last_run;
	const struct history_reason *reason;
	int64_t last;
	char text[640], run_name[32];
	size_t i;

	if (!run)
		return;
	if (run->code < 0 && !warnings) {
		snprintf(text, sizeof(text),
			 "run %" PRId64
			 " reached no verdict: it was killed, or it still runs",
			 run->id);
		to->line(to->context, false, text);
		return;
	}
	last = last_look(history, run->id);
	for (i = 0; i < history->reason_count; i++) {
		reason = &history->reasons[i];
		if (reason->run != run->id || reason->last != last ||
		    reason->warning != warnings)
			continue;
		run_name[0] = '\0';
		if (history->epoch_count > 1)
			snprintf(run_name, sizeof(run_name),
				 "run %" PRId64 ": ", run->id);
		utf8_print(text, sizeof(text), "%s%s", run_name, reason->text);
		to->line(to->context, warnings, text);
	}
}

static void explain_gaps(const struct history *history,
			 const struct explaining *to)
{
	char from[32], until[32], text[160];
	const struct history_gap *gap;
	size_t i;

	for (i = 0; i < history->gap_count; i++) {
		gap = &history->gaps[i];
		if (!gap->unwatched)
			continue;
		snprintf(text, sizeof(text), "from %s to %s UTC %s",
			 when_text(gap->first, from, sizeof(from)),
			 when_text(gap->last, until, sizeof(until)),
			 history_gap_text(gap));
		to->line(to->context, true, text);
	}
}

void history_explain(const struct history *history,
		     void (*line)(void *context, bool warning,
				  const char *text),
		     void *context)
{
	const struct explaining to = { line, context };
	size_t i;

	for (i = 0; i < history->epoch_count; i++)
		explain_epoch(history, &history->epochs[i], &to, false);
	for (i = 0; i < history->epoch_count; i++)
		explain_epoch(history, &history->epochs[i], &to, true);
	explain_gaps(history, &to);
}
