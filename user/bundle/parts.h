/* SPDX-License-Identifier: GPL-2.0 */
/* What a bundle is made of, in memory until all of it is there. */
#ifndef NETMEM_PARTS_H
#define NETMEM_PARTS_H

#include <stdbool.h>
#include <stddef.h>

/* A file in the bundle. */
struct part {
	char *name; /* "audit.txt" */
	char *about; /* what it is, in one line */
	char *data;
	size_t size;
};

struct parts {
	struct part *items;
	size_t count;
};

/* Takes @data over, also when it fails. Returns 0 or -ENOMEM. */
int parts_add(struct parts *parts, const char *name, const char *about,
	      char *data, size_t size);
void parts_clear(struct parts *parts);

/*
 * Writes them as the tar archive @path, below the directory netmem-check, with
 * mode 0600. It is there whole or not at all, whatever interrupts this. A file
 * that is there already is replaced with @force only. Returns 0 or a negative
 * errno: -EEXIST, -ELIBACC without libarchive, -EINTR when *@interrupted became
 * true.
 */
int parts_write(const struct parts *parts, const char *path, bool force,
		const volatile bool *interrupted);

#endif
