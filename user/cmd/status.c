// SPDX-License-Identifier: GPL-2.0
/* netmem-check status: what the pinned mode has seen so far. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/arm.h"
#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/status.h"
#include "user/judge/fail_on.h"
#include "user/kernel/symbols.h"
#include "user/report.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

static void print_because(FILE *to, const struct session *session,
			  const struct reasons *reasons)
{
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		reason_text(session, &reasons->items[i], text, sizeof(text));
		fputs("because ", to);
		print_clean(to, text, strlen(text));
		fputc('\n', to);
	}
}

void status_print(FILE *to, const struct session *session,
		  const struct verdict *verdict)
{
	size_t i, live_pools = 0, stalled = 0, findings = 0;
	char since[32], events[32];

	for (i = 0; i < session->pool_count; i++) {
		live_pools += session->pools[i]->state == POOL_STATE_ACTIVE;
		stalled += session->pools[i]->state == POOL_STATE_STALLED;
	}
	for (i = 0; i < CHECK_COUNT; i++)
		findings += session->findings[i].count;
	fprintf(to, "attached for %s, %s tier: %s so far\n",
		format_time(session->duration_ms, since, sizeof(since)),
		session->meta.tier, verdict_name(verdict));
	fprintf(to,
		"pools: %zu live, %zu stalled; events: %s, %.1f %% conclusive; findings: %zu\n",
		live_pools, stalled,
		format_number(verdict->coverage.events, events, sizeof(events)),
		verdict->coverage.share * 100, findings);
	if (session->timing.kernel_kib)
		fprintf(to, "memory of the kernel: %.1f MiB\n",
			session->timing.kernel_kib / 1024.0);
	print_because(to, session, &verdict->reasons);
	if (stats_source_text(session))
		fprintf(to, "statistics: %s\n", stats_source_text(session));
	report_stats(to, session, 0);
}

struct status_options {
	const char *json_path, *fail_on;
	bool nagios;
};

static const struct option_row status_rows[] = {
	{ "fail-on", 0, OPTION_TEXT, ARGUMENT_NEEDED, "LIST",
	  "Exit with 1 if one of these holds and 0 if none does, for example 'stalled>10m,findings,losses>1%'",
	  offsetof(struct status_options, fail_on), NULL },
	{ "nagios", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "One line, and the exit status of a Nagios plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN",
	  offsetof(struct status_options, nagios), NULL },
	OPTION_ROW_JSON(struct status_options),
	OPTION_ROW_BTF,
};

/* What is asked, and what there is. */
struct question {
	const struct status_options *asked;
	struct fail_on fail_on;
	struct fail_numbers numbers;
	char held[64]; /* conditions that hold */
};

enum nagios_code { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/* What prevents an answer. */
static int cannot_tell(const struct status_options *asked, int code)
{
	if (!asked->nagios)
		return code;
	puts("NETMEM UNKNOWN - the pinned state cannot be read");
	fflush(stdout);
	return NAGIOS_UNKNOWN;
}

static enum nagios_code nagios_code(const struct question *question,
				    const struct verdict *verdict)
{
	if (question->asked->fail_on)
		return question->held[0] ? NAGIOS_CRITICAL : NAGIOS_OK;
	if (verdict->code == EXIT_PASS)
		return NAGIOS_OK;
	return verdict->code == EXIT_FAIL ? NAGIOS_CRITICAL : NAGIOS_WARNING;
}

static int report_nagios(const struct question *question,
			 const struct verdict *verdict)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL" };
	const struct fail_numbers *numbers = &question->numbers;
	enum nagios_code code = nagios_code(question, verdict);

	printf("NETMEM %s - %s, %zu pools, %zu stalled, %" PRIu64
	       " violations%s%s | pools=%zu stalled=%zu findings=%" PRIu64
	       " losses=%.2f%%\n",
	       names[code], verdict_name(verdict), numbers->pools,
	       numbers->stalled, numbers->findings,
	       question->held[0] ? "; " : "", question->held, numbers->pools,
	       numbers->stalled, numbers->findings, numbers->losses * 100);
	return output_text(0) ? NAGIOS_UNKNOWN : (int)code;
}

static int report_text_and_json(const struct question *question,
				const struct session *session,
				const struct verdict *verdict)
{
	const char *json_path = question->asked->json_path;
	int code = verdict->code, err = 0, failed = 0;

	if (question->asked->fail_on)
		code = question->held[0] ? EXIT_FAIL : EXIT_PASS;
	if (!output_path_is_stdout(json_path)) {
		status_print(stdout, session, verdict);
		if (question->held[0])
			printf("--fail-on: %s\n", question->held);
		err = output_text(0);
	}
	if (json_path)
		failed = output_report(json_path, report_format("json"),
				       session, verdict);
	return output_exit_code(code, err || failed);
}

/* Returns the exit code: that of the verdict, if all could be written. */
static int report_status(struct question *question,
			 const struct session *session)
{
	struct verdict verdict;
	int code, err;

	err = verdict_reach(session, &verdict);
	if (err) {
		pr_error("cannot reach a verdict: %s", error_text(err));
		verdict_clear(&verdict);
		return cannot_tell(question->asked, EXIT_RUNTIME);
	}
	fail_on_count(&question->fail_on, session, &verdict,
		      &question->numbers);
	fail_on_held(&question->fail_on, &question->numbers, question->held,
		     sizeof(question->held));
	code = question->asked->nagios ?
		       report_nagios(question, &verdict) :
		       report_text_and_json(question, session, &verdict);
	verdict_clear(&verdict);
	return code;
}

static int look(struct question *question)
{
	static const struct pinned_question everything;
	struct session *session;
	char why[512];
	int code, err;

	if (!may_pin())
		return cannot_tell(question->asked, EXIT_CANNOT);
	session = session_new();
	if (!session) {
		pr_error("out of memory");
		return cannot_tell(question->asked, EXIT_RUNTIME);
	}
	err = pinned_session(session, &everything, why, sizeof(why));
	if (err) {
		pr_error("%s", why);
		session_free(session);
		return cannot_tell(question->asked, pinned_exit_code(err));
	}
	session_finish(session);
	code = report_status(question, session);
	session_free(session);
	symbols_free();
	return code;
}

static int status(void *options, const struct words *words)
{
	struct question question = { .asked = options };
	const struct status_options *asked = options;
	char why[128];

	if (asked->nagios && asked->json_path)
		return usage_error("--nagios or --json, not both");
	if (asked->fail_on &&
	    fail_on_parse(asked->fail_on, &question.fail_on, why, sizeof(why)))
		return cannot_tell(
			asked,
			usage_error(
				"--fail-on: '%s' is none of stalled, stalled>TIME, findings, findings>N, losses and losses>P%%",
				why));
	return look(&question);
}

const struct command status_command = {
	.name = "status",
	.about = "what the pinned mode has seen so far",
	.text = "Show in a few lines what the pinned mode has seen so far; netmem-check report --pinned shows everything.",
	.more = "--fail-on, for cron and CI: stalled, findings and losses hold if there is any; stalled>TIME if a pool has been waiting for its pages for longer, findings>N if there are more violations of severity FAIL, losses>P% if more than that share of all events lies in windows that lost some. --nagios prints one line with performance data: CRITICAL if a condition of --fail-on holds or, without it, for FAIL; WARNING, without it, for INCONCLUSIVE; UNKNOWN if there is no answer. " OPTIONS_TIME_TEXT,
	.exits =
		"Exit status: that of the verdict so far (0 PASS, 1 FAIL, 3 INCONCLUSIVE; with --fail-on 1 or 0; with --nagios as above), 2 usage, 4 cannot run on this system, 5 nothing is attached.",
	.rows = status_rows,
	.row_count = ARRAY_LEN(status_rows),
	.size = sizeof(struct status_options),
	.run = status,
};
