// SPDX-License-Identifier: GPL-2.0
/* netmem-check diff: two JSON reports, such as before and after a patch. */
#include <stdio.h>
#include <string.h>

#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/diff/compare.h"
#include "user/report.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

struct diff_options {
	const char *json_path;
	double tolerance;
};

static const struct diff_options defaults = { .tolerance = 0.05 };

static const struct option_row rows[] = {
	{ "tolerance", 't', OPTION_PERCENT, ARGUMENT_NEEDED, "PERCENT",
	  "Points that the share of recycled pages may fall by (default: 5)",
	  offsetof(struct diff_options, tolerance), NULL },
	OPTION_ROW_JSON(struct diff_options),
};

static int load(struct summary *summary, const char *path)
{
	char why[512];
	int err = summary_load(summary, path, why, sizeof(why));

	if (!err)
		return 0;
	pr_error("'%s': %s", path, why);
	return err;
}

static int print(const struct diff *diff, const struct diff_options *asked)
{
	int err = 0, failed = 0;

	if (!output_path_is_stdout(asked->json_path))
		err = output_text(report_diff(stdout, diff));
	if (asked->json_path)
		failed = output_json(asked->json_path, report_diff_json(diff));
	return output_exit_code(diff->exit_code, err ? err : failed);
}

static int run(void *options, const struct words *words)
{
	const struct diff_options *asked = options;
	struct summary a = {}, b = {};
	struct diff diff = {};
	int code = EXIT_RUNTIME;

	if (words->count != 2)
		return usage_error("name two JSON reports");
	if (load(&a, words->items[0]) || load(&b, words->items[1]))
		goto clear;
	if (diff_compare(&diff, &a, &b, asked->tolerance))
		pr_error("out of memory");
	else
		code = print(&diff, asked);
clear:
	diff_clear(&diff);
	summary_clear(&a);
	summary_clear(&b);
	return code;
}

const struct command diff_command = {
	.name = "diff",
	.about = "compare two JSON reports: before and after a patch",
	.arguments = "A.json B.json",
	.word_use = WORDS_READ,
	.text = "Compare two JSON reports, A before and B after a change: verdicts, findings, rates, recycling, and pages that are out.",
	.more = "Worse is: a check that found something in B and nothing in A, or something more severe; a smaller share of recycled pages, by more than the tolerance; more pages out at the end, by more than a refill (64). Rates depend on the traffic: they are shown, and judged by nobody. "
		"Pools are matched by device and queue; those that one report alone has are listed, and not compared. What a report does not say is not known, and is not compared. "
		"If either report is INCONCLUSIVE, or a check that ran in A did not run in B, the two cannot be compared.",
	.exits =
		"Exit status: 0 B is no worse than A, 1 B is worse, 2 usage, 3 they cannot be compared, 5 runtime error (no such file, no JSON report).",
	.examples = "  netmem-check run -i eth0 --for 30s --json before.json\n"
		    "  netmem-check diff before.json after.json\n"
		    "  netmem-check diff before.json after.json --json",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct diff_options),
	.defaults = &defaults,
	.run = run,
};
