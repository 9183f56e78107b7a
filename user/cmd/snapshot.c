// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#include "user/cmd/pins.h"
#include "user/cmd/snapshot.h"
#include "user/util/util.h"
#include "user/judge/verdict.h"

static int open_sources(struct live *live)
{
	/* Hooks tell when a page moves or a pool goes while we look at it. */
	struct loader_options loader_options = { .no_free_hook = true };
	int err;

	if (!geteuid() && !pinned_check()) {
		live->options.pinned = true;
		return pinned_open(&live->loader);
	}
	err = loader_open(&live->loader, &loader_options);
	if (!err)
		loader_arm(&live->loader);
	return err;
}

int snapshot_open(struct live *live, const char *record_path)
{
	int err;

	if (record_path) {
		live->recorder = recorder_open(record_path, &err);
		if (!live->recorder) {
			complain("cannot write '%s': %s", record_path,
				 error_text(err));
			return -EIO;
		}
	}
	err = open_sources(live);
	if (err) {
		recorder_abandon(live->recorder);
		live->recorder = NULL;
	}
	return err;
}

int snapshot_exit_code(int err)
{
	return err == -EOPNOTSUPP || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
}

void snapshot_take(struct live *live, const char *record_path)
{
	int err;

	live_snapshot(live);
	session_finish(live->session);
	err = recorder_close(live->recorder, 0);
	live->recorder = NULL;
	if (!err)
		return;
	complain("cannot write '%s': %s", record_path, error_text(err));
	live->error = err;
}

bool snapshot_has_devices(char **devices, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (if_nametoindex(devices[i]))
			continue;
		complain(
			"no device '%s' in this network namespace; `ip link` lists them",
			devices[i]);
		return false;
	}
	return true;
}
