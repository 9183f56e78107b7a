// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#include "pinned.h"
#include "snapshot.h"
#include "util.h"

int snapshot_open(struct live *live)
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

int snapshot_exit_code(int err)
{
	return err == -EOPNOTSUPP || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
}

void snapshot_verdict(const struct session *session, struct verdict *verdict)
{
	verdict_reach(session, verdict);
	if (verdict->code != EXIT_INCONCLUSIVE)
		return;
	verdict->code = EXIT_PASS;
	verdict->name = "PASS";
	json_array_extend(verdict->warnings, verdict->reasons);
	json_array_clear(verdict->reasons);
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
