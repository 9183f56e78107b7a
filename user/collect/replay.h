/* SPDX-License-Identifier: GPL-2.0 */
/* A recording as a source of facts. */
#ifndef NETMEM_REPLAY_H
#define NETMEM_REPLAY_H

#include <stddef.h>

#include "user/facts/facts.h"

/*
 * Hands a recording's facts to an empty sink, and steps its events through the
 * model: the same facts as live, so the same verdict. Returns 0, or a negative
 * errno with the reason in @why ("line 12: ..."); nothing was fed then, unless
 * the line itself is to blame.
 */
int replay(const char *path, struct fact_sink sink, char *why, size_t size);

#endif
