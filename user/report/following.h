/* SPDX-License-Identifier: GPL-2.0 */
/* What the function tier followed a second, and what that took. */
#ifndef NETMEM_FOLLOWING_H
#define NETMEM_FOLLOWING_H

#include "user/judge/session.h"

/* On average over the watch, of the pools that the session has, judged or not. */
struct following {
	uint64_t allocations, puts; /* of pages, a second */
	uint64_t fragments; /* issued a second */
	uint64_t instructions; /* a second; 0: this way was not measured */
};

/*
 * False where functions were not followed, or not long enough to tell.
 * Instructions are counts of x86-64 (bench/README.md), times what was followed.
 */
bool following_of(const struct session *session, struct following *following);

#endif
