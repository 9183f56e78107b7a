/* SPDX-License-Identifier: GPL-2.0 */
/* The links of a loader's programs to the hooks of hooks.h. */
#ifndef NETMEM_HOOK_LINKS_H
#define NETMEM_HOOK_LINKS_H

#include "user/loader.h"

/*
 * Attaches the loaded programs, each in the first way that this kernel allows.
 * Returns 0, or a negative errno after a message: a hook that is required, or
 * descriptors and memory, are missing.
 */
int hook_links_attach(struct loader *loader);

/* Disarms and detaches the hooks; maps and on-demand programs stay. */
void hook_links_detach(struct loader *loader);

/* Closes our descriptors; what is pinned goes on. */
void hook_links_leave(struct loader *loader);

#endif
