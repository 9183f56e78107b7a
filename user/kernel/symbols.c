// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/symbols.h"
#include "user/util/util.h"

struct symbol {
	uint64_t address;
	char *name;
};

static struct symbol *symbols;
static size_t symbol_count;
static bool symbols_read;

static int compare_symbols(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static int add_symbol(size_t *capacity, uint64_t address, const char *name)
{
	struct symbol *grown;

	if (symbol_count == *capacity) {
		*capacity = *capacity ? *capacity * 2 : 1 << 16;
		grown = realloc(symbols, *capacity * sizeof(*symbols));
		if (!grown)
			return -1;
		symbols = grown;
	}
	symbols[symbol_count].address = address;
	symbols[symbol_count].name = strdup(name);
	return symbols[symbol_count++].name ? 0 : -1;
}

static void read_symbols(void)
{
	char line[512], name[256], type;
	FILE *kallsyms = fopen("/proc/kallsyms", "re");
	size_t capacity = 0;
	uint64_t address;

	symbols_read = true;
	while (kallsyms && fgets(line, sizeof(line), kallsyms)) {
		if (sscanf(line, "%" SCNx64 " %c %255[^\n]", &address, &type,
			   name) != 3 ||
		    !address ||
		    (type != 't' && type != 'T' && type != 'W' && type != 'w'))
			continue;
		/* "name\t[module]": one blank instead of the tab. */
		if (strchr(name, '\t'))
			*strchr(name, '\t') = ' ';
		if (add_symbol(&capacity, address, name))
			break;
	}
	if (kallsyms)
		fclose(kallsyms);
	sort_list(symbols, symbol_count, sizeof(*symbols), compare_symbols);
}

/* The last symbol at or below an address; NULL: none. */
static const struct symbol *find_symbol(uint64_t address)
{
	size_t low = 0, high = symbol_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &symbols[low - 1] : NULL;
}

const char *symbol_name(__u64 address, char *buffer, size_t size)
{
	const struct symbol *symbol;

	if (!symbols_read)
		read_symbols();
	symbol = find_symbol(address);
	if (symbol)
		snprintf(buffer, size, "%s+0x%llx", symbol->name,
			 address - symbol->address);
	else
		snprintf(buffer, size, "0x%llx", address);
	return buffer;
}

/* Functions of the tracing itself, on top of each stack that BPF takes. */
static bool is_our_hook(__u64 address)
{
	char name[320];

	symbol_name(address, name, sizeof(name));
	return !strncmp(name, "bpf_prog_", 9) ||
	       !strncmp(name, "bpf_trace_run", 13) ||
	       !strncmp(name, "__traceiter_", 12) ||
	       !strncmp(name, "__bpf_trace_", 12);
}

int symbol_stack(const __u64 *addresses, size_t depth, struct strings *stack)
{
	char name[320];
	size_t i;

	memset(stack, 0, sizeof(*stack));
	for (i = 0; i < depth && is_our_hook(addresses[i]); i++)
		;
	for (; i < depth && addresses[i]; i++) {
		symbol_name(addresses[i], name, sizeof(name));
		if (!strings_add(stack, name))
			continue;
		strings_clear(stack);
		return -ENOMEM;
	}
	return 0;
}

void symbols_free(void)
{
	size_t i;

	for (i = 0; i < symbol_count; i++)
		free(symbols[i].name);
	free(symbols);
	symbols = NULL;
	symbol_count = 0;
	symbols_read = false;
}
