// SPDX-License-Identifier: GPL-2.0
/*
 * A second signal: somebody wants the verdict now. What is not looked at from
 * then on is noted, and keeps the verdict from PASS.
 */
#include <unistd.h>

#include "user/collect/live.h"
#include "user/util/util.h"

#define PAUSE_STEP_US 20000

static bool is_cut(struct live *live)
{
	return live->options.is_cut &&
	       live->options.is_cut(live->options.cut_data);
}

bool live_skips(struct live *live, enum cut_step step)
{
	if (!is_cut(live))
		return false;
	live->cut |= 1U << step;
	return true;
}

void live_pause(struct live *live, uint64_t us)
{
	uint64_t end = now_ns() + us * 1000, now;

	while (!is_cut(live)) {
		now = now_ns();
		if (now >= end)
			break;
		usleep(end - now < PAUSE_STEP_US * 1000ULL ?
			       (end - now) / 1000 + 1 :
			       PAUSE_STEP_US);
	}
}

void live_emit_cut(struct live *live)
{
	char *steps[CUT_STEP_COUNT];
	struct fact fact = { .type = FACT_cut };
	struct strings list = { steps, 0 };
	int step;

	for (step = 0; step < CUT_STEP_COUNT; step++)
		if (live->cut & 1U << step)
			steps[list.count++] = (char *)cut_step_code(step);
	if (!list.count)
		return;
	fact_set(&fact.cut, cut, steps, list);
	if (live->cut_pools)
		fact_set(&fact.cut, cut, pools, live->cut_pools);
	live_emit(live, &fact);
}
