/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several looks at one pool say together. A look counts when the pool was
 * at rest meanwhile. Two in a row that agree end the tries; a difference is
 * believed only when it outlasts all of them, since a processor may stop for a
 * while between what the kernel counts and what it writes into a page.
 */
#ifndef NETMEM_TRIES_H
#define NETMEM_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#define LOOK_TRIES 20

/* One look: the pool's counters, and its pages by both witnesses. */
struct look {
	bool stable; /* no counter moved, and no event is late */
	uint32_t hold, release;
	uint32_t held; /* pages by their words */
	int64_t marked; /* pages by themselves; -1: this kernel has no mark */
	uint32_t both; /* pages that both say */
	uint32_t net_iovs; /* of those held */
	uint64_t took_ns;
};

struct tries {
	uint32_t count; /* looks */
	uint32_t stable; /* of these, the pool was at rest */
	uint32_t alike; /* the last so many at rest saw the same */
	struct look last; /* at rest, where one was */
	bool done;
};

/* Counters and witnesses have the same number. */
bool look_agrees(const struct look *look);

void tries_add(struct tries *tries, const struct look *look);

/* The pool was caught at rest, twice in a row, with one result: last. */
bool tries_caught(const struct tries *tries);

#endif
