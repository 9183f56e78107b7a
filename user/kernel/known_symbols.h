/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of the kernel's variables that we need, by one pass over
 * /proc/kallsyms for all of them, which is long. libbpf would make one for each
 * object that names a symbol.
 */
#ifndef NETMEM_KNOWN_SYMBOLS_H
#define NETMEM_KNOWN_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

enum known_symbol {
	SYMBOL_PAGE_POOLS,
	SYMBOL_MEM_ID_HT,
	SYMBOL_PREEMPT_COUNT,
	SYMBOL_PCPU_HOT,
	SYMBOL_PER_CPU_OFFSET,
	SYMBOL_COUNT
};

/* The first who asks reads them all; this says with what result: 0 or negative errno. */
int known_symbols_read(void);
/* 0: there is none, several things have that name, or addresses are hidden. */
uint64_t known_symbol(enum known_symbol symbol);
bool known_symbol_is_there(enum known_symbol symbol);

/* For programs with bpf/compat/symbols.bpf.h, before they are loaded. */
#define set_symbols(rodata)                                                \
	({                                                                 \
		(rodata)->symbol_preempt_count =                           \
			known_symbol(SYMBOL_PREEMPT_COUNT);                \
		(rodata)->symbol_pcpu_hot = known_symbol(SYMBOL_PCPU_HOT); \
		(rodata)->symbol_per_cpu_offset =                          \
			known_symbol(SYMBOL_PER_CPU_OFFSET);               \
	})

#endif
