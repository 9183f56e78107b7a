/* SPDX-License-Identifier: GPL-2.0 */
/* One look at the system as it is now: what audit and holders share. */
#ifndef NETMEM_SNAPSHOT_H
#define NETMEM_SNAPSHOT_H

#include "user/collect/live.h"

#define SNAPSHOT_EXIT_TEXT \
	"Exit status: 0 nothing found, 1 FAIL, 2 usage, 3 INCONCLUSIVE (a finding that proves nothing yet, such as a stalled pool; a pool that could not be read; a walk that was cut short; pools that this kernel hides), 4 cannot run on this system, 5 runtime error."

struct snapshot_options {
	struct live_options live; /* what is looked at */
	const char *json_path; /* NULL: text; "-": instead of the text */
	const char *record_path; /* NULL: no recording */
};

/* Looks, judges and reports; returns an enum exit_code. */
int snapshot_run(const struct snapshot_options *options);

#endif
