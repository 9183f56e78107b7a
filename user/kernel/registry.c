// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the kernel's registry of page pools by its symbol and drives the
 * program that walks it.
 */
#include "user/kernel/registry.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A walk of 2^16 pools of 64 a run takes 2^10 runs; far above is no end. */
#define RUNS_MAX (1 << 16)

struct symbol {
	uint64_t address;
	unsigned int found;
};

/*
 * Only the kernel's own: modules' symbols have a fourth field. The type letter
 * tells nothing: 7.2 shows page_pools as 't'.
 */
static void match_symbol(struct symbol *symbol, const char *name,
			 const char *line)
{
	char type, found[64], module[64];
	uint64_t address;

	/* A hundred thousand lines are read, and two are it. */
	if (!strstr(line, name) || sscanf(line, "%" SCNx64 " %c %63s %63s",
					  &address, &type, found, module) != 3)
		return;
	if (strcmp(found, name))
		return;
	symbol->address = address;
	symbol->found++;
}

static int read_symbols(struct symbol *page_pools, struct symbol *mem_id_ht)
{
	char line[512];
	FILE *file;
	int err = 0;

	file = fopen("/proc/kallsyms", "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		match_symbol(page_pools, "page_pools", line);
		match_symbol(mem_id_ht, "mem_id_ht", line);
	}
	if (ferror(file))
		err = -EIO;
	fclose(file);
	return err;
}

/* A name that stands for two things stands for none. */
static uint64_t symbol_address(const struct symbol *symbol)
{
	return symbol->found == 1 ? symbol->address : 0;
}

int registry_find(struct registry *registry)
{
	struct symbol page_pools = {}, mem_id_ht = {};
	int err;

	memset(registry, 0, sizeof(*registry));
	err = read_symbols(&page_pools, &mem_id_ht);
	if (err) {
		registry->blind = "idle pools: cannot read kernel symbols";
		return err;
	}
	registry->page_pools = symbol_address(&page_pools);
	registry->mem_id_ht = symbol_address(&mem_id_ht);
	if (registry->page_pools) {
		registry->name = "page_pools";
		return 0;
	}
	if (registry->mem_id_ht) {
		registry->name = "mem_id_ht";
		registry->blind =
			"idle pools that do not serve XDP: no symbol page_pools (Linux 6.8+)";
		return 0;
	}
	if (page_pools.found || mem_id_ht.found)
		registry->blind =
			"idle pools: kernel addresses are hidden or ambiguous (see kernel.kptr_restrict)";
	else
		registry->blind =
			"idle pools: kernel without data symbols (CONFIG_KALLSYMS_ALL)";
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
