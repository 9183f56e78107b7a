// SPDX-License-Identifier: GPL-2.0
/*
 * What probe found, for people: from its JSON alone, which a recording may
 * have brought, so a member may be missing and its text may hold anything.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/hooks.h"
#include "user/report.h"

static void __attribute__((format(printf, 2, 3)))
put_row(FILE *to, const char *format, ...)
{
	va_list args;
	int length;
	char *text;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	put_clean(to, text, length);
	putc('\n', to);
	free(text);
}

static const char *text_of(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static bool is_set(json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

static void put_capabilities(FILE *to, json_t *probe)
{
	json_t *row;
	size_t i;

	put_row(to, "kernel");
	json_array_foreach (json_object_get(probe, "capabilities"), i, row) {
		if (is_set(row, "supported"))
			put_row(to, "  yes  %s", text_of(row, "name"));
		else
			put_row(to, "  no   %s (%s): without it, no %s",
				text_of(row, "name"), text_of(row, "error"),
				text_of(row, "without"));
	}
}

/* Hooks of functions are in put_functions(). */
static bool is_traced(const char *name)
{
	size_t i;

	for (i = 0; i < hook_count; i++)
		if (!strcmp(hooks[i].name, name))
			return hooks[i].when == WHEN_TRACED;
	return true;
}

static void put_hooks(FILE *to, json_t *probe)
{
	const char *hook, *how;
	json_t *row;
	bool none;
	size_t i;

	fputs("\nhooks\n", to);
	json_array_foreach (json_object_get(probe, "hooks"), i, row) {
		hook = text_of(row, "hook");
		how = text_of(row, "how");
		none = !strcmp(how, "none");
		if (is_traced(hook))
			put_row(to, "  %-15s %s%s%s", hook, how,
				none ? ": without it, no " : "",
				none ? text_of(row, "without") : "");
	}
}

/* A function and how it is hooked; where the tier cannot run, its name alone. */
static void put_function(FILE *to, json_t *row, bool runs)
{
	const char *function = text_of(row, "function");
	const char *without = text_of(row, "without");
	const char *hook = text_of(row, "hook");
	const char *how = text_of(row, "how");

	if (runs && strcmp(how, "none"))
		put_row(to, "  %-22s %s, %s", hook, function, how);
	else if (!runs && *function)
		put_row(to, "  %-22s %s", hook, function);
	else
		put_row(to, "  %-22s none: %s%s%s", hook, text_of(row, "why"),
			*without ? "; without it, no " : "", without);
}

static void put_functions(FILE *to, json_t *probe)
{
	json_t *tiers = json_object_get(probe, "tiers"), *row;
	const char *way = text_of(tiers, "function");
	size_t i;

	putc('\n', to);
	if (*way)
		put_row(to,
			"functions (--tier function, by %s; --tier auto is %s here)",
			way, text_of(tiers, "auto"));
	else
		put_row(to, "functions (no --tier function: %s)",
			text_of(tiers, "why"));
	json_array_foreach (json_object_get(probe, "functions"), i, row)
		put_function(to, row, *way);
}

static void put_shadow(FILE *to, json_t *probe)
{
	json_int_t bytes, frames;
	const char *kind;

	if (json_unpack(probe, "{s:{s:s, s:I, s:I}}", "shadow", "kind", &kind,
			"bytes", &bytes, "frames", &frames))
		return;
	putc('\n', to);
	put_row(to, "shadow: %s of %lld frames, %.1f MiB", kind,
		(long long)frames, bytes / 1048576.0);
}

static void put_holders(FILE *to, json_t *probe)
{
	json_t *holders = json_object_get(probe, "holders"), *places, *row;
	int looked = 0;
	size_t i;

	places = json_object_get(holders, "places");
	json_array_foreach (places, i, row)
		looked += is_set(row, "walked");
	if (is_set(holders, "walked"))
		put_row(to, "holder walk: %d kinds of places", looked);
	else
		put_row(to, "no holder walk: %s", text_of(holders, "why"));
	json_array_foreach (places, i, row)
		if (!is_set(row, "walked"))
			put_row(to, "  blind  %s: %s", text_of(row, "place"),
				text_of(row, "why"));
}

static void put_checks(FILE *to, json_t *probe)
{
	json_t *blind = json_object_get(probe, "blind"), *row;
	size_t count = json_array_size(blind), i;

	putc('\n', to);
	put_row(to, "checks with tier %s: %zu active, %zu blind",
		text_of(probe, "tier"), CHECK_COUNT - 1 - count, count);
	json_array_foreach (blind, i, row)
		put_row(to, "  blind  %-18s %s", text_of(row, "check"),
			text_of(row, "why"));
}

bool probe_can_run(json_t *probe)
{
	return json_is_array(json_object_get(probe, "hooks"));
}

int report_probe(FILE *to, json_t *probe)
{
	put_capabilities(to, probe);
	if (probe_can_run(probe)) {
		put_hooks(to, probe);
		put_functions(to, probe);
		put_shadow(to, probe);
		put_row(to, "%s", text_of(probe, "idle_pools"));
		put_holders(to, probe);
		put_checks(to, probe);
	}
	return fflush(to) ? -errno : 0;
}
