// SPDX-License-Identifier: GPL-2.0
/*
 * KTAP (the kernel's Documentation/dev-tools/ktap.rst), version 1, and TAP,
 * version 13: one test a check, one an expectation, and a last one for the
 * verdict. Diagnostics come before their line.
 *
 * Readers of TAP take one SKIP for that of the whole (netdev's CI). So a check
 * that cannot be made is a comment there, and a verdict that is none a SKIP.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/report.h"
#include "user/util/util.h"

#define TAP_SKIP " # SKIP INCONCLUSIVE"

struct results {
	FILE *to;
	bool tap;
	bool skips; /* what is INCONCLUSIVE is a SKIP; else a failure */
	size_t number; /* of the last line */
};

static bool tap_begun, tap_strict;

/* Of a command that did not end by itself; why == NULL: there is none. */
static struct {
	bool failed;
	const char *why;
} tap_unended;

void report_tap_begin(FILE *to)
{
	fputs("TAP version 13\n", to);
	tap_begun = true;
}

void report_tap_strict(void)
{
	tap_strict = true;
}

void report_tap_unended(bool failed, const char *why)
{
	tap_unended.failed = failed;
	tap_unended.why = why;
}

void report_tap_end_early(FILE *to, bool skip, const char *why)
{
	fprintf(to, skip ? "1..0 # SKIP %s\n" : "Bail out! %s\n", why);
	fflush(to);
}

/* Begins a line, which a name and an end have to follow. */
static void begin_result(struct results *results, bool failed)
{
	fprintf(results->to, "%sok %zu ", failed ? "not " : "",
		++results->number);
}

/* Diagnostics and directives are one line each, whatever the text holds. */
static void print_line(FILE *to, const char *text)
{
	size_t length;

	for (; *text; text += length) {
		/* '#' would start a directive. */
		length = strspn(text, "\n#");
		fprintf(to, "%*s", (int)length, "");
		text += length;
		length = strcspn(text, "\n#");
		print_clean(to, text, length);
	}
}

static void diagnose(FILE *to, const char *label, const struct session *session,
		     const struct reasons *reasons)
{
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		if (!reason_line(session, reasons, i, text, sizeof(text)))
			continue;
		fprintf(to, "# %s: ", label);
		print_line(to, text);
		putc('\n', to);
	}
}

/* A finding that only warns leaves its check ok. */
static void print_check(struct results *results, const struct session *session,
			enum model_check check)
{
	const struct blind_fact *blind = session_blind(session, check);
	const struct finding *finding = &session->findings[check];
	const char *id = check_infos[check].id;
	char name[128], why[512];
	FILE *to = results->to;
	bool failed, skip;

	blind = finding->count ? NULL : blind;
	if (blind)
		blind_text(session, blind, why, sizeof(why));
	if (blind && results->tap) {
		fprintf(to, "# %s cannot be made: ", id);
		print_line(to, why);
		putc('\n', to);
		return;
	}
	if (finding->count) {
		fprintf(to, "# %s: %s (%s%" PRIu64 ", first in ",
			severity_name(finding->severity),
			check_infos[check].headline,
			finding->at_least ? "at least " : "", finding->count);
		print_line(to, pool_name(finding_pool(session, finding), name,
					 sizeof(name)));
		fputs(")\n", to);
	}
	failed = finding->count && finding->severity != SEVERITY_WARN;
	skip = failed && finding->severity == SEVERITY_INCONCLUSIVE &&
	       results->skips;
	begin_result(results, failed && !skip);
	fprintf(to, "%s%s", id, skip ? TAP_SKIP : "");
	if (blind) {
		fputs(" # SKIP ", to);
		print_line(to, why);
	}
	putc('\n', to);
}

static void print_expected(struct results *results,
			   const struct verdict *verdict)
{
	const struct expected *expected;
	char text[512];
	size_t i;

	for (i = 0; i < verdict->expected_count; i++) {
		expected = &verdict->expected[i];
		fputs("# ", results->to);
		print_line(results->to,
			   expectation_text(expected, text, sizeof(text)));
		putc('\n', results->to);
		begin_result(results, expected->result != EXPECT_MET);
		fputs("expect ", results->to);
		print_line(results->to, expected->text);
		putc('\n', results->to);
	}
}

static bool command_failed(const struct session *session)
{
	if (!session->workload_ended)
		return tap_unended.failed;
	return session->workload_failed && !session_command_skipped(session);
}

/*
 * The watched command is the first test; its own ones stand above, and so it has
 * a result even where it did not end.
 */
static void print_command(struct results *results,
			  const struct session *session)
{
	bool skipped = session_command_skipped(session);

	if (!session->workload_ended)
		fprintf(results->to, "# command: %s\n", tap_unended.why);
	begin_result(results, command_failed(session));
	fprintf(results->to, "command%s\n",
		skipped ? " # SKIP it skips itself" : "");
}

static void print_verdict(struct results *results,
			  const struct session *session,
			  const struct verdict *verdict)
{
	bool skip = verdict->code == EXIT_INCONCLUSIVE && results->skips;
	FILE *to = results->to;

	diagnose(to, verdict_name(verdict), session, &verdict->reasons);
	diagnose(to, "warning", session, &verdict->warnings);
	fprintf(to, "# %" PRIu64 " event%s, %.1f %% conclusive\n",
		verdict->coverage.events,
		verdict->coverage.events == 1 ? "" : "s",
		verdict->coverage.share * 100);
	begin_result(results, verdict->code != EXIT_PASS && !skip);
	fprintf(to, "verdict%s\n", skip ? TAP_SKIP : "");
}

static void print_results(struct results *results,
			  const struct session *session,
			  const struct verdict *verdict)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		print_check(results, session, check);
	print_expected(results, verdict);
	print_verdict(results, session, verdict);
}

int report_ktap(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	struct results results = { .to = to };

	fprintf(to, "KTAP version 1\n1..%zu\n",
		CHECK_COUNT + verdict->expected_count);
	print_results(&results, session, verdict);
	return fflush(to) ? -errno : 0;
}

int report_tap(FILE *to, const struct session *session,
	       const struct verdict *verdict)
{
	struct results results = { .to = to, .tap = true };

	/* One SKIP would hide a command that failed. */
	results.skips = session_command_skipped(session) ||
			(!tap_strict && !command_failed(session));
	if (!tap_begun)
		report_tap_begin(to);
	if (session->workload_ended || tap_unended.why)
		print_command(&results, session);
	print_results(&results, session, verdict);
	fprintf(to, "1..%zu\n", results.number);
	return fflush(to) ? -errno : 0;
}
