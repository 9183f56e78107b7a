// SPDX-License-Identifier: GPL-2.0
/* A store as KTAP: a test each finding and each epoch, and one for the verdict. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/history/private.h"
#include "user/report.h"
#include "user/util/util.h"

static void diagnose(void *context, bool warning, const char *text)
{
	FILE *to = context;
	size_t length;

	fprintf(to, "# %s: ", warning ? "warning" : "reason");
	for (; *text; text += length + (text[length] == '#')) {
		/* It would start a directive. */
		length = strcspn(text, "#");
		print_clean(to, text, length);
	}
	putc('\n', to);
}

int history_write_ktap(FILE *to, const struct history *history)
{
	size_t count = history->finding_count + history->epoch_count + 1;
	const struct history_finding *finding;
	const char *verdict;
	size_t i;

	fprintf(to, "KTAP version 1\n1..%zu\n", count);
	for (i = 0; i < history->finding_count; i++) {
		finding = &history->findings[i];
		fprintf(to,
			"# %s: %s (%" PRId64 ")\n%sok %zu %s epoch %" PRId64
			"\n",
			severity_name(finding->severity),
			check_infos[finding->check].headline, finding->count,
			finding->severity == SEVERITY_WARN ? "" : "not ", i + 1,
			check_infos[finding->check].id, finding->epoch);
	}
	for (i = 0; i < history->epoch_count; i++) {
		verdict = history_epoch_verdict(&history->epochs[i]);
		fprintf(to, "%sok %zu epoch %" PRId64 " %s\n",
			verdict && !strcmp(verdict, "PASS") ? "" : "not ",
			history->finding_count + i + 1, history->epochs[i].id,
			verdict ?: "none");
	}
	history_explain(history, diagnose, to);
	fprintf(to, "%sok %zu verdict\n",
		history->code == EXIT_PASS ? "" : "not ", count);
	return fflush(to) ? -errno : 0;
}
