// SPDX-License-Identifier: GPL-2.0
/* netmem-check audit: a snapshot of all page pools now. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "live.h"
#include "report.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

struct audit_options {
	char *devices[16];
	size_t device_count;
	bool json;
};

static const struct argp_option options[] = {
	{ "interface", 'i', "DEV", 0,
	  "Judge the pools of this device only (may be given again)", 0 },
	{ "json", 'j', NULL, 0, "Print JSON (docs/json.md)", 0 },
	{ 0 }
};

static const char text[] =
	"Show every page pool of the system now: device, queue, pages in flight, in its cache, in its ring, out, the age of the oldest, and what is wrong in cache and ring.\v"
	"Pools that hold no page can be listed only where the kernel's own list of pools can be read. Ages are known while the pinned mode (netmem-check attach) runs.\n\n"
	"Exit status: 0 nothing wrong found, 1 findings, 2 usage, 3 this kernel hides pools (before 5.14), 4 cannot run on this system, 5 runtime error.";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct audit_options *to = state->input;

	switch (key) {
	case 'i':
		if (to->device_count == ARRAY_LEN(to->devices))
			argp_error(state, "more than %zu devices",
				   ARRAY_LEN(to->devices));
		to->devices[to->device_count++] = arg;
		break;
	case 'j':
		to->json = true;
		break;
	case ARGP_KEY_ARG:
		argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_text(const struct live *live)
{
	const struct session *session = live->session;
	const char *why = snapshot_blindness(live);
	char name[80];
	size_t i, shown = 0;
	int check;

	for (i = 0; i < session->pool_count; i++)
		shown += session->pools[i]->judged;
	if (!shown)
		puts("no page pool with pages in it");
	else
		report_pools(stdout, session);
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		const struct finding *finding = &session->findings[check];

		if (!finding->count)
			continue;
		printf("\n%s: %s (%llu), first in %s\n", check_infos[check].id,
		       check_infos[check].headline,
		       (unsigned long long)finding->count,
		       pool_name(finding_pool(session, finding), name,
				 sizeof(name)));
	}
	if (why)
		printf("\nINCONCLUSIVE: %s\n", why);
}

static void print_json(const struct live *live, const struct verdict *verdict)
{
	json_t *report = report_json(live->session, verdict);

	json_dumpf(report, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(report);
}

/* The exit code is the verdict's, whatever is printed. */
static int judge_and_print(const struct live *live, bool json)
{
	struct verdict verdict;
	int code;

	snapshot_verdict(live, &verdict);
	code = verdict.code;
	if (json)
		print_json(live, &verdict);
	else
		print_text(live);
	verdict_clear(&verdict);
	return code;
}

int cmd_audit(int argc, char **argv)
{
	const struct argp argp = {
		options, parse, NULL, text, NULL, NULL, NULL
	};
	struct audit_options audit = {};
	struct live *live;
	int err, code;

	argp_parse(&argp, argc, argv, 0, NULL, &audit);
	if (!snapshot_has_devices(audit.devices, audit.device_count))
		return EXIT_USAGE;
	live = calloc(1, sizeof(*live));
	if (!live)
		return EXIT_RUNTIME;
	live->options.devices = audit.devices;
	live->options.device_count = audit.device_count;
	live->options.tier = "snapshot";
	live->options.coverage = 0.95;
	live->session = session_new();
	err = snapshot_open(live);
	code = snapshot_exit_code(err);
	if (!err) {
		live_snapshot(live);
		session_finish(live->session);
		code = judge_and_print(live, audit.json);
		if (live->error)
			code = EXIT_RUNTIME;
		live_stop(live);
		loader_close(&live->loader);
	}
	session_free(live->session);
	symbols_free();
	free(live);
	return code;
}
