/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands share that look once at the system as it is now. */
#ifndef NETMEM_SNAPSHOT_H
#define NETMEM_SNAPSHOT_H

#include "live.h"
#include "verdict.h"

/*
 * Opens where pools and pages are read from: the pinned mode, which knows
 * their ages, where it runs, else hooks of our own, armed. Returns 0, or a
 * negative errno after a message.
 */
int snapshot_open(struct live *live);

/* The exit code for what snapshot_open() returned. */
int snapshot_exit_code(int err);

/* Why pools may stay hidden from a snapshot; NULL where they do not. */
const char *snapshot_blindness(const struct live *live);

/*
 * A snapshot watched no traffic to doubt: it fails, or it finds nothing, or
 * pools may be hidden from it.
 */
void snapshot_verdict(const struct live *live, struct verdict *verdict);

/* False, after a message, when a device is not in this network namespace. */
bool snapshot_has_devices(char **devices, size_t count);

#endif
