// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/cmd/arm.h"
#include "user/cmd/pins.h"
#include "user/cmd/refuse.h"
#include "user/collect/live.h"
#include "user/judge/verdict.h"
#include "user/kernel/memory.h"
#include "user/kernel/privileges.h"
#include "user/kernel/symbols.h"
#include "user/util/util.h"

bool may_pin(void)
{
	char why[256];

	if (!missing_privileges(why, sizeof(why)) &&
	    !missing_for_pins(why, sizeof(why)))
		return true;
	pr_error("%s", why);
	return false;
}

int pinned_exit_code(int err)
{
	return err == -ENODEV || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
}

int refuse_pinned(int err)
{
	char why[512];

	pinned_why_not(why, sizeof(why), err);
	pr_error("%s", why);
	return pinned_exit_code(err);
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
	return refuse_pinned(state);
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

/* Returns the exit code; what is pinned stays, else nothing does. */
static int arm_and_leave(struct live *live, struct armed *armed)
{
	struct loader *loader = &live->loader;

	if (arm_and_pin(live)) {
		live_stop(live);
		loader_close(loader);
		return EXIT_RUNTIME;
	}
	armed->shadow_bytes = loader->shadow_bytes + loader->net_iov_bytes;
	armed->memory_bytes = loader_kernel_bytes(loader);
	armed->tier = loader_tier(loader);
	loader_leave(loader);
	return EXIT_PASS;
}

int pinned_arm(const struct loader_options *options, struct armed *armed)
{
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
	live->options.pinned = true;
	live->sink = session_sink(session);
	err = loader_open(&live->loader, options);
	code = err ? open_exit_code(err) : arm_and_leave(live, armed);
	armed->pools = session->pool_count;
	session_free(session);
	symbols_free();
	free(live);
	return code;
}
