/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sweep: which pages are in some packet of this machine, whatever queue it
 * is in. A page that it meets is held; one that a whole sweep does not meet is
 * in no packet (docs/verdict.md says when it is whole).
 */
#ifndef NETMEM_SWEEP_H
#define NETMEM_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct holders;
struct walk;
struct sweep;

struct sweep_result {
	bool whole;
	char why[160]; /* not whole: the reason */
	uint64_t wanted, met; /* pages */
	uint32_t passes; /* over the slabs, the two sweeps included */
	uint64_t slabs, packets; /* of the last pass: visited, in use or not */
	uint64_t took_us;
	uint64_t cpu_us; /* of these, CPU time of its calls */
	uint64_t longest_us; /* CPU time of the longest call */
};

/*
 * Sweeps for the pages @wanted (pfns, ascending), and adds those that it meets to
 * @walk, as held by packets in unknown queues. It ends early when all are met.
 * Returns 0, also where it is not available (@result says why), -ECANCELED,
 * or another negative errno.
 */
int holders_sweep(struct holders *holders, struct walk *walk,
		  const uint64_t *wanted, size_t count,
		  struct sweep_result *result);

void sweep_close(struct sweep *sweep);

#endif
