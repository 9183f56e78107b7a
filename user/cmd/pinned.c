// SPDX-License-Identifier: GPL-2.0
/* netmem-check attach and detach: the pinned mode. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd/arm.h"
#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/tier.h"
#include "user/facts/facts.h"
#include "user/judge/verdict.h"
#include "user/util/build.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

struct attach_options {
	const char *json_path, *tier;
	bool no_free_hook;
};

static const struct attach_options attach_defaults = {
	.tier = "tracepoint",
};

static const struct option_row attach_rows[] = {
	OPTION_ROW_TIER(struct attach_options, TIER_PINNED_TEXT),
	OPTION_ROW_JSON(struct attach_options),
	OPTION_ROW_NO_FREE_HOOK(struct attach_options),
	OPTION_ROW_BTF,
};

struct detach_options {
	const char *json_path;
};

static const struct option_row detach_rows[] = {
	OPTION_ROW_JSON(struct detach_options),
};

/* What the pinned mode is now, and where. */
static json_t *build_state(bool attached)
{
	json_t *object = build_object();

	set_string(object, "schema", FACTS_SCHEMA);
	set_member(object, "attached", json_boolean(attached));
	set_string(object, "directory", PIN_DIRECTORY);
	return object;
}

static json_t *build_attached(const struct armed *armed)
{
	json_t *object = build_state(true);

	set_string(object, "tier", armed->tier);
	set_number(object, "shadow_bytes", armed->shadow_bytes);
	set_number(object, "memory_bytes", armed->memory_bytes);
	set_number(object, "pools", armed->pools);
	return object;
}

/*
 * What is there now, in each output, whatever becomes of the other; returns 0,
 * or a negative errno after a message.
 */
static int report_attached(const struct armed *armed, const char *json_path)
{
	int err = 0;

	if (!output_path_is_stdout(json_path)) {
		printf("attached below " PIN_DIRECTORY
		       ", %s tier: %.1f MiB of the kernel's memory (%.1f MiB for the shadow); pools now: %zu\n",
		       armed->tier, armed->memory_bytes / 1048576.0,
		       armed->shadow_bytes / 1048576.0, armed->pools);
		err = output_text(0);
	}
	if (!json_path)
		return err;
	return output_json(json_path, build_attached(armed)) ?: err;
}

static int attach(void *options, const struct words *words)
{
	const struct attach_options *asked = options;
	struct loader_options loader = { .no_free_hook = asked->no_free_hook };
	struct armed armed;
	int lock, code;

	if (!may_pin())
		return EXIT_CANNOT;
	code = tier_choose(asked->tier, &loader.function);
	if (code)
		return code;
	lock = pin_lock();
	if (lock < 0)
		return refuse_pinned(lock);
	code = pinned_arm(&loader, &armed);
	if (!code && report_attached(&armed, asked->json_path))
		code = EXIT_RUNTIME;
	close(lock);
	return code;
}

/* What is not whole, or of another version, goes, too. */
static int remove_all(void)
{
	int lock = pin_lock(), state;

	if (lock < 0)
		return refuse_pinned(lock);
	state = pinned_check();
	if (!state || state == -ESTALE)
		state = pinned_remove();
	close(lock);
	return state ? refuse_pinned(state) : EXIT_PASS;
}

static int detach(void *options, const struct words *words)
{
	const struct detach_options *asked = options;
	int err = 0, failed = 0, code;

	if (!may_pin())
		return EXIT_CANNOT;
	code = remove_all();
	if (code)
		return code;
	if (!output_path_is_stdout(asked->json_path)) {
		puts("detached");
		err = output_text(0);
	}
	if (asked->json_path)
		failed = output_json(asked->json_path, build_state(false));
	return output_exit_code(EXIT_PASS, err || failed);
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
	.defaults = &attach_defaults,
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
