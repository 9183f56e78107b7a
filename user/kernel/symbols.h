/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's symbols: /proc/kallsyms, and addresses to names by it. */
#ifndef NETMEM_SYMBOLS_H
#define NETMEM_SYMBOLS_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "user/util/strings.h"

struct kernel_symbol {
	uint64_t address; /* 0: hidden */
	char type;
	const char *name;
	const char *module; /* "[veth]"; NULL: the kernel's own */
};

/*
 * Calls @each for all symbols, until it returns other than 0. Returns 0 or what
 * @each returned, or a negative errno.
 */
int symbols_read(int (*each)(void *data, const struct kernel_symbol *symbol),
		 void *data);

/* Names are read on the first use of symbol_name() and symbol_stack(). */

/* "function+0x12 [module]", or the bare address where names are hidden. */
const char *symbol_name(__u64 address, char *buffer, size_t size);

/*
 * A stack as such names, innermost first; the list is the caller's to clear.
 * Returns 0, or -ENOMEM with it empty.
 */
int symbol_stack(const __u64 *addresses, size_t depth, struct strings *stack);

void symbols_free(void);

#endif
