/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked of our BPF objects while they run. */
#ifndef NETMEM_DEMAND_H
#define NETMEM_DEMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/loader.h"

/* The name of an on-demand program, as BPF objects and pins have it. */
const char *loader_demand_name(enum demand_program program);

/* Runs an on-demand program; 0 or negative errno. */
int loader_run(const struct loader *loader, enum demand_program program,
	       uint64_t first, uint64_t second);

/* Reads the hooks' counters, summed over processors. */
int loader_counters(const struct loader *loader, struct hook_counters *sum);

/* What the function tier notes of a page or net_iov; false: nothing. */
bool loader_note(const struct loader *loader, uint64_t netmem,
		 struct page_note *note);

/* Where a slot's pool's pages went, summed over processors; 0 or -ENOENT. */
int loader_flow(const struct loader *loader, uint32_t slot, uint32_t seq,
		struct pool_flow *sum);

/* Reads the stack of an id as page_note has it; its depth, 0: none. */
size_t loader_stack(const struct loader *loader, uint32_t id,
		    uint64_t stack[STACK_DEPTH]);

/*
 * Reads the sums of pools that went before a reader came: an entry for each
 * device and processor, those in use. *@sums is the caller's to free. Returns
 * how many, or negative errno.
 */
int loader_folded(const struct loader *loader, struct folded_pools **sums);

/*
 * Reads who the pools are that found no slot. *@pools is the caller's to free.
 * Returns how many, or negative errno.
 */
int loader_untracked(const struct loader *loader, struct pool_identity **pools);

/* A key and its record. */
struct redirect_count {
	struct redirect_key key;
	struct redirect_record record;
};

/*
 * Reads which redirected frames were dropped. *@counts is the caller's to free.
 * Returns how many, or negative errno.
 */
int loader_redirects(const struct loader *loader,
		     struct redirect_count **counts);

/* A key and its count. */
struct unstored_count {
	struct unstored_key key;
	uint64_t count; /* since the hooks were armed */
};

/*
 * Reads which violations found no evidence slot, as loader_redirects() does.
 * loader_forget_unstored() takes one out again.
 */
int loader_unstored(const struct loader *loader,
		    struct unstored_count **counts);
void loader_forget_unstored(const struct loader *loader,
			    const struct unstored_key *key);

/* Times that the kernel skipped a hook's program for recursion; by its name. */
uint64_t loader_misses(const struct loader *loader, const char *hook);
/* Since it was @early; 0 when the count cannot be read. */
uint64_t loader_misses_since(const struct loader *loader, const char *hook,
			     uint64_t early);

/* The same for all hooks of functions together. */
uint64_t loader_function_misses(const struct loader *loader);

#endif
