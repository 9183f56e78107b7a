// SPDX-License-Identifier: GPL-2.0
/* One step of the sweep in the kernel, and why the sweep is no proof. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "user/holders/private.h"

#define RUNS_A_QUESTION 64 /* of whether the sweep is to end */

int sweep_run(struct sweep *sweep, const struct bpf_program *program,
	      uint64_t first, uint64_t second)
{
	/* The kernel wants room for each argument that a program may read. */
	uint64_t room[12] = { first, second };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = room,
		    .ctx_size_in = sizeof(room));
	const struct holders *holders = sweep->holders;
	struct timespec before, after;
	uint64_t took;
	int err;

	if (holders->is_cut && sweep->runs++ % RUNS_A_QUESTION == 0 &&
	    holders->is_cut(holders->cut_data))
		return -ECANCELED;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	err = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	took = (after.tv_sec - before.tv_sec) * 1000000000ULL + after.tv_nsec -
	       before.tv_nsec;
	sweep->cpu_ns += took;
	if (took / 1000 > sweep->result->longest_us)
		sweep->result->longest_us = took / 1000;
	return err;
}

/* The first reason stays. */
void sweep_is_not_whole(struct sweep *sweep, const char *format, ...)
{
	struct sweep_result *result = sweep->result;
	va_list args;

	result->whole = false;
	if (*result->why)
		return;
	va_start(args, format);
	vsnprintf(result->why, sizeof(result->why), format, args);
	va_end(args);
}
