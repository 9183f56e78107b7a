/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command that makes traffic while we watch. It and what it starts end with
 * us, whatever ends us: a process between (supervisor.h) sees to it.
 */
#ifndef NETMEM_WORKLOAD_H
#define NETMEM_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct workload_options {
	char **argv; /* NULL: none, only XDP programs are held */
	int stdout_fd; /* where what it prints goes; -1: as ours */
	bool keep; /* it outlives us */
};

struct workload {
	struct workload_options options;
	pid_t supervisor; /* 0: there is none */
	int control;
	int ready_fd; /* readable once it asks to be judged while it runs */
	bool running, ended, judged_running;
	int status; /* exit status, or 128 + signal */
};

/*
 * Starts the process between, before anything is open that it must not hold.
 * SIGINT, SIGTERM and SIGHUP must be blocked. Returns 0 or negative errno.
 */
int workload_open(struct workload *workload,
		  const struct workload_options *options);

/*
 * Starts the workload. It finds the descriptor for "judge me now" in
 * NETMEM_READY_FD (scenarios/run). Returns 0, or negative errno after a message.
 */
int workload_start(struct workload *workload);

/* Looks whether it ended or asks to be judged; true when watching is over. */
bool workload_poll(struct workload *workload);

/*
 * Ends it if it runs: asks its process group first, then kills all that came of
 * it; at once when @is_cut says so. A workload that outlives us is left alone.
 */
void workload_stop(struct workload *workload, bool (*is_cut)(void *data),
		   void *data);

/*
 * Before an XDP program is taken off a device: where we are killed before
 * workload_forget_xdp(), it comes back. @program stays the caller's. @data is
 * the workload. Returns 0 or negative errno.
 */
int workload_hold_xdp(void *data, int ifindex, int program, uint32_t mode);
void workload_forget_xdp(struct workload *workload);

/* Ends what is left of it, and the process between. */
void workload_close(struct workload *workload);

#endif
