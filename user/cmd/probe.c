// SPDX-License-Identifier: GPL-2.0
/* netmem-check probe: what this kernel supports, and what is blind without. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/collect/live.h"
#include "user/facts/checks.h"
#include "user/facts/record.h"
#include "user/holders/holders.h"
#include "user/judge/verdict.h"
#include "user/kernel/privileges.h"
#include "user/kernel/probe.h"
#include "user/kernel/registry.h"
#include "user/report.h"
#include "user/util/util.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

struct probe_options {
	const char *json_path, *record_path;
};

/*
 * What is found out goes into one fact, as copies: fact_clear() frees it. Once
 * memory is short nothing more is added, and the error is returned at the end.
 */
struct probing {
	struct probe_fact *probe;
	int error;
};

static void add_row(struct probing *probing, enum fact_type type, void *list,
		    const void *row)
{
	if (!probing->error)
		probing->error = facts_append(type, list, row);
}

/* A copy of a text that is there; the caller marks the member. */
static void keep_text(struct probing *probing, const char **to,
		      const char *text)
{
	*to = strdup(text);
	if (!*to)
		probing->error = -ENOMEM;
}

#define set_text(probing, fact, type, member, text) \
	(keep_text(probing, &(fact)->member, text), \
	 (fact)->member ? fact_mark(fact, type, member) : 0)

/* ---- what the kernel has ---- */

static void add_capability(struct probing *probing,
			   const struct capability_state *state)
{
	const enum model_check *check;
	struct capability_fact row;

	fact_init(FACT_capability, &row);
	fact_set(&row, capability, id, state->id);
	fact_set(&row, capability, name, state->name);
	fact_set(&row, capability, supported, !state->error);
	fact_set(&row, capability, error,
		 state->error ? load_error_text(state->error) : "");
	fact_set(&row, capability, without, state->without);
	for (check = state->checks; *check && !probing->error; check++)
		probing->error =
			strings_add(&row.checks, check_infos[*check].id);
	fact_mark(&row, capability, checks);
	fact_set(&row, capability, required, state->required);
	add_row(probing, FACT_capability, &probing->probe->capabilities, &row);
	strings_clear(&row.checks);
}

/* Returns whether all is there that nothing can run without. */
static bool add_capabilities(struct probing *probing)
{
	struct capability_state states[CAP_COUNT];
	bool able = true;
	int i;

	probe_all(states);
	for (i = 0; i < CAP_COUNT; i++) {
		able = able && !(states[i].required && states[i].error);
		if (!probing->error && error_is_shortage(states[i].error))
			probing->error = states[i].error;
		add_capability(probing, &states[i]);
	}
	return able && !probing->error;
}

/* How the function tier would run here: NULL and @why when it cannot. */
static const char *function_way(char *why, size_t size)
{
	int fentry = probe_one(CAP_FENTRY), kprobe;
	int cmpxchg = probe_one(CAP_CMPXCHG);
	size_t at;

	if (cmpxchg) {
		snprintf(why, size, "no compare-and-swap in BPF (%s)",
			 error_text(cmpxchg));
		return NULL;
	}
	if (!fentry)
		return "fentry";
	kprobe = probe_one(CAP_KPROBE);
	if (!kprobe)
		return "kprobe";
	at = snprintf(why, size, "fentry: %s", load_error_text(fentry));
	if (at < size)
		snprintf(why + at, size - at, "; kprobes: %s",
			 error_text(kprobe));
	return NULL;
}

/*
 * Why a hook of a function is not in place; "" where it is. NULL: it is not
 * needed, for this way of hooking does without.
 */
static const char *missing_text(const struct loader *loader, size_t index,
				enum attach_way way, const char *function,
				const char *why)
{
	const struct hook_state *state = &loader->hooks[index];
	const struct hook *hook = &hooks[index];

	if (!function)
		return hook->without && hook->programs[way] ?
			       "this kernel has no such function" :
			       NULL;
	if (!loader->function)
		return why;
	if (state->way)
		return "";
	if (hook->put_ends && !loader->sees_put_ends)
		return NULL;
	return hook->programs[way] ? error_text(state->error) : NULL;
}

/* One row for each hook of a function: its name here, how it is hooked, why not. */
static void add_functions(struct probing *probing, const struct loader *loader,
			  enum attach_way way, const char *why)
{
	const char *targets[HOOK_MAX], *missing;
	int err = hooks_find_targets(targets);
	struct function_hook_fact row;
	size_t i;

	for (i = 0; !err && i < hook_count; i++) {
		if (hooks[i].when == HOOK_TRACEPOINT)
			continue;
		missing = missing_text(loader, i, way, targets[i], why);
		if (!missing)
			continue;
		fact_init(FACT_function_hook, &row);
		fact_set(&row, function_hook, hook, hooks[i].name);
		fact_set(&row, function_hook, function,
			 targets[i] ? targets[i] : "");
		fact_set(&row, function_hook, how, loader->hooks[i].way);
		fact_set(&row, function_hook, why, missing);
		fact_set(&row, function_hook, without,
			 hooks[i].without ? hooks[i].without : "");
		add_row(probing, FACT_function_hook, &probing->probe->functions,
			&row);
	}
	fact_mark(probing->probe, probe, functions);
}

/* ---- what runs on it ---- */

/* With the function tier where it can run; else without. */
static int open_loader(struct loader *loader, const char *way, char *why,
		       size_t size)
{
	struct loader_options options = { .function = way != NULL };
	int err = loader_open(loader, &options);

	if (!err || !way)
		return err;
	snprintf(why, size, "its programs do not load: %s", error_text(err));
	options.function = false;
	return loader_open(loader, &options);
}

/* A sink: keeps hooks, blind checks, and what was proven. */
static int keep_ability(void *to, const struct fact *fact)
{
	struct probing *probing = to;

	if (fact->type == FACT_hook)
		add_row(probing, FACT_hook, &probing->probe->hooks,
			&fact->hook);
	else if (fact->type == FACT_blind)
		add_row(probing, FACT_blind, &probing->probe->blind,
			&fact->blind);
	else if (fact->type == FACT_control && !probing->error)
		probing->error = fact_copy(
			FACT_control, &probing->probe->control, &fact->control);
	return probing->error;
}

static void add_abilities(struct probing *probing, struct live *live)
{
	live->sink = (struct fact_sink){ keep_ability, probing };
	live_emit_abilities(live);
	loader_arm(&live->loader);
	live_prove(live);
	live_prove_by_events(live);
	fact_mark(probing->probe, probe, control);
	fact_mark(probing->probe, probe, hooks);
	fact_mark(probing->probe, probe, blind);
}

/* @way: how the function tier runs, NULL and @why: it does not. */
static void add_tiers(struct probing *probing, const char *way, const char *why)
{
	struct tiers_fact *tiers = &probing->probe->tiers;

	set_text(probing, tiers, tiers, chosen,
		 way && !strcmp(way, "fentry") ? "function" : "tracepoint");
	if (way)
		set_text(probing, tiers, tiers, function, way);
	set_text(probing, tiers, tiers, why, why);
	fact_mark(probing->probe, probe, tiers);
}

static void add_shadow(struct probing *probing, const struct loader *loader)
{
	struct shadow_fact *shadow = &probing->probe->shadow;

	set_text(probing, shadow, shadow, kind,
		 loader->sparse ? "hash" : "array");
	fact_set(shadow, shadow, bytes, loader->shadow_bytes);
	fact_set(shadow, shadow, frames, loader->frame_count);
	fact_set(shadow, shadow, net_iov_bytes, loader->net_iov_bytes);
	fact_mark(probing->probe, probe, shadow);
}

static void add_places(struct probing *probing, const struct walk *walk)
{
	struct probed_holders_fact *holders = &probing->probe->holders;
	struct probed_place_fact row;
	size_t i;

	for (i = 0; i < walk->place_count; i++) {
		fact_init(FACT_probed_place, &row);
		fact_set(&row, probed_place, place, walk->places[i].name);
		fact_set(&row, probed_place, walked, walk->places[i].walked);
		fact_set(&row, probed_place, why, walk->places[i].why);
		add_row(probing, FACT_probed_place, &holders->places, &row);
	}
	fact_mark(holders, probed_holders, places);
}

/* Where a holder walk can look on this system now, by walking once. */
static void add_holders(struct probing *probing, const struct vmemmap *vmemmap)
{
	struct probed_holders_fact *to = &probing->probe->holders;
	struct holders *holders;
	const char *why = NULL;
	struct walk walk = {};
	int err;

	err = holders_open(&holders, vmemmap, &why);
	if (!err) {
		err = holders_walk(holders, &walk);
		holders_close(holders);
	}
	fact_set(to, probed_holders, walked, !err);
	set_text(probing, to, probed_holders, why,
		 !err ? "" :
		 why  ? why :
			error_text(err));
	add_places(probing, &walk);
	walk_clear(&walk);
	fact_mark(probing->probe, probe, holders);
}

/* Opens everything as `run --tier function` would, and asks what it got. */
static void add_active(struct probing *probing)
{
	struct probe_fact *probe = probing->probe;
	char why[160] = "";
	const char *way = function_way(why, sizeof(why));
	struct registry registry;
	struct live *live;
	char idle[160];
	int err;

	live = calloc(1, sizeof(*live));
	if (!live) {
		probing->error = -ENOMEM;
		return;
	}
	err = open_loader(&live->loader, way, why, sizeof(why));
	if (error_is_shortage(err) && !probing->error)
		probing->error = err;
	if (err)
		goto free_live;
	if (!live->loader.function)
		way = NULL;
	add_abilities(probing, live);
	add_functions(probing, &live->loader,
		      way && !strcmp(way, "kprobe") ? ATTACH_KPROBE :
						      ATTACH_FENTRY,
		      why);
	add_tiers(probing, way, why);
	set_text(probing, probe, probe, tier, loader_tier(&live->loader));
	add_shadow(probing, &live->loader);
	registry_find(&registry);
	snprintf(idle, sizeof(idle), "%s%s",
		 registry.blind ? "idle pools: " : "",
		 registry.blind ? registry.blind : registry.name);
	set_text(probing, probe, probe, idle_pools, idle);
	add_holders(probing, &live->loader.vmemmap);
	loader_close(&live->loader);
free_live:
	free(live);
}

/* Everything that can be found out here; 0, or what we ran short of. */
static int collect(struct probe_fact *probe)
{
	struct probing probing = { .probe = probe };
	struct utsname os;

	libbpf_set_print(NULL);
	uname(&os);
	set_text(&probing, probe, probe, schema, FACTS_SCHEMA);
	set_text(&probing, probe, probe, kernel, os.release);
	set_text(&probing, probe, probe, machine, os.machine);
	if (add_capabilities(&probing))
		add_active(&probing);
	fact_mark(probe, probe, capabilities);
	return probing.error;
}

/* ---- what becomes of it ---- */

/* A recording of one fact beside its meta. */
static int record(const struct probe_fact *probe, const char *path)
{
	struct fact meta = { .type = FACT_meta };
	struct fact fact = { .type = FACT_probe, .probe = *probe };
	struct recorder *recorder;
	int err;

	recorder = recorder_open(path, &err);
	if (!recorder)
		return err;
	meta.meta.schema = FACTS_SCHEMA;
	fact_set(&meta.meta, meta, version, NETMEM_VERSION);
	fact_set(&meta.meta, meta, kernel, probe->kernel);
	fact_set(&meta.meta, meta, machine, probe->machine);
	fact_set(&meta.meta, meta, tier, "probe");
	fact_complete(FACT_meta, &meta.meta);
	recorder_fact(recorder, &meta);
	recorder_fact(recorder, &fact);
	return recorder_close(recorder, 0);
}

/* Each is written, whatever becomes of the others. */
static int record_and_print(const struct probe_fact *probe,
			    const struct probe_options *options)
{
	const char *json = options->json_path,
		   *recording = options->record_path;
	int recorded = 0, printed = 0, err = 0;

	if (recording)
		recorded = record(probe, recording);
	if (!output_owns_stdout(json, recording))
		printed = output_probe(NULL, report_format("text"), probe);
	if (json)
		err = output_probe(json, report_format("json"), probe);
	return output_probe_exit_code(probe, recorded || printed || err);
}

static const struct option_row rows[] = {
	OPTION_ROW_JSON(struct probe_options),
	OPTION_ROW_RECORD(struct probe_options),
	OPTION_ROW_BTF,
};

static int run(void *options, const struct words *words)
{
	struct probe_fact probe;
	int code = EXIT_RUNTIME, err;

	if (check_privileges())
		return EXIT_CANNOT;
	fact_init(FACT_probe, &probe);
	err = collect(&probe);
	if (err)
		pr_error("cannot find out what this kernel supports: %s",
			 error_text(err));
	else
		code = record_and_print(&probe, options);
	fact_clear(FACT_probe, &probe);
	return code;
}

const struct command probe_command = {
	.name = "probe",
	.about = "what this kernel supports, what is blind",
	.text = "Show what the running kernel supports, which hooks and checks are active, and which are blind and why.",
	.more = "Everything is tried: programs are loaded and attached, and nothing is inferred from the kernel's version.",
	.exits =
		"Exit status: 0 it can run, 2 usage, 4 it cannot run on this system, 5 runtime error.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct probe_options),
	.run = run,
};
