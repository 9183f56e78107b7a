// SPDX-License-Identifier: GPL-2.0
/* netmem-check status: what the pinned mode has seen so far. */
#include <stdio.h>
#include <string.h>

#include "user/cmd/arm.h"
#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/status.h"
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
	fprintf(to, "attached for %s: %s so far\n",
		format_time(session->duration_ms, since, sizeof(since)),
		verdict_name(verdict));
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

/* Returns the exit code: that of the verdict, if all could be written. */
static int report_status(const struct session *session, const char *json_path)
{
	int code, err, failed = 0;
	struct verdict verdict;

	err = verdict_reach(session, &verdict);
	if (err) {
		pr_error("cannot reach a verdict: %s", error_text(err));
		verdict_clear(&verdict);
		return EXIT_RUNTIME;
	}
	if (!output_path_is_stdout(json_path)) {
		status_print(stdout, session, &verdict);
		err = output_text(0);
	}
	if (json_path)
		failed = output_report(json_path, report_format("json"),
				       session, &verdict);
	code = output_exit_code(verdict.code, err || failed);
	verdict_clear(&verdict);
	return code;
}

struct status_options {
	const char *json_path;
};

static const struct option_row status_rows[] = {
	OPTION_ROW_JSON(struct status_options),
};

static int status(void *options, const struct words *words)
{
	static const struct pinned_question everything;
	const struct status_options *asked = options;
	struct session *session;
	char why[512];
	int code, err;

	if (!may_pin())
		return EXIT_CANNOT;
	session = session_new();
	if (!session) {
		pr_error("out of memory");
		return EXIT_RUNTIME;
	}
	err = pinned_session(session, &everything, why, sizeof(why));
	if (err) {
		pr_error("%s", why);
		session_free(session);
		return pinned_exit_code(err);
	}
	session_finish(session);
	code = report_status(session, asked->json_path);
	session_free(session);
	symbols_free();
	return code;
}

const struct command status_command = {
	.name = "status",
	.about = "what the pinned mode has seen so far",
	.text = "Show in a few lines what the pinned mode has seen so far; netmem-check report --pinned shows everything.",
	.exits =
		"Exit status: that of the verdict so far (0 PASS, 1 FAIL, 3 INCONCLUSIVE), 2 usage, 4 cannot run on this system, 5 nothing is attached.",
	.rows = status_rows,
	.row_count = ARRAY_LEN(status_rows),
	.size = sizeof(struct status_options),
	.run = status,
};
