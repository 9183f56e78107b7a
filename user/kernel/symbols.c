// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
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
static bool symbols_known;

static int compare_symbols(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

/* "ffffffff81000000 T name", of a module with a tab and "[module]" behind it. */
static bool parse_symbol(char *line, struct kernel_symbol *symbol)
{
	char *end, *module;

	symbol->address = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	symbol->type = end[1];
	symbol->name = end + 3;
	end[3 + strcspn(end + 3, "\n")] = '\0';
	module = strchr(symbol->name, '\t');
	symbol->module = module ? module + 1 : NULL;
	if (module)
		*module = '\0';
	return *symbol->name;
}

int symbols_read(int (*each)(void *data, const struct kernel_symbol *symbol),
		 void *data)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	struct kernel_symbol symbol;
	char line[512];
	int err = 0;

	if (!file)
		return -errno;
	while (!err && fgets(line, sizeof(line), file))
		if (parse_symbol(line, &symbol))
			err = each(data, &symbol);
	if (!err && ferror(file))
		err = -EIO;
	fclose(file);
	return err;
}

/* Keeps a function's symbol; @data is how many there is room for. */
static int add_symbol(void *data, const struct kernel_symbol *found)
{
	size_t *capacity = data;
	struct symbol *grown;
	char *name;

	if (!found->address || !strchr("tTwW", found->type))
		return 0;
	if (symbol_count == *capacity) {
		*capacity = *capacity ? *capacity * 2 : 1 << 16;
		grown = realloc(symbols, *capacity * sizeof(*symbols));
		if (!grown)
			return -ENOMEM;
		symbols = grown;
	}
	if (asprintf(&name, "%s%s%s", found->name, found->module ? " " : "",
		     found->module ? found->module : "") < 0)
		return -ENOMEM;
	symbols[symbol_count++] = (struct symbol){ found->address, name };
	return 0;
}

/* What cannot be read stays without a name. */
static void know_symbols(void)
{
	size_t capacity = 0;

	symbols_known = true;
	symbols_read(add_symbol, &capacity);
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

	if (!symbols_known)
		know_symbols();
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
	symbols_known = false;
}
