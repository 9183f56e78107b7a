/* SPDX-License-Identifier: GPL-2.0 */
/* The maps that we share with our BPF objects, mapped into memory. */
#ifndef NETMEM_MAPS_H
#define NETMEM_MAPS_H

#include "user/loader.h"

/* As BPF objects and pins have it. */
const char *loader_map_name(enum loader_map map);

/* Maps the shared maps into memory, from loader->map_fds; 0 or -errno. */
int loader_map_memory(struct loader *loader);

/* What was not mapped is NULL, and stays. */
void loader_unmap_memory(const struct loader *loader);

#endif
