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
 * Where pools and pages are read from: the pinned mode, which knows their ages,
 * where it runs, else hooks of our own, armed. @lock is held while the pinned
 * mode is read.
 */
static int open_sources(struct live *live, int *lock)
{
	/* Hooks tell when a page moves or a pool goes while we look at it. */
	struct loader_options loader_options = { .no_free_hook = true,
						 .snapshot = true };
	int err;

	if (!geteuid() && !pinned_check()) {
		*lock = pin_lock();
		err = *lock < 0 ? *lock : pinned_open(&live->loader);
		live->options.pinned = true;
		return err ? refuse_pinned(err) : 0;
	}
	err = loader_open(&live->loader, &loader_options);
	if (!err)
		loader_arm(&live->loader);
	return err;
}

/* Returns the exit code. */
static int report(const struct session *session,
		  const struct snapshot_options *options)
{
	struct verdict verdict;
	int code, err;

	err = verdict_reach(session, &verdict);
	if (err)
		pr_error("cannot reach a verdict: %s", error_text(err));
	else if (options->json_path)
		err = output_report(options->json_path, report_format("json"),
				    session, &verdict);
	if (!err && !output_is_stdout(options->json_path))
		err = output_report(NULL, report_format("text"), session,
				    &verdict);
	code = err ? EXIT_RUNTIME : verdict.code;
	verdict_clear(&verdict);
	return code;
}

static int look(struct live *live, struct session *session,
		const struct snapshot_options *options)
{
	int lock = -1, err, code;
	char text[128];

	err = open_sources(live, &lock);
	if (err) {
		if (lock >= 0)
			close(lock);
		return open_exit_code(err);
	}
	live_snapshot(live);
	session_finish(session);
	err = output_recorder_close(&live->recorder, options->record_path, 0);
	if (filter_is_set(&options->live.filter) &&
	    !session_has_judged(session)) {
		pr_error("no %s here; netmem-check audit --json lists them",
			 filter_text(&options->live.filter, text,
				     sizeof(text)));
		code = EXIT_USAGE;
	} else {
		code = report(session, options);
	}
	if (err || live->error)
		code = EXIT_RUNTIME;
	live_stop(live);
	loader_close(&live->loader);
	if (lock >= 0)
		close(lock);
	return code;
}

int snapshot_run(const struct snapshot_options *options)
{
	struct session *session = NULL;
	int code = EXIT_RUNTIME;
	struct live *live;

	if (!devices_exist(options->live.devices))
		return EXIT_USAGE;
	live = calloc(1, sizeof(*live));
	if (live)
		session = session_new();
	if (!session ||
	    output_recorder_open(&live->recorder, options->record_path))
		goto free;
	live->options = options->live;
	live->options.tier = "snapshot";
	live->options.coverage = 0.95;
	live->sink = session_sink(session);
	code = look(live, session, options);
	symbols_free();
	recorder_abandon(live->recorder);
free:
	session_free(session);
	free(live);
	return code;
}
