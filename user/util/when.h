/* SPDX-License-Identifier: GPL-2.0 */
/* Points in time: read from a command line, and shown. All are UTC. */
#ifndef NETMEM_WHEN_H
#define NETMEM_WHEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads "2026-11-30T12:00:00Z", "2026-11-30T13:00+01:00", "2026-11-30 12:00",
 * "2026-11-30" (both UTC), "now", and "-2h", which is before @now. Seconds since
 * 1970 into *@seconds. Returns 0 or -EINVAL.
 */
int when_parse(const char *text, int64_t now, int64_t *seconds);

/* "2026-11-30 12:00:00" */
const char *when_text(int64_t seconds, char *text, size_t size);

#endif
