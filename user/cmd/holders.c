// SPDX-License-Identifier: GPL-2.0
/* netmem-check holders: who has the pages that are out of their pools. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/cmd/snapshot.h"
#include "user/util/util.h"

struct holders_options {
	struct strings devices;
	struct pool_filter filter;
	uint64_t min_age_ms, search_ms;
	const char *json_path, *record_path;
	bool lower, kick, search, peek;
};

/* Of --search-for. */
#define SEARCH_MS 60000
/* A search that is shorter shows nothing. */
#define SHOWN_MS 1000

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
	{ "search", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Search the kernel's memory for what refers to pages of stalled pools "
	  "that have no holder (a second or more for each GiB in use; Ctrl-C ends it)",
	  offsetof(struct holders_options, search), NULL },
	{ "search-for", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",
	  "With --search: the longest that a search may take (default: 1m)",
	  offsetof(struct holders_options, search_ms), NULL },
	{ "peek", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Tell which packet each page without a holder begins with: this shows "
	  "addresses and ports, which are data of users",
	  offsetof(struct holders_options, peek), NULL },
};

/* ---- the search ---- */

static volatile sig_atomic_t signals; /* that asked for an end */

static void note_signal(int number)
{
	signals++;
}

/* One signal ends the search, a second one all that is left. */
static bool ends_search(void *data)
{
	return signals > 0;
}

static bool ends_all(void *data)
{
	return signals > 1;
}

struct progress {
	uint64_t begun_ns, shown_ns; /* 0: none, of this search */
	uint64_t before; /* done at the last call: less is another search */
};

/* A line each second; on a terminal in the same place. */
static void show_progress(void *data, uint64_t done, uint64_t all)
{
	struct progress *progress = data;
	uint64_t now = now_ns();

	if (!progress->begun_ns || done < progress->before)
		progress->begun_ns = progress->shown_ns = now;
	progress->before = done;
	if (now - progress->shown_ns < SHOWN_MS * 1000000ULL)
		return;
	progress->shown_ns = now;
	fprintf(stderr, "%ssearching memory: %llu%% in %llu s%s",
		isatty(STDERR_FILENO) ? "\r" : "",
		(unsigned long long)(done * 100 / all),
		(unsigned long long)((now - progress->begun_ns) / 1000000000),
		isatty(STDERR_FILENO) ? " " : "\n");
}

static int search_and_look(struct snapshot_options *snapshot,
			   uint64_t longest_ms)
{
	const struct sigaction action = { .sa_handler = note_signal };
	struct progress progress = {};
	const struct live_search search = { .longest_ms = longest_ms,
					    .is_cut = ends_search,
					    .progress = show_progress,
					    .data = &progress };

	sigaction(SIGINT, &action, NULL);
	snapshot->live.search = &search;
	snapshot->live.is_cut = ends_all;
	return snapshot_run(snapshot);
}

static int run(void *options, const struct words *words)
{
	const struct holders_options *asked = options;
	struct snapshot_options snapshot = {
		.live = {
			.devices = &asked->devices,
			.lower = asked->lower,
			.min_age_ms = asked->min_age_ms,
			.filter = asked->filter,
			.walk = true,
			.kick = asked->kick,
			.peek = asked->peek,
		},
		.json_path = asked->json_path,
		.record_path = asked->record_path,
	};

	if (asked->lower && !asked->devices.count)
		return usage_error("--lower needs a device (-i DEV)");
	if (asked->search_ms && !asked->search)
		return usage_error("--search-for needs --search");
	if (asked->search)
		return search_and_look(&snapshot, asked->search_ms ?
							  asked->search_ms :
							  SEARCH_MS);
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
		    "  netmem-check holders --search --search-for 5m\n"
		    "  netmem-check holders --pool 17 --json",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct holders_options),
	.run = run,
};
