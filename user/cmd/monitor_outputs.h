/* SPDX-License-Identifier: GPL-2.0 */
/* Where a monitor writes while it watches: its store, /metrics, a textfile. */
#ifndef NETMEM_MONITOR_OUTPUTS_H
#define NETMEM_MONITOR_OUTPUTS_H

#include "user/cmd/monitor_loop.h"
#include "user/monitor/view.h"

struct monitor_outputs {
	const struct monitor_options *options;
	struct store *store;
	struct serve *serve;
	uint64_t armed_ns; /* of the hooks that are watched */
	uint64_t file_due_ns; /* when the textfile is to be written again */
	uint64_t reopen_ns; /* when the store is to be tried; 0: it is open, or not asked for */
	uint64_t missed; /* samples without a store, and those that closed ones missed */
};

/* Before anything is armed: an enum exit_code, after a message if not 0. */
int monitor_outputs_listen(struct monitor_outputs *outputs);

/* Begins a run; 0, also where no store is asked for, or a negative errno. */
int monitor_outputs_store(struct monitor_outputs *outputs, uint64_t armed_ns);

/* A second went by, and a look was taken; what fails never ends the watch. */
void monitor_outputs_sample(struct monitor_outputs *outputs, struct view *view);
void monitor_outputs_look(struct monitor_outputs *outputs,
			  const struct view_look *look);

/*
 * SIGHUP: whoever moved a file gets a new one. A store that cannot be opened is tried
 * again with the samples, each 10 s.
 */
void monitor_outputs_reopen(struct monitor_outputs *outputs);

void monitor_outputs_end(struct monitor_outputs *outputs,
			 const struct verdict *verdict);
void monitor_outputs_close(struct monitor_outputs *outputs);

#endif
