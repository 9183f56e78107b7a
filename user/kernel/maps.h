/* SPDX-License-Identifier: GPL-2.0 */
/* The maps that we share with our BPF objects, mapped into memory. */
#ifndef NETMEM_MAPS_H
#define NETMEM_MAPS_H

#include "user/loader.h"

/*
 * A whole map with BPF_F_MMAPABLE in memory; NULL and errno. To unmap it the
 * map must still be open; NULL is allowed.
 */
void *map_memory(int fd);
void unmap_memory(int fd, void *memory);

/* As BPF objects and pins have it. */
const char *loader_map_name(enum loader_map map);

/* Maps the shared maps into memory, from loader->map_fds; 0 or -errno. */
int loader_map_memory(struct loader *loader);

/* What was not mapped is NULL, and stays. */
void loader_unmap_memory(const struct loader *loader);

#endif
