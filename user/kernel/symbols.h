/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel addresses to names, by /proc/kallsyms; read on the first use. */
#ifndef NETMEM_SYMBOLS_H
#define NETMEM_SYMBOLS_H

#include <jansson.h>
#include <linux/types.h>
#include <stddef.h>

/* "function+0x12 [module]", or the bare address where names are hidden. */
const char *symbol_name(__u64 address, char *buffer, size_t size);

/* A stack as a JSON array of such names, innermost first. */
json_t *symbol_stack(const __u64 *addresses, size_t depth);

void symbols_free(void);

#endif
