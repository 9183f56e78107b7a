/* SPDX-License-Identifier: GPL-2.0 */
/* What `status --fail-on` asks: conditions on a session, for scripts. */
#ifndef NETMEM_FAIL_ON_H
#define NETMEM_FAIL_ON_H

#include "user/judge/verdict.h"

/* Each holds when there is more than this; all zero: none is asked. */
struct fail_on {
	bool stalled, findings, losses;
	uint64_t stalled_ms, findings_count;
	double losses_share; /* 0 to 1 */
};

/* The numbers that conditions are about, of judged pools. */
struct fail_numbers {
	size_t pools; /* that are there */
	size_t stalled; /* of these, that wait for pages */
	size_t stalled_longer; /* than asked, or nobody knows for how long */
	uint64_t findings; /* violations of severity FAIL */
	double losses; /* share of events that are in no whole window */
	uint64_t lost; /* these, and what no pool can be charged with */
};

/*
 * "stalled>10m,findings,losses>1%". 0, or -EINVAL with the condition that is none
 * in @why.
 */
int fail_on_parse(const char *text, struct fail_on *to, char *why, size_t size);

void fail_on_count(const struct fail_on *asked, const struct session *session,
		   const struct verdict *verdict, struct fail_numbers *to);

/* Those that hold: "stalled, findings"; "": none. Returns @text. */
const char *fail_on_held(const struct fail_on *asked,
			 const struct fail_numbers *numbers, char *text,
			 size_t size);

#endif
