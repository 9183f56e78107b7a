// SPDX-License-Identifier: GPL-2.0
/* What the rules share: lists of reasons, and what was compared of a pool. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/private.h"

int reasons_add(struct reasons *list, const struct reason *reason)
{
	struct reason *items =
		realloc(list->items, (list->count + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = *reason;
	return 0;
}

bool reasons_have(const struct reasons *list, enum reason_code code)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->items[i].code == code)
			return true;
	return false;
}

void reasons_clear(struct reasons *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

void add_reason(struct making *making, struct reasons *list,
		struct reason reason)
{
	if (reasons_add(list, &reason))
		making->err = -ENOMEM;
}

void add_pool_reason(struct making *making, struct reasons *list,
		     enum reason_code code, const struct pool *pool)
{
	add_reason(making, list, (struct reason){ .code = code, .pool = pool });
}

void reason_losses(struct making *making, struct reasons *list,
		   enum reason_code code, enum loss_kind one,
		   enum loss_kind other)
{
	const struct loss_facts *losses = &making->session->losses;
	size_t i;

	for (i = 0; i < losses->count; i++)
		if (losses->items[i].what == one ||
		    losses->items[i].what == other)
			add_reason(
				making, list,
				(struct reason){ .code = code,
						 .loss = &losses->items[i] });
}

/* Alive at the end, so that its counters could be compared. */
bool is_comparable(const struct pool *pool)
{
	return pool->judged && pool->state != POOL_STATE_GONE;
}

/* After the drain. */
bool is_compared_at_end(const struct pool *pool)
{
	return pool->counted && pool->stable;
}

/* At least once since its first event, with whatever result. */
bool is_compared(const struct pool *pool)
{
	return pool->compared || pool->mismatch || is_compared_at_end(pool);
}
