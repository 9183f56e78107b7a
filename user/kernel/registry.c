// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the kernel's registry of page pools by its symbol and drives the
 * program that walks it.
 */
#include "user/kernel/registry.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "user/kernel/symbols.h"

/* A walk of 2^16 pools of 64 a run takes 2^10 runs; far above is no end. */
#define RUNS_MAX (1 << 16)

struct registry_symbol {
	const char *name;
	uint64_t address;
	unsigned int found;
};

/* A name that stands for two things stands for none. */
static uint64_t symbol_address(const struct registry_symbol *symbol)
{
	return symbol->found == 1 ? symbol->address : 0;
}

enum { PAGE_POOLS, MEM_ID_HT, REGISTRY_SYMBOLS };

/*
 * Only the kernel's own, none of a module. The type letter means nothing: 7.2
 * shows page_pools as 't'.
 */
static int match_symbol(void *data, const struct kernel_symbol *symbol)
{
	struct registry_symbol *wanted = data;
	int i;

	for (i = 0; i < REGISTRY_SYMBOLS && !symbol->module; i++) {
		if (strcmp(symbol->name, wanted[i].name))
			continue;
		wanted[i].address = symbol->address;
		wanted[i].found++;
	}
	return 0;
}

int registry_find(struct registry *registry)
{
	struct registry_symbol symbols[] = {
		[PAGE_POOLS] = { "page_pools" },
		[MEM_ID_HT] = { "mem_id_ht" },
	};
	int err;

	memset(registry, 0, sizeof(*registry));
	err = symbols_read(match_symbol, symbols);
	if (err) {
		registry->blind = "cannot read kernel symbols";
		return err;
	}
	registry->page_pools = symbol_address(&symbols[PAGE_POOLS]);
	registry->mem_id_ht = symbol_address(&symbols[MEM_ID_HT]);
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
	if (symbols[PAGE_POOLS].found || symbols[MEM_ID_HT].found)
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
