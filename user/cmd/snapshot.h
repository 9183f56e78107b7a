/* SPDX-License-Identifier: GPL-2.0 */
/* One look at the system as it is now: what audit and holders share. */
#ifndef NETMEM_SNAPSHOT_H
#define NETMEM_SNAPSHOT_H

#include "user/collect/live.h"

#define SNAPSHOT_EXIT_TEXT \
	"Exit status: 0 no findings, 1 findings, 2 usage, 3 this kernel hides pools (before 5.14), 4 cannot run on this system, 5 runtime error."

struct snapshot_options {
	struct live_options live; /* what is looked at */
	const char *json_path; /* NULL: text; "-": instead of the text */
	const char *record_path; /* NULL: no recording */
};

/* Looks, judges and reports; returns an enum exit_code. */
int snapshot_run(const struct snapshot_options *options);

#endif
