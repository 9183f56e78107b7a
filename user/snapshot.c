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

const char *snapshot_blindness(const struct live *live)
{
	return live->loader.memory.has_signature ?
		       NULL :
		       "this kernel's pages carry no signature: only pools in lists of the kernel that can be read were looked at";
}

void snapshot_verdict(const struct live *live, struct verdict *verdict)
{
	const char *why = snapshot_blindness(live);

	verdict_reach(live->session, verdict);
	if (verdict->code != EXIT_INCONCLUSIVE && verdict->code != EXIT_PASS)
		return;
	verdict->code = why ? EXIT_INCONCLUSIVE : EXIT_PASS;
	verdict->name = why ? "INCONCLUSIVE" : "PASS";
	json_array_extend(verdict->warnings, verdict->reasons);
	json_array_clear(verdict->reasons);
	if (why)
		json_array_append_new(verdict->reasons, json_string(why));
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
