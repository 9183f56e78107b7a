// SPDX-License-Identifier: GPL-2.0
/* While hooks run: their events are taken, and windows closed. */
#include <bpf/libbpf.h>
#include <unistd.h>

#include "user/collect/live.h"
#include "user/util/util.h"

#define CLOSE_PASSES 40
#define CLOSE_PASS_US 25000
#define WAIT_STEP_NS 500000000ULL

void live_take_events(struct live *live)
{
	live_emit_pools(live);
	live_emit_evidence(live);
	if (live->ring)
		ring_buffer__consume(live->ring);
}

void live_close_all_windows(struct live *live)
{
	int pass;

	for (pass = 0; pass < CLOSE_PASSES; pass++) {
		live_take_events(live);
		live_close_windows(live, pass == CLOSE_PASSES - 1);
		live_keep_evidence(live);
		if (live_windows_stable(live))
			break;
		if (live_skips(live, CUT_WINDOWS)) {
			live_close_windows(live, true);
			break;
		}
		usleep(CLOSE_PASS_US);
	}
}

void live_wait(struct live *live, uint64_t us)
{
	uint64_t end = now_ns() + us * 1000, now = now_ns();

	while (now < end && !live_skips(live, CUT_HOLDERS)) {
		live_pause(live, end - now < WAIT_STEP_NS ?
					 (end - now) / 1000 + 1 :
					 WAIT_STEP_NS / 1000);
		live_take_events(live);
		live_close_windows(live, false);
		now = now_ns();
	}
	live_close_all_windows(live);
}
