// SPDX-License-Identifier: GPL-2.0
/*
 * What probe found, for people. A recording may have brought it, so a member
 * may be missing and its text may hold anything.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "user/report.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

static void __attribute__((format(printf, 2, 3)))
print_row(FILE *to, const char *format, ...)
{
	va_list args;
	int length;
	char *text;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	print_clean(to, text, length);
	putc('\n', to);
	free(text);
}

/* Strings that are not there read as empty. */
static const char *text_of(const char *text)
{
	return text ? text : "";
}

static void print_capabilities(FILE *to, const struct capability_facts *list)
{
	const struct capability_fact *row;
	size_t i;

	print_row(to, "kernel");
	for (i = 0; i < list->count; i++) {
		row = &list->items[i];
		if (row->supported)
			print_row(to, "  yes  %s", text_of(row->name));
		else
			print_row(to, "  no   %s (%s): needed for %s",
				  text_of(row->name), text_of(row->error),
				  text_of(row->without));
	}
}

/* Hooks of functions are in print_functions(). */
static bool is_on_function(const struct probe_fact *probe,
			   const struct hook_fact *hook)
{
	const struct function_hook_facts *functions = &probe->functions;
	size_t i;

	if (hook->how == ATTACH_FENTRY || hook->how == ATTACH_KPROBE)
		return true;
	for (i = 0; i < functions->count; i++)
		if (!strcmp(text_of(functions->items[i].hook), hook->hook))
			return true;
	return false;
}

static void print_hooks(FILE *to, const struct probe_fact *probe)
{
	const struct hook_fact *hook;
	bool none;
	size_t i;

	fputs("\nhooks\n", to);
	for (i = 0; i < probe->hooks.count; i++) {
		hook = &probe->hooks.items[i];
		none = hook->how == ATTACH_NONE;
		if (!is_on_function(probe, hook))
			print_row(to, "  %-15s %s%s%s", hook->hook,
				  attach_way_name(hook->how),
				  none ? ": needed to see " : "",
				  none ? text_of(hook->without) : "");
	}
}

/* A function and how it is hooked; where the tier cannot run, its name alone. */
static void print_function(FILE *to, const struct function_hook_fact *row,
			   bool runs)
{
	const char *function = text_of(row->function);
	const char *without = text_of(row->without);
	const char *hook = text_of(row->hook);

	if (runs && row->how != ATTACH_NONE)
		print_row(to, "  %-22s %s, %s", hook, function,
			  attach_way_name(row->how));
	else if (!runs && *function)
		print_row(to, "  %-22s %s", hook, function);
	else
		print_row(to, "  %-22s none: %s%s%s", hook, text_of(row->why),
			  *without ? "; needed to see " : "", without);
}

static void print_functions(FILE *to, const struct probe_fact *probe)
{
	const char *way = text_of(probe->tiers.function);
	size_t i;

	putc('\n', to);
	if (*way)
		print_row(
			to,
			"functions (--tier function, by %s; --tier auto selects %s)",
			way, text_of(probe->tiers.chosen));
	else
		print_row(to, "functions (no --tier function: %s)",
			  text_of(probe->tiers.why));
	for (i = 0; i < probe->functions.count; i++)
		print_function(to, &probe->functions.items[i], *way);
}

static void print_shadow(FILE *to, const struct probe_fact *probe)
{
	const struct shadow_fact *shadow = &probe->shadow;

	if (!fact_has(shadow, shadow, kind) ||
	    !fact_has(shadow, shadow, bytes) ||
	    !fact_has(shadow, shadow, frames))
		return;
	putc('\n', to);
	print_row(to, "shadow: %s of %" PRIu64 " frames, %.1f MiB",
		  shadow->kind, shadow->frames, shadow->bytes / 1048576.0);
}

/* "hold, release" */
static void list_hooks(const struct strings *hooks, char *text, size_t size)
{
	size_t i, at = 0;

	text[0] = 0;
	for (i = 0; i < hooks->count && at < size; i++)
		at += utf8_print(text + at, size - at, "%s%s", i ? ", " : "",
				 hooks->items[i]);
}

static const char *mark_text(enum mark_state mark)
{
	switch (mark) {
	case MARK_PROVEN:
		return "its pages carry the mark of a pool's page";
	case MARK_DIFFERS:
		return "its pages do NOT carry the mark of a pool's page";
	case MARK_UNPROVEN:
		return "the mark of a pool's page is not proven";
	default:
		return "this kernel has no mark of a pool's page";
	}
}

static void print_control(FILE *to, const struct control_fact *control)
{
	char hooks[256];

	if (!control->made) {
		print_row(to, "no control pool: %s", text_of(control->why));
		return;
	}
	list_hooks(&control->fired, hooks, sizeof(hooks));
	print_row(to, "control pool: seen by the hooks %s; %s",
		  *hooks ? hooks : "(none)", mark_text(control->mark));
	list_hooks(&control->silent, hooks, sizeof(hooks));
	if (*hooks)
		print_row(to, "control pool: NOT seen by the hooks %s", hooks);
}

static void print_holders(FILE *to, const struct probed_holders_fact *holders)
{
	const struct probed_place_facts *places = &holders->places;
	const struct probed_place_fact *place;
	size_t looked = 0, i;

	for (i = 0; i < places->count; i++)
		looked += places->items[i].walked;
	if (holders->walked)
		print_row(to, "holder walk: %zu kind%s of places", looked,
			  looked == 1 ? "" : "s");
	else
		print_row(to, "no holder walk: %s", text_of(holders->why));
	for (i = 0; i < places->count; i++) {
		place = &places->items[i];
		if (!place->walked)
			print_row(to, "  blind  %s: %s", text_of(place->place),
				  text_of(place->why));
	}
}

static void print_checks(FILE *to, const struct probe_fact *probe)
{
	const struct blind_facts *blind = &probe->blind;
	size_t i;

	putc('\n', to);
	print_row(to, "checks with tier %s: %zu active, %zu blind",
		  text_of(probe->tier), CHECK_COUNT - 1 - blind->count,
		  blind->count);
	for (i = 0; i < blind->count; i++)
		print_row(to, "  blind  %-18s %s",
			  check_infos[blind->items[i].check].id,
			  blind->items[i].why);
}

bool probe_can_run(const struct probe_fact *probe)
{
	return fact_has(probe, probe, hooks);
}

int report_probe(FILE *to, const struct probe_fact *probe)
{
	print_capabilities(to, &probe->capabilities);
	if (probe_can_run(probe)) {
		print_hooks(to, probe);
		print_functions(to, probe);
		print_shadow(to, probe);
		if (fact_has(probe, probe, control))
			print_control(to, &probe->control);
		print_row(to, "%s", text_of(probe->idle_pools));
		print_holders(to, &probe->holders);
		print_checks(to, probe);
	}
	return fflush(to) ? -errno : 0;
}
