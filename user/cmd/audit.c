// SPDX-License-Identifier: GPL-2.0
/* netmem-check audit: a snapshot of all page pools now. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/collect/live.h"
#include "user/report.h"
#include "user/cmd/snapshot.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

enum { KEY_RECORD = 256 };

struct audit_options {
	char *devices[16];
	size_t device_count;
	const char *record_path;
	bool json;
};

static const struct argp_option options[] = {
	{ "interface", 'i', "DEV", 0,
	  "Judge the pools of this device only (may be given again)", 0 },
	{ "json", 'j', NULL, 0, "Print JSON (docs/json.md)", 0 },
	{ "record", KEY_RECORD, "FILE", 0,
	  "Write what was seen for netmem-check report FILE, on any machine",
	  0 },
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
	case KEY_RECORD:
		to->record_path = arg;
		break;
	case ARGP_KEY_ARG:
		argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int print_json(const struct session *session,
		      const struct verdict *verdict)
{
	json_t *report = report_json(session, verdict);
	int err = json_dumpf(report, stdout, JSON_INDENT(2));

	putchar('\n');
	json_decref(report);
	return err ? -EIO : 0;
}

static int print(const struct live *live, bool json)
{
	struct verdict verdict;
	int err, code;

	verdict_reach(live->session, &verdict);
	err = json ? print_json(live->session, &verdict) :
		     report_snapshot(stdout, live->session);
	code = err || live->error ? EXIT_RUNTIME : (int)verdict.code;
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
	err = snapshot_open(live, audit.record_path);
	code = snapshot_exit_code(err);
	if (!err) {
		snapshot_take(live, audit.record_path);
		code = print(live, audit.json);
		live_stop(live);
		loader_close(&live->loader);
	}
	session_free(live->session);
	symbols_free();
	free(live);
	return code;
}
