// SPDX-License-Identifier: GPL-2.0
/* What the report formats share. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/report.h"

const struct pool_fact *finding_pool(const struct session *session,
				     const struct finding *finding)
{
	int slot, life;

	if (json_unpack(finding->evidence, "{s:i, s:i}", "slot", &slot, "life",
			&life))
		return NULL;
	return session_pool(session, slot, life);
}

bool is_old_enough(const struct session *session, int64_t age_ms)
{
	return age_ms < 0 || (uint64_t)age_ms >= session->min_age_ms;
}

bool is_listed_holder(const struct session *session, json_t *holder)
{
	return is_old_enough(session, json_integer_value(json_object_get(
					      holder, "oldest_ms")));
}

size_t count_listed_pages(const struct session *session,
			  const struct pool_fact *pool)
{
	size_t i, count = 0;

	for (i = 0; i < pool->page_count; i++)
		count += is_old_enough(session, pool->pages[i].age_ms);
	return count;
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

void put_clean(FILE *to, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		putc((unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' :
								       text[i],
		     to);
}
