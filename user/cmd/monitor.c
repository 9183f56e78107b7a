// SPDX-License-Identifier: GPL-2.0
/* netmem-check monitor: the command line of the long watch. */
#include <stdio.h>

#include "user/cmd/commands.h"
#include "user/cmd/monitor_loop.h"
#include "user/cmd/tier.h"
#include "user/judge/verdict.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

#define FOR_MISSING UINT64_MAX

struct monitor_arguments {
	struct strings devices;
	uint64_t for_ms, stalled_after_ms;
	const char *store_path, *listen, *metrics_path, *on_finding, *json_path;
	const char *tier;
	bool keep, no_free_hook;
};

static const struct monitor_arguments defaults = {
	.for_ms = FOR_MISSING,
	.stalled_after_ms = 30000,
	.tier = "tracepoint",
};

#define TARGET(member) offsetof(struct monitor_arguments, member)

static const struct option_row rows[] = {
	OPTION_ROW_DEVICES(struct monitor_arguments),
	{ "for", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",
	  "Watch for this long (default: until a signal, or until the command ends)",
	  TARGET(for_ms), NULL },
	{ "stalled-after", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",
	  "Look for the holders of a pool that waits for pages for this long, and tell (default 30s)",
	  TARGET(stalled_after_ms), NULL },
	{ "store", 0, OPTION_OUTPUT, ARGUMENT_NEEDED, "FILE",
	  "Store samples, findings, holders and losses in this SQLite file (docs/store.md)",
	  TARGET(store_path), NULL },
	{ "listen", 0, OPTION_TEXT, ARGUMENT_NEEDED, "ADDR:PORT",
	  "Serve /metrics and /healthz by HTTP; :PORT is of the loopback address, unix:PATH a socket of mode 0660",
	  TARGET(listen), NULL },
	{ "metrics-file", 0, OPTION_OUTPUT, ARGUMENT_NEEDED, "FILE",
	  "Write metrics into this file each 5 s, for node_exporter",
	  TARGET(metrics_path), NULL },
	{ "on-finding", 0, OPTION_TEXT, ARGUMENT_NEEDED, "CMD",
	  "Run this by /bin/sh for each finding and each stalled pool; NETMEM_EVENT and the like are in its environment",
	  TARGET(on_finding), NULL },
	{ "keep", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Leave the hooks attached at the end, though this monitor attached them",
	  TARGET(keep), NULL },
	OPTION_ROW_TIER(struct monitor_arguments, TIER_PINNED_TEXT),
	OPTION_ROW_JSON_WORD(struct monitor_arguments),
	OPTION_ROW_NO_FREE_HOOK(struct monitor_arguments),
	OPTION_ROW_BTF,
};

static int monitor(void *options, const struct words *words)
{
	const struct monitor_arguments *asked = options;
	struct monitor_options run = {
		.devices = &asked->devices,
		.command = { words->items, words->count },
		.for_ms = asked->for_ms == FOR_MISSING ? 0 : asked->for_ms,
		.stalled_after_ms = asked->stalled_after_ms,
		.store_path = asked->store_path,
		.listen = asked->listen,
		.metrics_path = asked->metrics_path,
		.on_finding = asked->on_finding,
		.json_path = asked->json_path,
		.keep = asked->keep,
		.loader.no_free_hook = asked->no_free_hook,
	};
	int code;

	if (!asked->for_ms)
		return usage_error("--for: the time must not be 0");
	if (asked->store_path && output_path_is_stdout(asked->store_path))
		return usage_error("--store: a store is a file");
	code = tier_choose(asked->tier, &run.loader.function);
	return code ? code : monitor_run(&run);
}

const struct command monitor_command = {
	.name = "monitor",
	.about = "watch for days over the pinned hooks: store, metrics, alerts",
	.arguments = "[-- CMD...]",
	.in_order = true,
	.text = "Watch page pools for days, in the foreground, over the hooks of the pinned mode: it attaches them, or takes over those that are there. They go on when the monitor is killed; the next one takes over and misses no event.",
	.more = "Once a second it closes windows and reads all pools. A pool that waits for pages for longer than --stalled-after gets a holder walk; that, each 5 minutes, SIGUSR1 and the end make a whole look, as netmem-check report --pinned is. Ctrl-C and SIGTERM end it with the verdict. At the end it detaches what it attached itself, unless --keep says otherwise; hooks that it took over stay. SIGUSR1 writes the lines of netmem-check status to standard error, SIGHUP opens the store anew. docs/monitor.md has the rest. " OPTIONS_TIME_TEXT,
	.examples =
		"  netmem-check monitor -i eth0 --on-finding 'logger -t netmem \"$NETMEM_EVENT $NETMEM_POOL $NETMEM_HOLDERS\"'\n"
		"  netmem-check monitor --store /var/lib/netmem.db\n"
		"  netmem-check monitor --listen :9555 --metrics-file /var/lib/node_exporter/netmem.prom\n"
		"  netmem-check monitor --for 8h -- ./soak.sh",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct monitor_arguments),
	.defaults = &defaults,
	.run = monitor,
};
