/* SPDX-License-Identifier: GPL-2.0 */
/* What a live screen shows of each judged pool: numbers now, and a second. */
#ifndef NETMEM_RATES_H
#define NETMEM_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/judge/session.h"

#define RATES_HISTORY 60

/* Pages are -1, and rates below 0, where they are not known. */
struct rates_row {
	char name[80]; /* as reports call it */
	char device[64];
	int queue;
	uint64_t address;
	enum pool_state state;
	int64_t inflight, out;
	double events; /* pages that enter or leave, a second */
	double allocations, puts; /* a second */
	/* Pages out, oldest first. */
	int64_t history[RATES_HISTORY];
	size_t history_count;
};

enum rates_order {
	RATES_BY_NAME,
	RATES_BY_INFLIGHT,
	RATES_BY_OUT,
	RATES_BY_EVENTS,
	RATES_ORDERS
};

const char *rates_order_name(enum rates_order order);

struct rates;

/* NULL without memory. */
struct rates *rates_new(void);
void rates_free(struct rates *rates);

/*
 * Takes a sample of the session, if the last one is a second old; @now in
 * nanoseconds of a clock that does not jump. Returns whether it did.
 */
bool rates_sample(struct rates *rates, const struct session *session,
		  uint64_t now);

/* Rows of the judged pools that are there, in this order; *count of them. */
const struct rates_row *rates_rows(struct rates *rates, enum rates_order order,
				   size_t *count);

/* XDP frames a second, of all programs; below 0: not known. */
double rates_frames(const struct rates *rates);
/* Pages that entered or left judged pools, a second; below 0: not known. */
double rates_events(const struct rates *rates);

#endif
