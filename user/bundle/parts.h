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
 * Writes them to @fd as a tar archive, below the directory netmem-check, with
 * mode 0600. Returns 0 or a negative errno: -ELIBACC without libarchive, -EINTR
 * when *@interrupted became true.
 */
int parts_write(const struct parts *parts, int fd,
		const volatile bool *interrupted);

/* Could libarchive be loaded, if it were installed? */
bool parts_can_load(void);

#endif
