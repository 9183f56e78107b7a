// SPDX-License-Identifier: GPL-2.0
/* Many pools of which one thing is said: some by name, the others as a number. */
#include <ctype.h>
#include <string.h>

#include "user/report.h"
#include "user/util/util.h"

/* Of more pools than the first so many are named, the others counted. */
#define ALIKE_MAX 3
#define ALIKE_NAMED 1

static bool is_alike(const struct reason *reason, const struct reason *other)
{
	if (!reason->pool || !other->pool || reason->code != other->code)
		return false;
	return reason->code != REASON_UNHELD_DOUBT ||
	       reason->pool->leak_reason == other->pool->leak_reason;
}

/* How many of the first @count reasons say the same of a pool. */
static size_t count_alike(const struct reasons *reasons,
			  const struct reason *reason, size_t count)
{
	size_t alike = 0, i;

	for (i = 0; i < count; i++)
		alike += is_alike(reason, &reasons->items[i]);
	return alike;
}

const char *reason_line(const struct session *session,
			const struct reasons *reasons, size_t index,
			char *buffer, size_t size)
{
	const struct reason *reason = &reasons->items[index];
	size_t alike = count_alike(reasons, reason, reasons->count);
	size_t before = count_alike(reasons, reason, index);
	const char *meaning = reason_infos[reason->code].meaning;

	if (alike <= ALIKE_MAX || before < ALIKE_NAMED)
		return reason_text(session, reason, buffer, size);
	if (before > ALIKE_NAMED)
		return NULL;
	snprintf(buffer, size, "and %zu more pools: %c%.*s",
		 alike - ALIKE_NAMED, tolower((unsigned char)meaning[0]),
		 (int)strcspn(meaning + 1, "."), meaning + 1);
	return buffer;
}
