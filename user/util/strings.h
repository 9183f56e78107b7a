/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of strings and of numbers. All zero is an empty one. */
#ifndef NETMEM_STRINGS_H
#define NETMEM_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strings {
	char **items;
	size_t count;
};

/* Appends a copy. Returns 0 or -ENOMEM; the list is unchanged then. */
int strings_add(struct strings *list, const char *text);

/* The same with the first @length bytes of @text. */
int strings_add_bytes(struct strings *list, const char *text, size_t length);

/* A copy of all of @from; 0, or -ENOMEM with @to empty. */
int strings_copy(struct strings *to, const struct strings *from);

void strings_clear(struct strings *list);

struct counts {
	uint64_t *items;
	size_t count;
};

int counts_copy(struct counts *to, const struct counts *from);
void counts_clear(struct counts *list);

#endif
