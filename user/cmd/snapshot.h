/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands share that look once at the system as it is now. */
#ifndef NETMEM_SNAPSHOT_H
#define NETMEM_SNAPSHOT_H

#include "user/collect/live.h"

/*
 * Opens where pools and pages are read from: the pinned mode, which knows
 * their ages, where it runs, else hooks of our own, armed. With @record_path
 * that file as well. Returns 0, or a negative errno after a message.
 */
int snapshot_open(struct live *live, const char *record_path);

/* The exit code for what snapshot_open() returned. */
int snapshot_exit_code(int err);

/* Looks once, ends the session and the recording; errors are in live->error. */
void snapshot_take(struct live *live, const char *record_path);

/* False, after a message, when a device is not in this network namespace. */
bool snapshot_has_devices(char **devices, size_t count);

#endif
