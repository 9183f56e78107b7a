// SPDX-License-Identifier: GPL-2.0
/* netmem-check probe: what this kernel supports, and what is blind without. */
#include <argp.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/holders/holders.h"
#include "user/collect/live.h"
#include "user/kernel/probe.h"
#include "user/facts/recording.h"
#include "user/kernel/registry.h"
#include "user/report.h"
#include "user/util/util.h"
#include "user/judge/verdict.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

enum { KEY_RECORD = 256 };

struct probe_options {
	const char *record_path;
	bool json;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "record", KEY_RECORD, "FILE", 0,
	  "Write what was found for netmem-check report FILE, on any machine",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct probe_options *to = state->input;

	if (key == 'j')
		to->json = true;
	else if (key == KEY_RECORD)
		to->record_path = arg;
	else if (key == ARGP_KEY_ARG)
		argp_usage(state);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const char text[] =
	"Tell what the running kernel supports, which hooks and checks are active, and which are blind and why.\v"
	"Everything is found by trying it: programs are loaded and attached, nothing is inferred from the kernel's version.\n\n"
	"Exit status: 0 it can run, 2 usage, 4 it cannot run on this system, 5 runtime error.";

static json_t *capabilities_json(bool *able)
{
	struct capability_state states[CAP_COUNT];
	json_t *array = json_array();
	int i;

	probe_all(states);
	for (i = 0; i < CAP_COUNT; i++) {
		*able = *able && !(states[i].required && states[i].error);
		json_array_append_new(
			array, json_pack("{s:s, s:b, s:s, s:s, s:b}", "name",
					 states[i].name, "supported",
					 !states[i].error, "error",
					 states[i].error ?
						 error_text(states[i].error) :
						 "",
					 "without", states[i].without,
					 "required", states[i].required));
	}
	return array;
}

/* How the function tier would run here: NULL and @why when it cannot. */
static const char *function_way(char *why, size_t size)
{
	int fentry = probe_one(CAP_FENTRY), swap = probe_one(CAP_SWAP), kprobe;
	size_t at;

	if (swap) {
		snprintf(why, size, "no compare-and-swap in BPF (%s)",
			 error_text(swap));
		return NULL;
	}
	if (!fentry)
		return "fentry";
	kprobe = probe_one(CAP_KPROBE);
	if (!kprobe)
		return "kprobe";
	at = snprintf(why, size, "fentry: %s", error_text(fentry));
	if (at < size)
		snprintf(why + at, size - at, "; kprobes: %s",
			 error_text(kprobe));
	return NULL;
}

/* The name that a hook's function has in this kernel; NULL: none of its own. */
static const char *find_function(const struct btf *btf, const char **found,
				 size_t index)
{
	const struct hook *hook = &hooks[index];
	const struct btf_type *type;
	size_t i, k;
	int id;

	for (i = 0; i < HOOK_TARGETS && hook->targets[i]; i++) {
		id = btf__find_by_name_kind(btf, hook->targets[i],
					    BTF_KIND_FUNC);
		if (id < 0)
			continue;
		type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
		if (hook->arguments && btf_vlen(type) != hook->arguments)
			continue;
		for (k = 0; k < index; k++)
			if (found[k] && hooks[k].when == hook->when &&
			    !strcmp(found[k], hook->targets[i]))
				return NULL;
		return hook->targets[i];
	}
	return NULL;
}

/* One row for each hook of a function: its name here, how it is hooked, why not. */
static json_t *functions_json(const struct loader *loader, enum hook_way way,
			      const char *why)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const char *found[HOOK_MAX] = {}, *reason;
	const struct hook_state *state;
	json_t *array = json_array();
	size_t i;

	for (i = 0; !libbpf_get_error(btf) && i < hook_count; i++) {
		if (hooks[i].when == WHEN_TRACED)
			continue;
		state = &loader->hooks[i];
		found[i] = find_function(btf, found, i);
		if (!found[i] && (!hooks[i].without || !hooks[i].programs[way]))
			continue;
		if (!found[i])
			reason = "this kernel has no such function";
		else if (!loader->function)
			reason = why;
		else if (state->way)
			reason = "";
		else if (!hooks[i].programs[way])
			continue; /* this way does without */
		else
			reason = error_text(state->error);
		json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "hook",
				  hooks[i].name, "function",
				  found[i] ? found[i] : "", "how",
				  hook_way_name(state->way), "why", reason,
				  "without",
				  hooks[i].without ? hooks[i].without : ""));
	}
	if (!libbpf_get_error(btf))
		btf__free(btf);
	return array;
}

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

/* Where a holder walk can look on this system now, by walking once. */
static json_t *holders_json(const struct memory *memory)
{
	json_t *places = json_array();
	struct holders *holders;
	struct walk walk = {};
	const char *why;
	size_t i;
	int err;

	err = holders_open(&holders, memory, &why);
	if (!err) {
		err = holders_walk(holders, &walk);
		holders_close(holders);
	}
	for (i = 0; i < walk.place_count; i++)
		json_array_append_new(places,
				      json_pack("{s:s, s:b, s:s}", "place",
						walk.places[i].name, "walked",
						walk.places[i].walked, "why",
						walk.places[i].why));
	walk_clear(&walk);
	return json_pack("{s:b, s:s, s:o}", "walked", !err, "why",
			 !err ? "" :
			 why  ? why :
				error_text(err),
			 "places", places);
}

/* Opens everything as `run --tier function` would, and asks what it got. */
static void add_active(json_t *root)
{
	char why[160] = "";
	const char *way = function_way(why, sizeof(why));
	struct live live = {};
	struct registry registry;

	if (open_loader(&live.loader, way, why, sizeof(why)))
		return;
	if (!live.loader.function)
		way = NULL;
	live.options.tier = way ? "function" : "tracepoint";
	live.session = session_new();
	live_tell_abilities(&live);
	json_object_set(root, "hooks", live.session->hooks);
	json_object_set_new(root, "functions",
			    functions_json(&live.loader,
					   way && !strcmp(way, "kprobe") ?
						   WAY_KPROBE :
						   WAY_FENTRY,
					   why));
	json_object_set_new(root, "tiers",
			    json_pack("{s:s, s:s?, s:s}", "auto",
				      way && !strcmp(way, "fentry") ?
					      "function" :
					      "tracepoint",
				      "function", way, "why", why));
	json_object_set(root, "blind", live.session->blind);
	json_object_set_new(root, "tier", json_string(live.options.tier));
	json_object_set_new(
		root, "shadow",
		json_pack("{s:s, s:I, s:I, s:I}", "kind",
			  live.loader.sparse ? "hash" : "array", "bytes",
			  (json_int_t)live.loader.shadow_bytes, "frames",
			  (json_int_t)live.loader.frame_count, "net_iov_bytes",
			  (json_int_t)live.loader.net_iov_bytes));
	registry_find(&registry);
	json_object_set_new(root, "idle_pools",
			    json_string(registry.blind ? registry.blind :
							 registry.name));
	json_object_set_new(root, "holders", holders_json(&live.loader.memory));
	session_free(live.session);
	loader_close(&live.loader);
}

/* Everything that can be found out here; NULL without memory. */
static json_t *collect(void)
{
	bool able = true;
	struct utsname os;
	json_t *root;

	libbpf_set_print(NULL);
	uname(&os);
	root = json_pack("{s:s, s:s, s:s, s:o}", "schema", SESSION_SCHEMA,
			 "kernel", os.release, "machine", os.machine,
			 "capabilities", capabilities_json(&able));
	if (root && able)
		add_active(root);
	return root;
}

/* A recording of one fact beside its meta frame. */
static int record(json_t *probe, const char *path)
{
	struct recorder *recorder;
	json_t *meta, *frame;
	int err;

	recorder = recorder_open(path, &err);
	if (!recorder)
		return err;
	meta = json_pack("{s:s, s:s, s:s, s:O, s:O, s:s}", "t", "meta",
			 "schema", SESSION_SCHEMA, "version", NETMEM_VERSION,
			 "kernel", json_object_get(probe, "kernel"), "machine",
			 json_object_get(probe, "machine"), "tier", "probe");
	frame = json_pack("{s:s}", "t", "probe");
	json_object_update(frame, probe);
	recorder_frame(recorder, meta);
	recorder_frame(recorder, frame);
	json_decref(meta);
	json_decref(frame);
	return recorder_close(recorder, 0);
}

static int print_json(json_t *probe)
{
	if (json_dumpf(probe, stdout, JSON_INDENT(2)) || putchar('\n') == EOF ||
	    fflush(stdout))
		return -EIO;
	return 0;
}

int cmd_probe(int argc, char **argv)
{
	const struct argp argp = {
		options, parse, NULL, text, NULL, NULL, NULL
	};
	struct probe_options chosen = {};
	int err = 0, code = EXIT_RUNTIME;
	json_t *probe;

	argp_parse(&argp, argc, argv, 0, NULL, &chosen);
	if (geteuid()) {
		complain(
			"must run as root (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN)");
		return EXIT_CANNOT;
	}
	probe = collect();
	if (!probe) {
		complain("out of memory");
		return EXIT_RUNTIME;
	}
	if (chosen.record_path)
		err = record(probe, chosen.record_path);
	if (err)
		complain("cannot write '%s': %s", chosen.record_path,
			 error_text(err));
	if (!(chosen.json ? print_json(probe) : report_probe(stdout, probe)) &&
	    !err)
		code = probe_can_run(probe) ? EXIT_PASS : EXIT_CANNOT;
	json_decref(probe);
	return code;
}
