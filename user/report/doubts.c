// SPDX-License-Identifier: GPL-2.0
/* Why pages without a holder are not called leaked. */
#include "user/report.h"

const char *leak_reason_text(const struct session *session,
			     enum leak_reason reason)
{
	static const char *const texts[LEAK_REASON_COUNT] = {
		[LEAK_REASON_NONE] = "",
		[LEAK_REASON_ONE_WALK] =
			"one walk cannot distinguish a page that moved from one without a holder",
		[LEAK_REASON_BLIND_SPOT] = "some place could not be inspected",
		[LEAK_REASON_CHECK_BLIND] = "the check did not run",
		[LEAK_REASON_NOT_IN_LAST_WALK] =
			"the last walk did not report this pool",
		[LEAK_REASON_WALK_NOT_PLACED] =
			"a walk did not report which places it inspected",
		[LEAK_REASON_NOT_WHOLE] =
			"the walk's data of this pool is incomplete",
		[LEAK_REASON_CAME_BACK] =
			"pages were returned after the last walk",
		[LEAK_REASON_REFERENCED] = "there may be a holder",
		[LEAK_REASON_EVENTS_LOST] = "events of this pool were lost",
		[LEAK_REASON_NET_IOVS] =
			"the pool has net_iovs, which the walk does not see",
		[LEAK_REASON_NOT_AT_REST] =
			"the pool was never at rest, so its counters were not compared",
		[LEAK_REASON_COUNTS_DIFFER] =
			"the pool's counters do not agree with the events or the scan",
	};
	const struct blind_fact *blind = session_blind(session, CHECK_leaked);

	/* A collector said why. */
	if (reason == LEAK_REASON_CHECK_BLIND && blind && blind->why)
		return blind->why;
	return texts[reason];
}
