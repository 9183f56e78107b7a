/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks the kernel's own registry of page pools and gives each pool a slot,
 * idle pools included: bpf/look/registry.bpf.c.
 */
#ifndef NETMEM_REGISTRY_H
#define NETMEM_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

struct registry {
	uint64_t page_pools; /* 6.8+: xarray of all pools; 0: not found */
	uint64_t mem_id_ht; /* hash of the pools that serve XDP; 0: not found */
	const char *name; /* the one that is walked; NULL: none */
	const char *blind; /* why idle pools cannot be seen; NULL: they can */
};

/*
 * Finds the registry among the kernel's symbols. Returns 0, -ENOENT when idle
 * pools stay unseen (@registry->blind says why), or a negative errno.
 */
int registry_find(struct registry *registry);

/*
 * Runs the program @prog_fd (netmem_registry) over the
 * whole registry. What it could not follow is in the program's registry_cut,
 * which the caller zeroes before. Returns 0, -ENOENT when no registry was
 * found, -ELOOP when the walk does not end, or a negative errno.
 */
int registry_walk(int prog_fd, const struct registry *registry);

#endif
