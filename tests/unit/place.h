/* SPDX-License-Identifier: GPL-2.0 */
/* A folder of its own for each test, with the path of a store in it. */
#ifndef NETMEM_UNIT_PLACE_H
#define NETMEM_UNIT_PLACE_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[64], path[96];

/* 0, or -1: no folder can be made. @name is the store's. */
static inline int make_place(const char *name)
{
	snprintf(directory, sizeof(directory), "/tmp/netmem-unit.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return 0;
}

static inline int tear_down(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

#endif
