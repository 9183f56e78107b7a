/* SPDX-License-Identifier: GPL-2.0 */
/* What a monitor sees each second, from the pinned state that it follows. */
#ifndef NETMEM_MONITOR_VIEW_H
#define NETMEM_MONITOR_VIEW_H

#include "user/collect/live.h"
#include "user/monitor/view.h"

/* When a pool was first met stalled, by slot, and whether that was told. */
struct stall {
	uint32_t seq;
	uint64_t since_ns;
	bool told;
};

/*
 * Fills @view with the judged pools of @session as they are now, after a tick
 * of @live that feeds it. @stalls has SLOT_COUNT members. 0 or -ENOMEM.
 */
int monitor_view(struct live *live, const struct session *session,
		 struct stall *stalls, struct view *view);

#endif
