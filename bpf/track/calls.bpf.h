/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls in progress, per processor: for kretprobes, which see no arguments, and
 * for functions that call each other.
 */
#ifndef NETMEM_CALLS_BPF_H
#define NETMEM_CALLS_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/core/shadow.bpf.h"

enum call_kind { CALL_NONE, CALL_ALLOC, CALL_FRAG, CALL_DESTROY };

struct call {
	__u64 task;
	__u64 kind;
	__u64 args[4];
};

#define CALLS 8

/* A fragment that a skb has put, to be counted when that call has ended. */
struct frag_put {
	__u64 task;
	__u64 pfn;
	__u32 cycle;
	__u32 pending;
};

struct calls {
	__u32 depth;
	/* The page that an outer function was called for, or has just given. */
	__u64 outer_put;
	__u64 inner_alloc;
	__u64 inner_frag;
	__u64 caller; /* of the function at whose entry a kprobe stands */
	struct frag_put puts[2]; /* of tasks, of softirqs */
	struct call call[CALLS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct calls);
} calls SEC(".maps");

static __always_inline struct calls *calls_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&calls, &zero);
}

/* Both a function and its wrapper are hooked. */
const volatile bool hooks_nest __weak = false;

/* What hooks of a function and of its wrapper tell each other; NULL: no need. */
static __always_inline struct calls *nested_here(void)
{
	return hooks_nest ? calls_here() : NULL;
}

static __always_inline void set_caller(__u64 address)
{
	struct calls *here = COMPAT_KNOWS_CALLER ? calls_here() : NULL;

	if (here)
		here->caller = address;
}

static __always_inline void call_begins(enum call_kind kind, __u64 a, __u64 b,
					__u64 c, __u64 d)
{
	struct calls *here = calls_here();
	struct call *call;

	if (!here)
		return;
	/* A task that moved to another processor left its calls behind. */
	if (here->depth >= CALLS)
		here->depth = 0;
	call = &here->call[here->depth & (CALLS - 1)];
	call->task = bpf_get_current_pid_tgid();
	call->kind = kind;
	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	call->args[3] = d;
	here->depth++;
}

/* The newest call of this kind and task; NULL when its beginning is lost. */
static __always_inline struct call *call_ends(enum call_kind kind)
{
	__u64 task = bpf_get_current_pid_tgid();
	struct calls *here = calls_here();
	struct call *call;
	__u32 depth, i;

	if (!here)
		return NULL;
	depth = here->depth;
	for (i = 0; i < CALLS; i++) {
		if (!depth)
			break;
		depth--;
		call = &here->call[depth & (CALLS - 1)];
		if (call->kind == kind && call->task == task) {
			here->depth = depth;
			call->kind = CALL_NONE;
			return call;
		}
	}
	COUNT(function_lost);
	return NULL;
}

#endif
