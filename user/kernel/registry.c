// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the kernel's registry of page pools by its symbol and drives the
 * program that walks it.
 */
#include "user/kernel/registry.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "user/kernel/known_symbols.h"

/* A walk of 2^16 pools of 64 a run takes 2^10 runs; far above is no end. */
#define RUNS_MAX (1 << 16)

int registry_find(struct registry *registry)
{
	int err;

	memset(registry, 0, sizeof(*registry));
	err = known_symbols_read();
	if (err) {
		registry->blind = "cannot read kernel symbols";
		return err;
	}
	registry->page_pools = known_symbol(SYMBOL_PAGE_POOLS);
	registry->mem_id_ht = known_symbol(SYMBOL_MEM_ID_HT);
	if (registry->page_pools) {
		registry->name = "page_pools";
		return 0;
	}
	if (registry->mem_id_ht) {
		registry->name = "mem_id_ht";
		registry->blind =
			"only those that serve XDP are listed, without the symbol page_pools (Linux 6.8+)";
		return 0;
	}
	if (known_symbol_is_there(SYMBOL_PAGE_POOLS) ||
	    known_symbol_is_there(SYMBOL_MEM_ID_HT))
		registry->blind =
			"kernel addresses are hidden or ambiguous (see kernel.kptr_restrict)";
	else
		registry->blind =
			"kernel without data symbols (CONFIG_KALLSYMS_ALL)";
	return -ENOENT;
}

int registry_walk(int prog_fd, const struct registry *registry)
{
	/* The kernel wants room for each argument that a program may read. */
	uint64_t arguments[12] = { registry->page_pools, registry->mem_id_ht };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments,
		    .ctx_size_in = sizeof(arguments));
	int err, runs;

	if (!registry->name)
		return -ENOENT;
	for (runs = 0; runs < RUNS_MAX; runs++) {
		err = bpf_prog_test_run_opts(prog_fd, &options);
		if (err)
			return err;
		if (!options.retval)
			return 0;
		arguments[2] = options.retval;
	}
	return -ELOOP;
}
