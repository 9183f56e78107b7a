// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/strings.h"

int strings_add_bytes(struct strings *list, const char *text, size_t length)
{
	char *copy = strndup(text, length), **items;

	items = copy ? realloc(list->items,
			       (list->count + 1) * sizeof(*items)) :
		       NULL;
	if (!items) {
		free(copy);
		return -ENOMEM;
	}
	list->items = items;
	items[list->count++] = copy;
	return 0;
}

int strings_add(struct strings *list, const char *text)
{
	return strings_add_bytes(list, text, strlen(text));
}

int strings_copy(struct strings *to, const struct strings *from)
{
	struct strings copy = {};
	size_t i;

	for (i = 0; i < from->count; i++) {
		if (!strings_add(&copy, from->items[i]))
			continue;
		strings_clear(&copy);
		*to = copy;
		return -ENOMEM;
	}
	*to = copy;
	return 0;
}

void strings_clear(struct strings *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

int counts_copy(struct counts *to, const struct counts *from)
{
	memset(to, 0, sizeof(*to));
	if (!from->count)
		return 0;
	to->items = malloc(from->count * sizeof(*to->items));
	if (!to->items)
		return -ENOMEM;
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
	to->count = from->count;
	return 0;
}

void counts_clear(struct counts *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
