// SPDX-License-Identifier: GPL-2.0
/* netmem-check run and watch: the command line. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/kernel/probe.h"
#include "user/cmd/watch.h"
#include "user/util/util.h"

#define DEFAULT_FOR_MS 10000
#define DEFAULT_DRAIN_MS 5000
#define DEFAULT_COVERAGE 0.95
#define DEVICES_MAX 64

enum {
	KEY_FOR = 256,
	KEY_DRAIN,
	KEY_TIER,
	KEY_MIN_AGE,
	KEY_COVERAGE,
	KEY_XDP,
	KEY_XDP_REPLACE,
	KEY_JSON,
	KEY_KTAP,
	KEY_RECORD,
	KEY_SCENARIO,
	KEY_NO_FREE_HOOK,
	KEY_NUDGE
};

static const struct argp_option run_options[] = {
	{ "interface", 'i', "DEV", 0,
	  "Judge the pools of this device only (may be given again)", 0 },
	{ "for", KEY_FOR, "TIME", 0,
	  "Watch for this long (default 10s; with a workload: until it ends)",
	  0 },
	{ "drain", KEY_DRAIN, "TIME", 0,
	  "Wait at most this long for late pages (default 5s)", 0 },
	{ "tier", KEY_TIER, "TIER", 0,
	  "tracepoint, function (each hand-out and return; by fentry, else kprobe) or auto: function where fentry works (default)",
	  0 },
	{ "min-age", KEY_MIN_AGE, "TIME", 0,
	  "Do not list pages and holders that are younger than this; the report counts them",
	  0 },
	{ "coverage", KEY_COVERAGE, "PERCENT", 0,
	  "Share of events in conclusive windows that PASS needs (default 95)",
	  0 },
	{ "xdp", KEY_XDP, "ACTION", 0,
	  "Attach our XDP program to the devices: pass, drop, tx, redirect:DEV, cpu:N or aborted",
	  0 },
	{ "xdp-replace", KEY_XDP_REPLACE, NULL, 0,
	  "Take the place of an XDP program that is already there", 0 },
	{ "json", KEY_JSON, "FILE", 0,
	  "Write the report as JSON (\"-\": to standard output, instead of text)",
	  0 },
	{ "ktap", KEY_KTAP, "FILE", OPTION_ARG_OPTIONAL,
	  "Write the report as KTAP (without a file: to standard output, instead of text)",
	  0 },
	{ "record", KEY_RECORD, "FILE", 0,
	  "Record the session, for netmem-check report", 0 },
	{ "scenario", KEY_SCENARIO, "NAME", 0,
	  "Run a traffic scenario of ours (\"list\" shows them)", 0 },
	{ "no-free-hook", KEY_NO_FREE_HOOK, NULL, 0,
	  "Cheap mode: leave the page allocator's free path alone; freed_while_held is then blind",
	  0 },
	{ "nudge", KEY_NUDGE, NULL, 0,
	  "When a pool is stalled, push freed packets out of idle processors (a datagram to ourselves on each) before its pages are looked for",
	  0 },
	{ 0 }
};

struct run_arguments {
	struct run_options options;
	char *devices[DEVICES_MAX];
	char scenario_path[4096];
	char *scenario_command[3];
	const char *tier;
};

static void need_time(struct argp_state *state, const char *option,
		      const char *text, uint64_t *ms)
{
	if (parse_time(text, ms))
		argp_error(state,
			   "%s: '%s' is not a time; use 500ms, 10s, 5m or 2h",
			   option, text);
}

static void set_coverage(struct argp_state *state, struct run_options *options,
			 const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || *end || !(percent >= 0 && percent <= 100))
		argp_error(state, "--coverage: '%s' is not 0 to 100", text);
	options->live.coverage = percent / 100;
}

/* auto: functions where fentry costs little; kprobes only when asked for. */
static void set_tier(struct argp_state *state, struct run_options *options,
		     const char *tier)
{
	bool fentry = !probe_one(CAP_FENTRY);

	if (!strcmp(tier, "auto")) {
		options->loader.function = fentry && !probe_one(CAP_SWAP);
	} else if (!strcmp(tier, "function")) {
		options->loader.function = true;
		/* Who is not root is told so by the loader. */
		if (!geteuid() && !fentry && probe_one(CAP_KPROBE))
			argp_failure(
				state, EXIT_CANNOT, 0,
				"--tier function: this kernel refuses function tracing (fentry and kprobe); see netmem-check probe");
		if (!geteuid() && probe_one(CAP_SWAP))
			argp_failure(
				state, EXIT_CANNOT, 0,
				"--tier function: this kernel has no compare-and-swap in BPF; see netmem-check probe");
	} else if (!strcmp(tier, "tracepoint")) {
		options->loader.function = false;
	} else {
		argp_error(state,
			   "--tier: '%s' is not auto, tracepoint or function",
			   tier);
	}
	options->live.tier = options->loader.function ? "function" :
							"tracepoint";
}

static void set_scenario(struct argp_state *state, struct run_arguments *args,
			 char *name)
{
	char file[256], path[4096];

	if (find_data_file("scenarios/run", args->scenario_path,
			   sizeof(args->scenario_path)))
		argp_failure(state, EXIT_RUNTIME, 0,
			     "--scenario: the scenarios are not installed");
	if (!strcmp(name, "list")) {
		execl(args->scenario_path, args->scenario_path, "--list", NULL);
		argp_failure(state, EXIT_RUNTIME, errno, "%s",
			     args->scenario_path);
	}
	snprintf(file, sizeof(file), "scenarios/%s.sh", name);
	if (strchr(name, '/') || !strcmp(name, "lib") ||
	    find_data_file(file, path, sizeof(path)))
		argp_error(
			state,
			"--scenario: no scenario '%s'; --scenario list shows them",
			name);
	args->scenario_command[0] = args->scenario_path;
	args->scenario_command[1] = name;
	args->options.scenario = name;
	args->options.command = args->scenario_command;
}

static void add_device(struct argp_state *state, struct run_arguments *args,
		       char *name)
{
	struct live_options *live = &args->options.live;

	if (live->device_count == DEVICES_MAX)
		argp_error(state, "more than %d devices", DEVICES_MAX);
	args->devices[live->device_count++] = name;
}

static error_t parse_workload(struct argp_state *state,
			      struct run_arguments *args)
{
	if (args->options.command)
		argp_error(state, "a scenario and a command at once");
	args->options.command = &state->argv[state->next - 1];
	state->next = state->argc;
	return 0;
}

static void check_all(struct argp_state *state, struct run_arguments *args)
{
	struct run_options *options = &args->options;

	if (options->xdp && !options->live.device_count)
		argp_error(state, "--xdp needs a device (-i DEV)");
	if (options->xdp_replace && !options->xdp)
		argp_error(state, "--xdp-replace needs --xdp ACTION");
	if (options->ktap_path && options->json_path &&
	    !strcmp(options->ktap_path, options->json_path))
		argp_error(state, "--ktap and --json: both to '%s'",
			   options->json_path);
	set_tier(state, options, args->tier);
	if (!options->command && !options->for_ms)
		options->for_ms = DEFAULT_FOR_MS;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	struct run_arguments *args = state->input;
	struct run_options *options = &args->options;

	switch (key) {
	case 'i':
		add_device(state, args, arg);
		break;
	case KEY_FOR:
		need_time(state, "--for", arg, &options->for_ms);
		if (!options->for_ms)
			argp_error(state, "--for: '%s' is no time at all", arg);
		break;
	case KEY_DRAIN:
		need_time(state, "--drain", arg, &options->live.drain_ms);
		break;
	case KEY_TIER:
		args->tier = arg;
		break;
	case KEY_MIN_AGE:
		need_time(state, "--min-age", arg, &options->live.min_age_ms);
		break;
	case KEY_COVERAGE:
		set_coverage(state, options, arg);
		break;
	case KEY_XDP:
		options->xdp = arg;
		break;
	case KEY_XDP_REPLACE:
		options->xdp_replace = true;
		break;
	case KEY_JSON:
		options->json_path = arg;
		break;
	case KEY_KTAP:
		options->ktap_path = arg ? arg : "-";
		break;
	case KEY_RECORD:
		options->record_path = arg;
		break;
	case KEY_SCENARIO:
		set_scenario(state, args, arg);
		break;
	case KEY_NO_FREE_HOOK:
		options->loader.no_free_hook = true;
		break;
	case KEY_NUDGE:
		options->live.nudge = true;
		break;
	case ARGP_KEY_ARG:
		return parse_workload(state, args);
	case ARGP_KEY_END:
		check_all(state, args);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char run_text[] =
	"Watch page pools under traffic, wait for late pages, and judge whether every page was recycled and returned correctly.\v"
	"With a CMD it runs that as the workload and watches until it ends. Without a device it watches every pool of the system. "
	"TIME is a number with ms, s, m, h or d; without a unit, seconds.\n\n"
	"Ctrl-C ends the watching and judges what was seen; a second one cuts the drain short.\n\n"
	"Exit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this system, 5 runtime error.\n\n"
	"Examples:\n"
	"  netmem-check run --for 30s\n"
	"  netmem-check run -i eth0 --xdp pass -- iperf3 -c peer\n"
	"  netmem-check run --scenario tcp --json report.json --ktap=report.ktap";

static const char watch_text[] =
	"The same as netmem-check run, as a live screen: a table of pools refreshed in place, findings below it, and the time left.\v"
	"When standard output is no terminal it prints plain lines.\n\n"
	"Exit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this system, 5 runtime error.";

static json_t *command_json(char **command)
{
	json_t *array;

	if (!command)
		return NULL;
	array = json_array();
	for (; *command; command++)
		json_array_append_new(array, json_string(*command));
	return array;
}

static int run_with(int argc, char **argv, const char *text, bool screen)
{
	const struct argp argp = { run_options, parse_run, "[-- CMD...]", text,
				   NULL,	NULL,	   NULL };
	struct run_arguments args = {
		.options.live.drain_ms = DEFAULT_DRAIN_MS,
		.options.live.coverage = DEFAULT_COVERAGE,
		.options.screen = screen,
		.tier = "auto",
	};
	int code;

	args.options.live.devices = args.devices;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	args.options.live.command = command_json(args.options.command);
	code = run_session(&args.options);
	json_decref(args.options.live.command);
	return code;
}

int cmd_run(int argc, char **argv)
{
	return run_with(argc, argv, run_text, false);
}

int cmd_watch(int argc, char **argv)
{
	return run_with(argc, argv, watch_text, true);
}
