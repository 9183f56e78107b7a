/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command of --on-finding: run by a shell, one at a time, beside the watch.
 * What it is told is in its environment and never in its command line.
 */
#ifndef NETMEM_MONITOR_HOOK_H
#define NETMEM_MONITOR_HOOK_H

#include <stdint.h>

struct hook_runner;

/* Environment of the command; texts may be NULL. */
struct hook_event {
	const char *event; /* NETMEM_EVENT: finding or stalled */
	const char *check; /* NETMEM_CHECK: its id */
	const char *severity; /* NETMEM_SEVERITY */
	const char *pool; /* NETMEM_POOL, for people */
	const char *device; /* NETMEM_DEVICE */
	const char *holders; /* NETMEM_HOLDERS, for people, ; between them */
	uint64_t count; /* NETMEM_COUNT: violations, or pages in flight */
	uint64_t seconds; /* NETMEM_SECONDS: that the pool waited */
};

/*
 * NULL without memory. @command is the caller's; whatever runs for longer than
 * @limit_ms is killed.
 */
struct hook_runner *hook_new(const char *command, unsigned int limit_ms);

/* Takes an event in; where too many wait, it is counted as failed. */
void hook_add(struct hook_runner *runner, const struct hook_event *event);

/*
 * Once a second or so: starts the next one, takes the status of one that ended,
 * and kills one that runs for too long.
 */
void hook_tick(struct hook_runner *runner);

/* Of all so far: killed, failed, not started, or dropped. */
uint64_t hook_failures(const struct hook_runner *runner);

/* Gives those that wait or run @wait_ms, then kills; frees. NULL is fine. */
void hook_free(struct hook_runner *runner, unsigned int wait_ms);

#endif
