/* SPDX-License-Identifier: GPL-2.0 */
/* The verdict: a pure function of a finished session. */
#ifndef NETMEM_VERDICT_H
#define NETMEM_VERDICT_H

#include "user/judge/session.h"

/* Exit codes of netmem-check. */
enum exit_code {
	EXIT_PASS = 0,
	EXIT_FAIL = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_CANNOT = 4, /* this system lacks what it takes (SKIP) */
	EXIT_RUNTIME = 5,
};

struct coverage {
	uint64_t events, conclusive;
	double share; /* conclusive / events; 0 without events */
	double threshold; /* 0 to 1 */
	size_t pools_judged, pools_compared;
	size_t checks_active, checks_blind;
};

struct verdict {
	enum exit_code code; /* PASS, FAIL or INCONCLUSIVE */
	const char *name;
	struct coverage coverage;
	json_t *reasons; /* array of strings: why it is not a plain PASS */
	json_t *warnings; /* array of strings: shown beside PASS */
};

void verdict_reach(const struct session *session, struct verdict *verdict);
void verdict_clear(struct verdict *verdict);

#endif
