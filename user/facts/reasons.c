// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>

#include "user/facts/reasons.h"

const struct reason_info reason_infos[REASON_COUNT] = {
#define INFO(name, code, meaning, action) \
	[REASON_##name] = { code, meaning, action },
	REASONS(INFO)
#undef INFO
};

enum reason_code reason_by_code(const char *code)
{
	int reason;

	for (reason = 0; reason < REASON_COUNT; reason++)
		if (!strcmp(reason_infos[reason].code, code))
			break;
	return reason;
}

const char *leak_reason_code(enum leak_reason reason)
{
	static const char *const codes[LEAK_REASON_COUNT] = {
#define CODE(name, code) [LEAK_REASON_##name] = code,
		LEAK_REASONS(CODE)
#undef CODE
	};

	return codes[reason];
}

const char *blind_code_name(enum blind_code code)
{
	static const char *const codes[BLIND_COUNT] = {
#define CODE(name, code) [BLIND_##name] = code,
		BLINDS(CODE)
#undef CODE
	};

	return codes[code];
}

const char *note_code_name(enum note_code code)
{
	static const char *const codes[NOTE_COUNT] = {
#define CODE(name, code) [NOTE_##name] = code,
		NOTES(CODE)
#undef CODE
	};

	return codes[code];
}

const char *no_pool_name(enum no_pool why)
{
	static const char *const codes[NO_POOL_COUNT] = {
#define CODE(name, code) [NO_POOL_##name] = code,
		NO_POOLS(CODE)
#undef CODE
	};

	return codes[why];
}
