// SPDX-License-Identifier: GPL-2.0
/* The check list as data, and the names that people and JSON use. */
#include <string.h>

#include "user/facts/checks.h"

const struct check_info check_infos[CHECK_COUNT] = {
#define CHECK(id, severity, tier, headline, causes, next)  \
	[CHECK_##id] = { #id,	      SEVERITY_##severity, \
			 TIER_##tier, headline,            \
			 causes,      next },
#include "model/checks.h"
#undef CHECK
};

const char *severity_name(enum check_severity severity)
{
	static const char *const names[] = { "FAIL", "WARN", "INCONCLUSIVE" };

	return names[severity];
}

const char *tier_name(enum check_tier tier)
{
	static const char *const names[] = { "tracepoint", "function", "audit",
					     "xdp" };

	return names[tier];
}

static const char *const state_names[STATE_COUNT] = {
#define STATE_NAME(name, text) [STATE_##name] = #name,
	MODEL_STATES(STATE_NAME)
#undef STATE_NAME
};

const char *state_name(enum model_state state)
{
	return state_names[state];
}

const char *state_text(enum model_state state)
{
	static const char *const texts[STATE_COUNT] = {
#define STATE_TEXT(name, text) [STATE_##name] = text,
		MODEL_STATES(STATE_TEXT)
#undef STATE_TEXT
	};

	return texts[state];
}

static const char *const event_names[EVENT_COUNT] = {
#define EVENT_NAME(name, text) [EVENT_##name] = #name,
	MODEL_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

const char *event_name(enum model_event event)
{
	return event_names[event];
}

enum model_event event_by_name(const char *name)
{
	int event;

	for (event = 0; event < EVENT_COUNT; event++)
		if (!strcmp(event_names[event], name))
			break;
	return event;
}

const char *event_text(enum model_event event)
{
	static const char *const texts[EVENT_COUNT] = {
#define EVENT_TEXT(name, text) [EVENT_##name] = text,
		MODEL_EVENTS(EVENT_TEXT)
#undef EVENT_TEXT
	};

	return texts[event];
}

enum model_check check_by_id(const char *id)
{
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		if (!strcmp(check_infos[check].id, id))
			return check;
	return CHECK_NONE;
}
