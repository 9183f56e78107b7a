/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the sweep share. */
#ifndef NETMEM_SWEEP_PRIVATE_H
#define NETMEM_SWEEP_PRIVATE_H

#include "user/holders/private.h"
#include "user/holders/sweep.h"
#include "sweep.skel.h"

/* A packet of our own that waits in a socket of our own. */
struct own_packet {
	int pair[2]; /* pair[1] has it; -1: there is none */
	uint64_t address;
};

struct sweep {
	struct holders *holders;
	struct sweep_bpf *skel;
	struct swept_page *swept;
	uint64_t *slabs;
	int error; /* of loading */
	uint32_t runs;
	uint64_t cpu_ns; /* of the sweep that runs */

	/* Of the sweep that runs. */
	struct sweep_result *result;
	struct walk *walk;
	const uint64_t *wanted;
	size_t count;
	bool *met; /* of each wanted page */
	size_t groups; /* the walk's holders from here on are packets */
	struct own_packet own[SWEEP_CPUS];
};

int sweep_run(struct sweep *sweep, const struct bpf_program *program,
	      uint64_t first, uint64_t second);

/* Not met is no proof then. */
void __attribute__((format(printf, 2, 3)))
sweep_is_not_whole(struct sweep *sweep, const char *format, ...);

/* ---- sweep_test.c ---- */

/* Learns the cache of packets, and what this kernel has, from one of our own. */
int sweep_learn(struct sweep *sweep);
/* Makes a packet on each processor that is online: each must look used. */
int sweep_test_begin(struct sweep *sweep);
/*
 * Each must have been found, and look free when it is freed on its processor.
 * Always frees what sweep_test_begin() made; @err: what went before failed.
 */
int sweep_test_end(struct sweep *sweep, int err);

/* ---- packets.c ---- */

/* Notes that the packet has the page, as of a holder that has others like it. */
int sweep_add_holding(struct sweep *sweep, const struct swept_page *swept);

#endif
