// SPDX-License-Identifier: GPL-2.0
/*
 * KTAP (the kernel's Documentation/dev-tools/ktap.rst), version 1: one test a
 * check, one an expectation, and a last one for the verdict. Diagnostics come before their line.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/report.h"
#include "user/util/util.h"

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
static void print_check(FILE *to, const struct session *session,
			enum model_check check)
{
	const struct blind_fact *blind = session_blind(session, check);
	const struct finding *finding = &session->findings[check];
	char name[128], why[512];
	bool failed;

	failed = finding->count && finding->severity != SEVERITY_WARN;
	if (finding->count) {
		fprintf(to, "# %s: %s (%s%" PRIu64 ", first in ",
			severity_name(finding->severity),
			check_infos[check].headline,
			finding->at_least ? "at least " : "", finding->count);
		print_line(to, pool_name(finding_pool(session, finding), name,
					 sizeof(name)));
		fputs(")\n", to);
	}
	fprintf(to, "%sok %d %s", failed ? "not " : "", check,
		check_infos[check].id);
	if (blind && !finding->count) {
		fputs(" # SKIP ", to);
		print_line(to, blind_text(session, blind, why, sizeof(why)));
	}
	putc('\n', to);
}

static void print_expected(FILE *to, const struct verdict *verdict)
{
	const struct expected *expected;
	char text[512];
	size_t i;

	for (i = 0; i < verdict->expected_count; i++) {
		expected = &verdict->expected[i];
		fputs("# ", to);
		print_line(to, expectation_text(expected, text, sizeof(text)));
		fprintf(to, "\n%sok %zu expect ",
			expected->result == EXPECT_MET ? "" : "not ",
			CHECK_COUNT + i);
		print_line(to, expected->text);
		putc('\n', to);
	}
}

int report_ktap(FILE *to, const struct session *session,
		const struct verdict *verdict)
{
	size_t last = CHECK_COUNT + verdict->expected_count;
	int check;

	/* Checks count from 1, so what follows them from CHECK_COUNT. */
	fprintf(to, "KTAP version 1\n1..%zu\n", last);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		print_check(to, session, check);
	print_expected(to, verdict);
	diagnose(to, verdict_name(verdict), session, &verdict->reasons);
	diagnose(to, "warning", session, &verdict->warnings);
	fprintf(to, "# %" PRIu64 " event%s, %.1f %% conclusive\n",
		verdict->coverage.events,
		verdict->coverage.events == 1 ? "" : "s",
		verdict->coverage.share * 100);
	fprintf(to, "%sok %zu verdict\n",
		verdict->code == EXIT_PASS ? "" : "not ", last);
	return fflush(to) ? -errno : 0;
}
