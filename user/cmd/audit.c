// SPDX-License-Identifier: GPL-2.0
/* netmem-check audit: a snapshot of all page pools now. */
#include "user/cmd/commands.h"
#include "user/cmd/snapshot.h"
#include "user/util/util.h"

struct audit_options {
	struct strings devices, expect;
	struct pool_filter filter;
	const char *json_path, *record_path;
	bool lower;
};

static const struct option_row rows[] = {
	OPTION_ROW_DEVICES(struct audit_options),
	OPTION_ROW_EXPECT(struct audit_options),
	OPTION_ROW_LOWER(struct audit_options),
	OPTION_ROWS_FILTER(struct audit_options),
	OPTION_ROW_JSON(struct audit_options),
	OPTION_ROW_RECORD(struct audit_options),
	OPTION_ROW_KSELFTEST,
	OPTION_ROW_BTF,
};

static int run(void *options, const struct words *words)
{
	const struct audit_options *asked = options;
	const struct snapshot_options snapshot = {
		.live = { .devices = &asked->devices,
			  .expect = &asked->expect,
			  .lower = asked->lower,
			  .filter = asked->filter },
		.json_path = asked->json_path,
		.record_path = asked->record_path,
	};

	if (asked->lower && !asked->devices.count)
		return usage_error("--lower needs a device (-i DEV)");
	return snapshot_run(&snapshot);
}

const struct command audit_command = {
	.name = "audit",
	.about = "a snapshot of all page pools now",
	.text = "Show every page pool of the system now: device, queue, pages in flight, in its cache, in its ring, out, the age of the oldest page, and errors in cache and ring.",
	.more = "Pools that hold no page can be listed only where the kernel's own list of pools can be read. Ages are known while the pinned mode (netmem-check attach) runs.\n\n" OPTIONS_EXPECT_TEXT,
	.exits = SNAPSHOT_EXIT_TEXT,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct audit_options),
	.run = run,
};
