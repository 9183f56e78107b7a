/* SPDX-License-Identifier: GPL-2.0 */
/* The command that makes traffic while we watch. It dies with us. */
#ifndef NETMEM_WORKLOAD_H
#define NETMEM_WORKLOAD_H

#include <stdbool.h>
#include <sys/types.h>

struct workload {
	pid_t pid; /* 0: none runs */
	int ready_fd; /* readable once it asks to be judged while it runs */
	bool ended, judged_running;
	int status; /* exit status, or 128 + signal */
};

/*
 * Starts argv. The child finds the descriptor for "judge me now" in
 * NETMEM_READY_FD (scenarios/run). With @stdout_is_ours what it prints goes to
 * standard error. Returns 0 or negative errno.
 */
int workload_start(struct workload *workload, char **argv, bool stdout_is_ours);

/* Looks whether it ended or asks to be judged; true when watching is over. */
bool workload_poll(struct workload *workload);

/*
 * Ends it, the whole process group: asks first, then kills; at once when
 * @is_cut says so.
 */
void workload_stop(struct workload *workload, bool (*is_cut)(void *data),
		   void *data);

#endif
