/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a watched command prints, as the subtests of a TAP report: passed on line
 * by line while it runs, so that a run that is killed has shown it.
 */
#ifndef NETMEM_SUBTESTS_H
#define NETMEM_SUBTESTS_H

#include <stdbool.h>

struct subtests {
	int from; /* read end of a pipe, never waited for; -1: closed */
	int to; /* for the command; -1: closed */
	bool in_line;
};

/* Begins the report on standard output. 0 or negative errno. */
int subtests_open(struct subtests *subtests);

/* For whoever gave the command its end. */
void subtests_close_end(struct subtests *subtests);

/* What is there by now, up to a limit: it may be written faster than printed. */
void subtests_pass_on(struct subtests *subtests);

/*
 * The last of it; what still writes gets EPIPE. A report has to follow. Does
 * nothing when closed.
 */
void subtests_end(struct subtests *subtests);

/* The same where none follows: says so, by the exit code. */
void subtests_end_early(struct subtests *subtests, int code);

#endif
