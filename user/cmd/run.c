// SPDX-License-Identifier: GPL-2.0
/* netmem-check run and watch: the command line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/cmd/tier.h"
#include "user/cmd/watch.h"
#include "user/judge/verdict.h"
#include "user/util/util.h"

#define DEFAULT_FOR_MS 10000
#define FOR_MISSING UINT64_MAX

struct run_arguments {
	struct strings devices, expect;
	struct pool_filter filter;
	uint64_t for_ms, drain_ms, suspect_after_ms, min_age_ms;
	double coverage;
	const char *tier, *xdp, *scenario;
	const char *json_path, *ktap_path, *tap_path, *record_path;
	bool lower, xdp_replace, keep_workload, no_free_hook, kick;
};

static const struct run_arguments defaults = {
	.for_ms = FOR_MISSING,
	.drain_ms = 5000,
	.suspect_after_ms = 60000,
	.coverage = 0.95,
	.tier = "auto",
};

#define TARGET(member) offsetof(struct run_arguments, member)

static const struct option_row rows[] = {
	OPTION_ROW_DEVICES(struct run_arguments),
	OPTION_ROW_LOWER(struct run_arguments),
	OPTION_ROWS_FILTER(struct run_arguments),
	{ "for", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",
	  "Watch for this long (default 10s; with a workload: until it ends)",
	  TARGET(for_ms), NULL },
	{ "drain", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",
	  "Wait at most this long for late pages (default 5s)",
	  TARGET(drain_ms), NULL },
	{ "suspect-after", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",
	  "Look again after this long, during the watch and at its end, for pages of pools that are alive which nobody is known to have; so old are pages that left their pools and were not freed (default 60s)",
	  TARGET(suspect_after_ms), NULL },
	OPTION_ROW_TIER(struct run_arguments,
			"function where fentry works (default)"),
	OPTION_ROW_MIN_AGE(struct run_arguments),
	{ "coverage", 0, OPTION_PERCENT, ARGUMENT_NEEDED, "PERCENT",
	  "Share of events in conclusive windows that PASS needs (default 95)",
	  TARGET(coverage), NULL },
	OPTION_ROW_EXPECT(struct run_arguments),
	{ "xdp", 0, OPTION_TEXT, ARGUMENT_NEEDED, "ACTION",
	  "Attach the XDP statistics program to the devices: pass, drop, tx, redirect:DEV, cpu:N or aborted",
	  TARGET(xdp), "pass drop tx redirect: cpu: aborted" },
	{ "xdp-replace", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Replace an XDP program that is already attached",
	  TARGET(xdp_replace), NULL },
	OPTION_ROW_JSON_WORD(struct run_arguments),
	{ "ktap", 0, OPTION_OUTPUT, ARGUMENT_OPTIONAL, "FILE",
	  "Write KTAP (without a file: to standard output, instead of text)",
	  TARGET(ktap_path), NULL },
	{ "tap", 0, OPTION_OUTPUT, ARGUMENT_OPTIONAL, "FILE",
	  "Write TAP (without a file: to standard output, instead of text, with what a CMD prints as its subtests)",
	  TARGET(tap_path), NULL },
	OPTION_ROW_KSELFTEST,
	OPTION_ROW_RECORD(struct run_arguments),
	{ "scenario", 0, OPTION_TEXT, ARGUMENT_NEEDED, "NAME",
	  "Run one of the included traffic scenarios (\"list\" shows them)",
	  TARGET(scenario), NULL },
	{ "keep-workload", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "The workload and what it starts outlive netmem-check; else they end with it",
	  TARGET(keep_workload), NULL },
	OPTION_ROW_NO_FREE_HOOK(struct run_arguments),
	OPTION_ROWS_KICK(struct run_arguments),
	OPTION_ROW_BTF,
};

/* Puts what runs a scenario into @argv, which @runner's memory is for. */
static int find_scenario(const char *name, char *runner, size_t size,
			 char **argv)
{
	char file[256], path[4096];

	if (find_data_file("scenarios/run", runner, size)) {
		pr_error("--scenario: the scenarios are not installed");
		return EXIT_RUNTIME;
	}
	if (!strcmp(name, "list")) {
		execl(runner, runner, "--list", NULL);
		pr_error("cannot run '%s': %s", runner, strerror(errno));
		return EXIT_RUNTIME;
	}
	snprintf(file, sizeof(file), "scenarios/%s.sh", name);
	if (strchr(name, '/') || !strcmp(name, "lib") ||
	    find_data_file(file, path, sizeof(path)))
		return usage_error(
			"--scenario: no scenario '%s'; --scenario list shows them",
			name);
	argv[0] = runner;
	argv[1] = (char *)name;
	return EXIT_PASS;
}

/* What no single option can be blamed for. */
static int check_arguments(const struct run_arguments *args,
			   const struct words *words)
{
	size_t i;

	if (!args->for_ms)
		return usage_error("--for: the time must not be 0");
	if (args->xdp && !args->devices.count)
		return usage_error("--xdp needs a device (-i DEV)");
	if (args->lower && !args->devices.count)
		return usage_error("--lower needs a device (-i DEV)");
	for (i = 0; args->xdp && i < args->devices.count; i++)
		if (strchr(args->devices.items[i], '/'))
			return usage_error(
				"--xdp: '%s' is in another network namespace; run netmem-check there",
				args->devices.items[i]);
	if (args->xdp_replace && !args->xdp)
		return usage_error("--xdp-replace needs --xdp ACTION");
	if (args->keep_workload && !words->count)
		return usage_error("--keep-workload needs a command (-- CMD)");
	if (args->scenario && words->count)
		return usage_error("a scenario or a command, not both");
	return EXIT_PASS;
}

static int run_with(const struct run_arguments *args, const struct words *words,
		    bool screen)
{
	char runner[4096], *scenario[3] = { NULL };
	struct strings command = { words->items, words->count };
	struct run_options options = {
		.live = {
			.devices = &args->devices,
			.expect = &args->expect,
			.lower = args->lower,
			.filter = args->filter,
			.drain_ms = args->drain_ms,
			.suspect_after_ms = args->suspect_after_ms,
			.min_age_ms = args->min_age_ms,
			.coverage = args->coverage,
			.kick = args->kick,
		},
		.loader.no_free_hook = args->no_free_hook,
		.loader.references = true,
		.for_ms = args->for_ms,
		.xdp = args->xdp,
		.xdp_replace = args->xdp_replace,
		.keep_workload = args->keep_workload,
		.json_path = args->json_path,
		.ktap_path = args->ktap_path,
		.tap_path = args->tap_path,
		.record_path = args->record_path,
		.scenario = args->scenario,
		.screen = screen,
	};
	int code = check_arguments(args, words);

	if (!code && args->scenario) {
		code = find_scenario(args->scenario, runner, sizeof(runner),
				     scenario);
		command = (struct strings){ scenario, 2 };
	}
	if (!code)
		code = tier_choose(args->tier, &options.loader.function);
	if (code)
		return code;
	if (command.count)
		options.live.command = &command;
	if (options.for_ms == FOR_MISSING)
		options.for_ms = command.count ? 0 : DEFAULT_FOR_MS;
	return run_session(&options);
}

static int run(void *options, const struct words *words)
{
	return run_with(options, words, false);
}

static int watch(void *options, const struct words *words)
{
	return run_with(options, words, true);
}

const struct command run_command = {
	.name = "run",
	.about = "watch page pools under traffic, drain, judge",
	.arguments = "[-- CMD...]",
	.in_order = true,
	.text = "Watch page pools under traffic, wait for late pages, and judge whether every page was recycled and returned correctly.",
	.more = "With a CMD, runs it as the workload and watches until it ends. Without a device, watches all pools of the system. " OPTIONS_TIME_TEXT
		"\n\n" OPTIONS_EXPECT_TEXT
		"\n\nThe workload and all that it starts end with netmem-check, also where that is killed: a process between them (netmem-workload) sees to it, and brings back the XDP program that --xdp-replace replaced. What a workload that ended has left behind runs until the verdict. --keep-workload leaves all of it running."
		"\n\nCtrl-C ends the watch and judges what was seen; one in the drain ends the drain. A second one gives the verdict within a second; what was not looked at is listed, and then the verdict is not PASS.",
	.examples =
		"  netmem-check run --for 30s\n"
		"  netmem-check run -i eth0 --xdp pass -- iperf3 -c peer\n"
		"  netmem-check run --scenario tcp --json report.json --ktap=report.ktap",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct run_arguments),
	.defaults = &defaults,
	.run = run,
};

const struct command watch_command = {
	.name = "watch",
	.about = "like run, as a live screen",
	.arguments = "[-- CMD...]",
	.in_order = true,
	.text = "The same as netmem-check run, as a live screen: the time left, findings, and of each judged pool its pages in flight and out, pages that enter or leave, allocations and puts a second, and a graph of the pages out in the last minute.",
	.more = "Keys: q ends the watch (a second q cuts the drain short), s sorts by another column, p pauses the screen and not the watch, arrows and page keys scroll. A narrow terminal shows fewer columns; '-' is a number that nothing tells here, as allocations without the function tier on a kernel without page pool statistics. When standard output is not a terminal, it prints plain lines.\n\n" OPTIONS_EXPECT_TEXT,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct run_arguments),
	.defaults = &defaults,
	.run = watch,
};
