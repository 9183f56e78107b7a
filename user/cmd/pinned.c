// SPDX-License-Identifier: GPL-2.0
/* netmem-check attach, detach and status: the pinned mode. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/refuse.h"
#include "user/collect/live.h"
#include "user/kernel/probe.h"
#include "user/kernel/symbols.h"
#include "user/report.h"
#include "user/util/util.h"

struct attach_options {
	const char *json_path;
	bool no_free_hook;
};

static const struct option_row attach_rows[] = {
	OPTION_ROW_JSON(struct attach_options),
	OPTION_ROW_NO_FREE_HOOK(struct attach_options),
};

struct detach_options {
	const char *json_path;
};

static const struct option_row detach_rows[] = {
	OPTION_ROW_JSON(struct detach_options),
};

static int refuse(int err)
{
	char why[512];

	pinned_why_not(why, sizeof(why), err);
	pr_error("%s", why);
	return err == -ENODEV ? EXIT_CANNOT : EXIT_RUNTIME;
}

/* With the lock: nothing is attached, and what a killed one left is gone. */
static int check_free(void)
{
	int state = pinned_check();

	if (state == -ENOENT)
		return EXIT_PASS;
	if (!state) {
		pr_error("already attached below '" PIN_DIRECTORY
			 "'; netmem-check detach ends it");
		return EXIT_RUNTIME;
	}
	if (state == -ESTALE) {
		state = pinned_remove();
		if (!state) {
			fputs("removed a half-made pinned state\n", stderr);
			return EXIT_PASS;
		}
	}
	return refuse(state);
}

static int arm_and_pin(struct live *live)
{
	int err = live_start(live);

	if (!err)
		err = pinned_create(live);
	if (err)
		pr_error("cannot pin below '" PIN_DIRECTORY "': %s",
			 error_text(err));
	return err;
}

/* What is there now; returns 0 or a negative errno after a message. */
static int report_attached(const struct loader *loader, size_t pools,
			   const char *json_path)
{
	uint64_t bytes = loader->shadow_bytes + loader->net_iov_bytes;
	int err = 0;

	if (json_path)
		err = output_json(json_path,
				  json_pack("{s:s, s:b, s:s, s:I, s:I}",
					    "schema", FACTS_SCHEMA, "attached",
					    1, "directory", PIN_DIRECTORY,
					    "shadow_bytes", (json_int_t)bytes,
					    "pools", (json_int_t)pools));
	if (!err && !output_is_stdout(json_path))
		printf("attached below " PIN_DIRECTORY
		       ": %.1f MiB for the shadow; pools now: %zu\n",
		       bytes / 1048576.0, pools);
	return err;
}

/* Returns the exit code; what is pinned stays, else nothing does. */
static int arm_and_leave(struct live *live, const struct session *session,
			 const struct attach_options *asked)
{
	int err = arm_and_pin(live);

	if (err) {
		live_stop(live);
		loader_close(&live->loader);
		return EXIT_RUNTIME;
	}
	err = report_attached(&live->loader, session->pool_count,
			      asked->json_path);
	loader_leave(&live->loader);
	return err ? EXIT_RUNTIME : EXIT_PASS;
}

static int attach_locked(const struct attach_options *asked)
{
	struct loader_options loader = { .no_free_hook = asked->no_free_hook };
	struct session *session = NULL;
	struct live *live;
	int err, code;

	code = check_free();
	if (code)
		return code;
	live = calloc(1, sizeof(*live));
	if (live)
		session = session_new();
	if (!session) {
		pr_error("out of memory");
		free(live);
		return EXIT_RUNTIME;
	}
	live->options.tier = "tracepoint";
	live->options.pinned = true;
	live->sink = session_sink(session);
	err = loader_open(&live->loader, &loader);
	code = err ? open_exit_code(err) : arm_and_leave(live, session, asked);
	session_free(session);
	symbols_free();
	free(live);
	return code;
}

static int attach(void *options, const struct words *words)
{
	int lock, code;

	if (check_root())
		return EXIT_CANNOT;
	lock = pin_lock();
	if (lock < 0)
		return refuse(lock);
	code = attach_locked(options);
	close(lock);
	return code;
}

/* What is not whole, or of another version, goes, too. */
static int remove_all(void)
{
	int lock = pin_lock(), state;

	if (lock < 0)
		return refuse(lock);
	state = pinned_check();
	if (!state || state == -ESTALE)
		state = pinned_remove();
	close(lock);
	return state ? refuse(state) : EXIT_PASS;
}

static int detach(void *options, const struct words *words)
{
	const struct detach_options *asked = options;
	int err = 0, code;

	if (check_root())
		return EXIT_CANNOT;
	code = remove_all();
	if (code)
		return code;
	if (asked->json_path)
		err = output_json(asked->json_path,
				  json_pack("{s:s, s:b, s:s}", "schema",
					    FACTS_SCHEMA, "attached", 0,
					    "directory", PIN_DIRECTORY));
	if (!output_is_stdout(asked->json_path))
		puts("detached");
	return err ? EXIT_RUNTIME : EXIT_PASS;
}

static void print_because(const struct session *session,
			  const struct reasons *reasons)
{
	char text[512];
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		reason_text(session, &reasons->items[i], text, sizeof(text));
		fputs("because ", stdout);
		print_clean(stdout, text, strlen(text));
		putchar('\n');
	}
}

static void print_status(const struct session *session,
			 const struct verdict *verdict)
{
	size_t i, live_pools = 0, stalled = 0, findings = 0;
	char since[32], events[32];

	for (i = 0; i < session->pool_count; i++) {
		live_pools += session->pools[i]->state == POOL_STATE_ACTIVE;
		stalled += session->pools[i]->state == POOL_STATE_STALLED;
	}
	for (i = 0; i < CHECK_COUNT; i++)
		findings += session->findings[i].count;
	printf("attached for %s: %s so far\n",
	       format_time(session->duration_ms, since, sizeof(since)),
	       verdict_name(verdict));
	printf("pools: %zu live, %zu stalled; events: %s, %.1f %% conclusive; findings: %zu\n",
	       live_pools, stalled,
	       format_number(verdict->coverage.events, events, sizeof(events)),
	       verdict->coverage.share * 100, findings);
	print_because(session, &verdict->reasons);
	if (stats_source_text(session))
		printf("statistics: %s\n", stats_source_text(session));
	report_stats(stdout, session, 0);
}

/* Returns the verdict's exit code. */
static int report_status(const struct session *session, const char *json_path)
{
	struct verdict verdict;
	int code, err;

	err = verdict_reach(session, &verdict);
	if (err)
		pr_error("cannot reach a verdict: %s", error_text(err));
	else if (json_path)
		err = output_report(json_path, report_format("json"), session,
				    &verdict);
	if (!err && !output_is_stdout(json_path))
		print_status(session, &verdict);
	code = err ? EXIT_RUNTIME : verdict.code;
	verdict_clear(&verdict);
	return code;
}

struct status_options {
	const char *json_path;
};

static const struct option_row status_rows[] = {
	OPTION_ROW_JSON(struct status_options),
};

static int status(void *options, const struct words *words)
{
	static const struct pinned_question everything;
	const struct status_options *asked = options;
	struct session *session;
	char why[512];
	int code, err;

	if (check_root())
		return EXIT_CANNOT;
	session = session_new();
	if (!session) {
		pr_error("out of memory");
		return EXIT_RUNTIME;
	}
	err = pinned_session(session, &everything, why, sizeof(why));
	if (err) {
		pr_error("%s", why);
		session_free(session);
		return err == -ENODEV ? EXIT_CANNOT : EXIT_RUNTIME;
	}
	session_finish(session);
	code = report_status(session, asked->json_path);
	session_free(session);
	symbols_free();
	return code;
}

const struct command attach_command = {
	.name = "attach",
	.about = "start the pinned mode (no process stays)",
	.text = "Start the pinned mode: hooks and maps stay below " PIN_DIRECTORY
		" without a process, for bpftool sessions and days-long runs.",
	.more = "Read it at any time with netmem-check status or netmem-check report --pinned, or with bpftool map dump pinned " PIN_DIRECTORY
		"/pools. netmem-check detach removes all of it.\n\n"
		"XDP statistics programs (xdp_netmem_stats.bpf.o) that are loaded now are inspected; later ones are only counted.",
	.exits =
		"Exit status: 0 attached, 2 usage, 4 cannot run on this system (no bpffs, for one), 5 runtime error (already attached, for one).",
	.rows = attach_rows,
	.row_count = ARRAY_LEN(attach_rows),
	.size = sizeof(struct attach_options),
	.run = attach,
};

const struct command detach_command = {
	.name = "detach",
	.about = "end the pinned mode and remove all of it",
	.text = "End the pinned mode: detach all hooks and remove everything below " PIN_DIRECTORY
		".",
	.rows = detach_rows,
	.row_count = ARRAY_LEN(detach_rows),
	.size = sizeof(struct detach_options),
	.exits =
		"Exit status: 0 detached, 2 usage, 4 cannot run on this system, 5 nothing was attached.",
	.run = detach,
};

const struct command status_command = {
	.name = "status",
	.about = "what the pinned mode has seen so far",
	.text = "Show in a few lines what the pinned mode has seen so far; netmem-check report --pinned shows everything.",
	.exits =
		"Exit status: that of the verdict so far (0 PASS, 1 FAIL, 3 INCONCLUSIVE), 2 usage, 4 cannot run on this system, 5 nothing is attached.",
	.rows = status_rows,
	.row_count = ARRAY_LEN(status_rows),
	.size = sizeof(struct status_options),
	.run = status,
};
