/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hook table: for each place in the kernel that we listen to, the ways to
 * hook it in order of preference, and what is lost without it.
 */
#ifndef NETMEM_HOOKS_H
#define NETMEM_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "../model/model.h"

enum hook_way {
	WAY_NONE,
	WAY_RAW_TP,
	WAY_TP_BTF,
	WAY_FENTRY, /* fentry or fexit */
	WAY_KPROBE, /* kprobe or kretprobe */
	WAY_COUNT
};

const char *hook_way_name(enum hook_way way);

struct hook {
	const char *name; /* for people: "hold" */
	const char *target; /* tracepoint or function */
	bool required; /* nothing can be judged without it */
	const char *without; /* what is lost without it */
	/* Program of each way, or NULL; "%s" none. The `_plain` twin is found by name. */
	const char *programs[WAY_COUNT];
};

extern const struct hook hooks[];
extern const size_t hook_count;

/* Why a check is blind although its tier runs; NULL: it is not. */
struct hook_state {
	enum hook_way way; /* how it is hooked, WAY_NONE: not at all */
	int error; /* negative errno of the last refusal */
};

#endif
