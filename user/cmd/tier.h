/* SPDX-License-Identifier: GPL-2.0 */
/* --tier: whether allocations and puts are followed. */
#ifndef NETMEM_TIER_H
#define NETMEM_TIER_H

#include <stdbool.h>

#include "user/cmd/options.h"

/* What the pinned mode takes when not asked: it runs for days. */
#define TIER_PINNED_TEXT "function where fentry works; default: tracepoint"

#define TIER_CHOICES "auto tracepoint function"
#define OPTION_ROW_TIER(type, what)                                                                              \
	{                                                                                                        \
		"tier", 0, OPTION_CHOICE, ARGUMENT_NEEDED, "TIER",                                               \
			"tracepoint, function (each allocation and put; by fentry, else kprobe) or auto: " what, \
			offsetof(type, tier), TIER_CHOICES                                                       \
	}

/*
 * Does @tier, one of TIER_CHOICES, mean the function tier on this kernel? An
 * enum exit_code; after a message if it is not EXIT_PASS: functions were asked
 * for and cannot be followed here.
 */
int tier_choose(const char *tier, bool *function);

#endif
