/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What we may do here: tried where that can be, by capability where a message
 * names what is missing. docs/security.md has the table.
 */
#ifndef NETMEM_PRIVILEGES_H
#define NETMEM_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Can tracing programs be loaded, and memory of the kernel be read? Returns 0,
 * or -EPERM after a message that names what is missing.
 */
int check_privileges(void);

/* The same without a message: what is missing, for a text. 0 or -EPERM. */
int missing_privileges(char *why, size_t size);

/* The same of the pinned mode, which opens objects of the kernel by number. */
int missing_for_pins(char *why, size_t size);

/* Is a CAP_... effective? */
bool privileges_has(int capability);

#endif
