// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/refuse.h"
#include "user/cmd/snapshot.h"
#include "user/kernel/symbols.h"
#include "user/report.h"
#include "user/util/util.h"

static int refuse_pinned(int err)
{
	char why[512];

	pinned_why_not(why, sizeof(why), err);
	pr_error("%s", why);
	return err;
}

/*
 * Opens the pinned mode and holds its lock, where it runs: what is there without
 * the lock is worth one. Returns 0, or a negative errno after a message,
 * -ENOENT without one where it does not run, or no more.
 */
static int open_pinned(struct live *live, int *lock)
{
	int err;

	if (pinned_check())
		return -ENOENT;
	*lock = pin_lock();
	if (*lock < 0)
		return refuse_pinned(*lock);
	if (pinned_check()) {
		close(*lock);
		*lock = -1;
		return -ENOENT;
	}
	err = pinned_open(&live->loader);
	live->options.pinned = !err;
	return err ? refuse_pinned(err) : 0;
}

/*
 * Where pools and pages are read from: the pinned mode, which knows their ages,
 * where it runs, else hooks of our own, armed. @lock is held while the pinned
 * mode is read.
 */
static int open_sources(struct live *live, int *lock)
{
	/* Hooks tell when a page moves or a pool goes while we look at it. */
	struct loader_options loader_options = { .no_free_hook = true,
						 .snapshot = true };
	int err = open_pinned(live, lock);

	if (err != -ENOENT)
		return err;
	err = loader_open(&live->loader, &loader_options);
	if (!err)
		loader_arm(&live->loader);
	return err;
}

/* Each report is written, whatever becomes of the other. Returns the exit code. */
static int report(const struct session *session,
		  const struct snapshot_options *options)
{
	const char *json = options->json_path;
	int code, err, failed = 0;
	struct verdict verdict;

	err = verdict_reach(session, &verdict);
	if (err) {
		pr_error("cannot reach a verdict: %s", error_text(err));
		verdict_clear(&verdict);
		return EXIT_RUNTIME;
	}
	if (!output_owns_stdout(json, options->record_path))
		err = output_report(NULL, report_format("text"), session,
				    &verdict);
	if (json)
		failed = output_report(json, report_format("json"), session,
				       &verdict);
	code = output_exit_code(verdict.code, err || failed);
	verdict_clear(&verdict);
	return code;
}

/* With the sources open: looks, judges and reports. */
static int look_and_report(struct live *live, struct session *session,
			   const struct snapshot_options *options)
{
	const struct pool_filter *filter = &options->live.filter;
	char text[128];
	int err = 0;

	if (options->record_path)
		live->recorder = recorder_open(options->record_path, &err);
	if (err)
		return EXIT_RUNTIME;
	live_snapshot(live);
	session_finish(session);
	if (filter_is_set(filter) && !session_has_judged(session)) {
		pr_error("no %s here; netmem-check audit --json lists them",
			 filter_text(filter, text, sizeof(text)));
		recorder_discard(live->recorder);
		return EXIT_USAGE;
	}
	/* Facts are missing: there is nothing to judge. */
	if (live->error) {
		recorder_abandon(live->recorder);
		return EXIT_RUNTIME;
	}
	err = recorder_close(live->recorder, 0);
	return output_exit_code(report(session, options), err);
}

static int look(struct live *live, struct session *session,
		const struct snapshot_options *options)
{
	int lock = -1, err, code;

	err = open_sources(live, &lock);
	if (err) {
		code = open_exit_code(err);
	} else {
		code = look_and_report(live, session, options);
		live_stop(live);
		loader_close(&live->loader);
	}
	if (lock >= 0)
		close(lock);
	return code;
}

int snapshot_run(const struct snapshot_options *options)
{
	struct session *session = NULL;
	int code = check_devices(options->live.devices);
	struct live *live;

	if (code)
		return code;
	code = EXIT_RUNTIME;
	live = calloc(1, sizeof(*live));
	if (live)
		session = session_new();
	if (!session) {
		pr_error("out of memory");
		free(live);
		return EXIT_RUNTIME;
	}
	live->options = options->live;
	live->options.coverage = 0.95;
	live->sink = session_sink(session);
	code = look(live, session, options);
	symbols_free();
	session_free(session);
	free(live);
	return code;
}
