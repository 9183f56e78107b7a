// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "user/kernel/known_symbols.h"
#include "user/kernel/symbols.h"

static struct {
	const char *name;
	uint64_t address;
	unsigned int found;
} known[] = {
	[SYMBOL_PAGE_POOLS] = { "page_pools" },
	[SYMBOL_MEM_ID_HT] = { "mem_id_ht" },
	[SYMBOL_PREEMPT_COUNT] = { "__preempt_count" },
	[SYMBOL_PCPU_HOT] = { "pcpu_hot" },
	[SYMBOL_PER_CPU_OFFSET] = { "__per_cpu_offset" },
};
static bool all_read;

/*
 * Only the kernel's own, none of a module. The type letter means nothing: 7.2
 * shows page_pools as 't'.
 */
static int match_symbol(void *data, const struct kernel_symbol *symbol)
{
	int i;

	for (i = 0; i < SYMBOL_COUNT && !symbol->module; i++) {
		if (strcmp(symbol->name, known[i].name))
			continue;
		known[i].address = symbol->address;
		known[i].found++;
	}
	return 0;
}

int known_symbols_read(void)
{
	int err, i;

	if (all_read)
		return 0;
	for (i = 0; i < SYMBOL_COUNT; i++)
		known[i].found = 0;
	err = symbols_read(match_symbol, NULL);
	all_read = !err;
	return err;
}

/* A name that stands for two things stands for none. */
uint64_t known_symbol(enum known_symbol symbol)
{
	if (known_symbols_read())
		return 0;
	return known[symbol].found == 1 ? known[symbol].address : 0;
}

bool known_symbol_is_there(enum known_symbol symbol)
{
	return known[symbol].found != 0;
}
