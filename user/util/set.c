// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Out of memory is an error of the one string, not the end of the program. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "user/util/set.h"

struct set_entry {
	UT_hash_handle hh;
	char text[];
};

bool set_has(const struct set *set, const char *text)
{
	struct set_entry *found;

	HASH_FIND_STR(set->entries, text, found);
	return found;
}

int set_add(struct set *set, const char *text)
{
	size_t length = strlen(text);
	struct set_entry *entry;

	if (set_has(set, text))
		return 0;
	entry = calloc(1, sizeof(*entry) + length + 1);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->text, text, length);
	HASH_ADD_STR(set->entries, text, entry);
	/* uthash clears the handle when it had no memory for its table. */
	if (entry->hh.tbl)
		return 0;
	free(entry);
	return -ENOMEM;
}

void set_clear(struct set *set)
{
	struct set_entry *entry, *next;

	HASH_ITER (hh, set->entries, entry, next) {
		HASH_DEL(set->entries, entry);
		free(entry);
	}
}
