/* SPDX-License-Identifier: GPL-2.0 */
/* A set of strings. All zero is an empty one. */
#ifndef NETMEM_SET_H
#define NETMEM_SET_H

#include <stdbool.h>

struct set_entry;

struct set {
	struct set_entry *entries;
};

/* Adds a copy; 0 (also when it is there already) or -ENOMEM. */
int set_add(struct set *set, const char *text);
bool set_has(const struct set *set, const char *text);
void set_clear(struct set *set);

#endif
