/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel addresses to names, by /proc/kallsyms; read on the first use. */
#ifndef NETMEM_SYMBOLS_H
#define NETMEM_SYMBOLS_H

#include <linux/types.h>
#include <stddef.h>

#include "user/util/strings.h"

/* "function+0x12 [module]", or the bare address where names are hidden. */
const char *symbol_name(__u64 address, char *buffer, size_t size);

/*
 * A stack as such names, innermost first; the list is the caller's to clear.
 * Returns 0, or -ENOMEM with it empty.
 */
int symbol_stack(const __u64 *addresses, size_t depth, struct strings *stack);

void symbols_free(void);

#endif
