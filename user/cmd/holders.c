// SPDX-License-Identifier: GPL-2.0
/* netmem-check holders: who has the pages that are out of their pools. */
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

#define DEVICES_MAX 16

enum { KEY_POOL = 256, KEY_MIN_AGE, KEY_JSON, KEY_RECORD, KEY_NUDGE };

struct holders_options {
	char *devices[DEVICES_MAX];
	size_t device_count;
	uint64_t pool, min_age_ms;
	const char *json_path, *record_path;
	bool nudge;
};

static const struct argp_option options[] = {
	{ "interface", 'i', "DEV", 0,
	  "Pools of this device only (may be given again)", 0 },
	{ "pool", KEY_POOL, "ID", 0,
	  "This pool only: the kernel's number for it, as in \"stalled pool shutdown: id ID\", or its address",
	  0 },
	{ "min-age", KEY_MIN_AGE, "TIME", 0,
	  "List only holders that have had some page for at least this, and count the others; ages are known while the pinned mode runs",
	  0 },
	{ "json", KEY_JSON, "FILE", 0,
	  "Write JSON (\"-\": to standard output, instead of the table)", 0 },
	{ "record", KEY_RECORD, "FILE", 0,
	  "Write what was seen for netmem-check report FILE, on any machine",
	  0 },
	{ "nudge", KEY_NUDGE, NULL, 0,
	  "First push freed packets out of idle processors, with a datagram to ourselves on each, and say what that freed",
	  0 },
	{ 0 }
};

static const char text[] =
	"Say who has the pages that are out of their pools: a socket with its process and addresses, a queueing discipline, a processor's queue, a ring of a device; biggest first.\v"
	"Walks all sockets, devices and processors of the system, in all network namespaces, without stopping any; the cost is printed. "
	"What this kernel keeps from us is listed as a blind spot. A page of a destroyed pool that two walks find nowhere, without any blind spot, is leaked. "
	"TIME is a number with ms, s, m, h or d; without a unit, seconds.\n\n"
	"Exit status: 0 nothing wrong found, 1 findings, 2 usage, 3 this kernel hides pools (before 5.14), 4 cannot run on this system, 5 runtime error.\n\n"
	"Examples:\n"
	"  netmem-check holders\n"
	"  netmem-check holders -i eth0 --nudge\n"
	"  netmem-check holders --pool 17 --json -";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct holders_options *to = state->input;
	char *end;

	switch (key) {
	case 'i':
		if (to->device_count == DEVICES_MAX)
			argp_error(state, "more than %d devices", DEVICES_MAX);
		to->devices[to->device_count++] = arg;
		break;
	case KEY_POOL:
		to->pool = strtoull(arg, &end, 0);
		if (end == arg || *end || *arg == '-' || !to->pool)
			argp_error(
				state,
				"--pool: '%s' is no pool's number, and no address",
				arg);
		break;
	case KEY_MIN_AGE:
		if (parse_time(arg, &to->min_age_ms))
			argp_error(
				state,
				"--min-age: '%s' is not a time; use 500ms, 10s, 5m or 2h",
				arg);
		break;
	case KEY_JSON:
		to->json_path = arg;
		break;
	case KEY_RECORD:
		to->record_path = arg;
		break;
	case KEY_NUDGE:
		to->nudge = true;
		break;
	case ARGP_KEY_ARG:
		argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool has_judged(const struct session *session)
{
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->judged)
			return true;
	return false;
}

static int write_json(const struct session *session,
		      const struct verdict *verdict, const char *path)
{
	bool standard = !strcmp(path, "-");
	FILE *to = standard ? stdout : fopen(path, "we");
	json_t *report;
	int err;

	if (!to) {
		complain("cannot write '%s': %s", path, strerror(errno));
		return EXIT_RUNTIME;
	}
	report = report_json(session, verdict);
	err = json_dumpf(report, to, JSON_INDENT(2));
	putc('\n', to);
	json_decref(report);
	if (!standard && (fclose(to) || err)) {
		complain("cannot write '%s': %s", path, strerror(errno));
		return EXIT_RUNTIME;
	}
	return EXIT_PASS;
}

static int report(const struct live *live, const struct holders_options *asked)
{
	const struct session *session = live->session;
	struct verdict verdict;
	int code, written = EXIT_PASS;

	verdict_reach(session, &verdict);
	if (asked->json_path)
		written = write_json(session, &verdict, asked->json_path);
	if (!asked->json_path || strcmp(asked->json_path, "-"))
		report_snapshot(stdout, session);
	code = written == EXIT_PASS ? (int)verdict.code : written;
	verdict_clear(&verdict);
	return code;
}

static int look(struct live *live, const struct holders_options *asked)
{
	int err = snapshot_open(live, asked->record_path), code;

	if (err)
		return snapshot_exit_code(err);
	snapshot_take(live, asked->record_path);
	if (asked->pool && !has_judged(live->session)) {
		complain(
			"no page pool %#llx here; netmem-check audit --json lists them",
			(unsigned long long)asked->pool);
		code = EXIT_USAGE;
	} else {
		code = report(live, asked);
	}
	if (live->error)
		code = EXIT_RUNTIME;
	live_stop(live);
	loader_close(&live->loader);
	return code;
}

int cmd_holders(int argc, char **argv)
{
	const struct argp argp = {
		options, parse, NULL, text, NULL, NULL, NULL
	};
	struct holders_options asked = {};
	struct live *live;
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (!snapshot_has_devices(asked.devices, asked.device_count))
		return EXIT_USAGE;
	live = calloc(1, sizeof(*live));
	if (!live)
		return EXIT_RUNTIME;
	live->options = (struct live_options){
		.devices = asked.devices,
		.device_count = asked.device_count,
		.tier = "snapshot",
		.coverage = 0.95,
		.min_age_ms = asked.min_age_ms,
		.pool = asked.pool,
		.walk = true,
		.nudge = asked.nudge,
	};
	live->session = session_new();
	code = look(live, &asked);
	session_free(live->session);
	symbols_free();
	free(live);
	return code;
}
