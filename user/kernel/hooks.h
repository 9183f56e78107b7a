/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hook table: for each place in the kernel that we listen to, the ways to
 * hook it in order of preference, and what is lost without it.
 */
#ifndef NETMEM_HOOKS_H
#define NETMEM_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "user/util/attach.h"

#define HOOK_MAX 40 /* rows of the table, at the most */
#define HOOK_TARGETS 6

/* What a hook is at: a tracepoint, or the entry or exit of a function. */
enum hook_when { HOOK_TRACEPOINT, HOOK_ENTRY, HOOK_EXIT };

struct hook {
	const char *name; /* for people: "hold" */
	/*
	 * The tracepoint; or a function's names in the kernels that have it, of
	 * which the first that this kernel has is hooked, unless another hook of
	 * this kind has that one already.
	 */
	const char *targets[HOOK_TARGETS];
	bool required; /* nothing can be judged without it */
	const char *without; /* what is lost without it */
	enum hook_when when;
	unsigned int arguments; /* of the function, by its BTF */
	/* Program of each way, or NULL. */
	const char *programs[ATTACH_COUNT];
	/* Only where the begin does not tell where a page goes that is put. */
	bool put_ends;
	/* Of a function that may call that of another row, or have it inlined. */
	bool wraps;
};

extern const struct hook hooks[];
extern const size_t hook_count;

struct btf;

/* Does the kernel have the function, with so many arguments (0: any)? */
bool has_function(const struct btf *btf, const char *name,
		  unsigned int arguments);

/*
 * The name that each hook's function has in the running kernel; NULL: none, or
 * one that an earlier hook of the same kind has, or no function's hook. Returns
 * 0 or a negative errno.
 */
int hooks_find_targets(const char *targets[HOOK_MAX]);

/*
 * May the pool put a page into its cache though the caller of this function did
 * not ask for it? Since 6.10 ("page_pool: check for PP direct cache locality
 * later"); the function has another name since 6.8 already.
 */
bool hooks_pool_decides(const char *put_function);

struct hook_state {
	enum attach_way way; /* how it is hooked, ATTACH_NONE: not at all */
	const char *target; /* of a function, the name that it has here */
	int error; /* negative errno of the last refusal */
};

#endif
