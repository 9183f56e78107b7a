/* SPDX-License-Identifier: GPL-2.0 */
/* The check list as data, and the names of the model's values. */
#ifndef NETMEM_CHECKS_LIST_H
#define NETMEM_CHECKS_LIST_H

#include "model/model.h"

enum check_severity { SEVERITY_FAIL, SEVERITY_WARN, SEVERITY_INCONCLUSIVE };
enum check_tier { TIER_TRACEPOINT, TIER_FUNCTION, TIER_AUDIT, TIER_XDP };

struct check_info {
	const char *id;
	enum check_severity severity;
	enum check_tier tier;
	const char *headline;
	const char *causes;
	const char *next;
};

/* Indexed by enum model_check; entry 0 (CHECK_NONE) is empty. */
extern const struct check_info check_infos[CHECK_COUNT];

const char *severity_name(enum check_severity severity);
const char *tier_name(enum check_tier tier);
/* The check with this id, CHECK_NONE when there is none. */
enum model_check check_by_id(const char *id);

/* Name of a model state ("HELD"). */
const char *state_name(enum model_state state);
/* What the model says about a state: "in no pool". */
const char *state_text(enum model_state state);

/* The same for events; event_by_name() gives EVENT_COUNT for no such event. */
const char *event_name(enum model_event event);
enum model_event event_by_name(const char *name);
const char *event_text(enum model_event event);

#endif
