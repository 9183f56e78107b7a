// SPDX-License-Identifier: GPL-2.0
/* What the report formats share. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

const char *blind_why(const struct session *session, enum model_check check)
{
	const char *id, *why;
	json_t *blind;
	size_t i;

	json_array_foreach (session->blind, i, blind)
		if (!json_unpack(blind, "{s:s, s:s}", "check", &id, "why",
				 &why) &&
		    !strcmp(id, check_infos[check].id))
			return why;
	return NULL;
}

const struct pool_fact *finding_pool(const struct session *session,
				     const struct finding *finding)
{
	int slot, life;

	if (json_unpack(finding->evidence, "{s:i, s:i}", "slot", &slot, "life",
			&life))
		return NULL;
	return session_pool(session, slot, life);
}

const char *format_number(uint64_t number, char *buffer, size_t size)
{
	char digits[24];
	size_t length, i, at = 0;

	length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	for (i = 0; i < length && at + 2 < size; i++) {
		if (i && (length - i) % 3 == 0)
			buffer[at++] = ',';
		buffer[at++] = digits[i];
	}
	buffer[at] = 0;
	return buffer;
}
