/* SPDX-License-Identifier: GPL-2.0 */
/* What a monitor tells at once: a pool that is stalled, a finding. */
#ifndef NETMEM_MONITOR_TELL_H
#define NETMEM_MONITOR_TELL_H

#include "user/cmd/monitor_view.h"
#include "user/monitor/hook.h"

/* When something was last told of each check, and of how many violations. */
struct told {
	uint64_t count[CHECK_COUNT], at_ns[CHECK_COUNT];
};

/* Does a pool wait for longer than @after_ms that nobody was told of? */
bool tell_is_due(const struct view *view, const struct stall *stalls,
		 uint64_t after_ms);

/*
 * Those pools, by the names that @session of the ticks has, and with their holders
 * by the last look, unless not @looked (it failed): a line each on standard error,
 * and an event for @hooks (NULL: none).
 */
void tell_stalled(const struct view *view, const struct session *session,
		  bool looked, struct stall *stalls, uint64_t after_ms,
		  struct hook_runner *hooks);

/* The same of findings that are new, or are more, once a minute for each check. */
void tell_findings(const struct view *view, const struct session *session,
		   struct told *told, struct hook_runner *hooks);

#endif
