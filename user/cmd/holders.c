// SPDX-License-Identifier: GPL-2.0
/* netmem-check holders: who has the pages that are out of their pools. */
#include "user/cmd/commands.h"
#include "user/cmd/snapshot.h"
#include "user/util/util.h"

struct holders_options {
	struct strings devices;
	struct pool_filter filter;
	uint64_t min_age_ms;
	const char *json_path, *record_path;
	bool lower, kick;
};

static const struct option_row rows[] = {
	OPTION_ROW_DEVICES(struct holders_options),
	OPTION_ROW_LOWER(struct holders_options),
	OPTION_ROWS_FILTER(struct holders_options),
	OPTION_ROW_MIN_AGE(struct holders_options),
	OPTION_ROW_JSON_WORD(struct holders_options),
	OPTION_ROW_RECORD(struct holders_options),
	OPTION_ROWS_KICK(struct holders_options),
	OPTION_ROW_KSELFTEST,
	OPTION_ROW_BTF,
};

static int run(void *options, const struct words *words)
{
	const struct holders_options *asked = options;
	const struct snapshot_options snapshot = {
		.live = {
			.devices = &asked->devices,
			.lower = asked->lower,
			.min_age_ms = asked->min_age_ms,
			.filter = asked->filter,
			.walk = true,
			.kick = asked->kick,
		},
		.json_path = asked->json_path,
		.record_path = asked->record_path,
	};

	if (asked->lower && !asked->devices.count)
		return usage_error("--lower needs a device (-i DEV)");
	return snapshot_run(&snapshot);
}

const struct command holders_command = {
	.name = "holders",
	.about = "who has the pages that are out of their pools",
	.text = "Show who has the pages that are out of their pools: a socket with its process and addresses, a queueing discipline, a queue of a CPU, a ring of a device; most pages first.",
	.more = "Walks all sockets, devices and CPUs of the system, in all network namespaces, without stopping them; the cost is printed. "
		"Places that cannot be inspected on this kernel are listed as blind spots. A page of a destroyed pool that two walks without blind spots do not find is reported as leaked. "
		"Ages are known while the pinned mode (netmem-check attach) runs. " OPTIONS_TIME_TEXT,
	.exits = SNAPSHOT_EXIT_TEXT,
	.examples = "  netmem-check holders\n"
		    "  netmem-check holders -i eth0 --kick\n"
		    "  netmem-check holders --pool 17 --json",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct holders_options),
	.run = run,
};
