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

#include "commands.h"
#include "holders.h"
#include "live.h"
#include "probe.h"
#include "registry.h"
#include "util.h"
#include "verdict.h"

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 }, { 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key == 'j')
		*json = true;
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
static int active_json(json_t *root)
{
	char why[160] = "";
	const char *way = function_way(why, sizeof(why));
	struct live live = {};
	struct registry registry;
	int err;

	err = open_loader(&live.loader, way, why, sizeof(why));
	if (err)
		return err;
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
	return 0;
}

static void print_holders(json_t *holders)
{
	const char *place, *why;
	int walked, looked = 0;
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(holders, "places"), i, row)
		looked += json_is_true(json_object_get(row, "walked"));
	if (json_is_true(json_object_get(holders, "walked")))
		printf("holder walk: %d kinds of places\n", looked);
	else
		printf("no holder walk: %s\n",
		       json_string_value(json_object_get(holders, "why")));
	json_array_foreach (json_object_get(holders, "places"), i, row)
		if (!json_unpack(row, "{s:s, s:b, s:s}", "place", &place,
				 "walked", &walked, "why", &why) &&
		    !walked)
			printf("  blind  %s: %s\n", place, why);
}

static void print_capabilities(const json_t *root)
{
	const char *name, *error, *without;
	json_t *row;
	size_t i;
	int supported;

	puts("kernel");
	json_array_foreach (json_object_get(root, "capabilities"), i, row) {
		json_unpack(row, "{s:s, s:b, s:s, s:s}", "name", &name,
			    "supported", &supported, "error", &error, "without",
			    &without);
		if (supported)
			printf("  yes  %s\n", name);
		else
			printf("  no   %s (%s): without it, no %s\n", name,
			       error, without);
	}
}

/* Those of tracepoints; the others are in print_functions(). */
static void print_hooks(const json_t *root)
{
	const char *hook, *how, *without;
	json_t *row;
	size_t i, k;

	puts("\nhooks");
	json_array_foreach (json_object_get(root, "hooks"), i, row) {
		json_unpack(row, "{s:s, s:s, s:s}", "hook", &hook, "how", &how,
			    "without", &without);
		for (k = 0; k < hook_count; k++)
			if (!strcmp(hooks[k].name, hook))
				break;
		if (k < hook_count && hooks[k].when != WHEN_TRACED)
			continue;
		printf("  %-15s %s%s%s\n", hook, how,
		       strcmp(how, "none") ? "" : ": without it, no ",
		       strcmp(how, "none") ? "" : without);
	}
}

/* A function and how it is hooked; where the tier cannot run, its name alone. */
static void print_functions(const json_t *root)
{
	const char *hook, *function, *how, *why, *without, *way;
	json_t *tiers = json_object_get(root, "tiers"), *row;
	size_t i;

	way = json_string_value(json_object_get(tiers, "function"));
	if (way)
		printf("\nfunctions (--tier function, by %s; --tier auto is %s here)\n",
		       way, json_string_value(json_object_get(tiers, "auto")));
	else
		printf("\nfunctions (no --tier function: %s)\n",
		       json_string_value(json_object_get(tiers, "why")));
	json_array_foreach (json_object_get(root, "functions"), i, row) {
		json_unpack(row, "{s:s, s:s, s:s, s:s, s:s}", "hook", &hook,
			    "function", &function, "how", &how, "why", &why,
			    "without", &without);
		if (way && strcmp(how, "none"))
			printf("  %-22s %s, %s\n", hook, function, how);
		else if (!way && *function)
			printf("  %-22s %s\n", hook, function);
		else
			printf("  %-22s none: %s%s%s\n", hook, why,
			       *without ? "; without it, no " : "", without);
	}
}

static void print_active(const json_t *root)
{
	const char *check, *why, *kind, *tier;
	json_int_t bytes, frames;
	json_t *row;
	size_t i;

	print_hooks(root);
	print_functions(root);
	if (!json_unpack((json_t *)root, "{s:{s:s, s:I, s:I}}", "shadow",
			 "kind", &kind, "bytes", &bytes, "frames", &frames))
		printf("\nshadow: %s of %lld frames, %.1f MiB\n", kind, frames,
		       bytes / 1048576.0);
	printf("%s\n", json_string_value(json_object_get(root, "idle_pools")));
	print_holders(json_object_get(root, "holders"));
	tier = json_string_value(json_object_get(root, "tier"));
	printf("\nchecks with tier %s: %zu active, %zu blind\n", tier,
	       CHECK_COUNT - 1 -
		       json_array_size(json_object_get(root, "blind")),
	       json_array_size(json_object_get(root, "blind")));
	json_array_foreach (json_object_get(root, "blind"), i, row) {
		json_unpack(row, "{s:s, s:s}", "check", &check, "why", &why);
		printf("  blind  %-18s %s\n", check, why);
	}
}

int cmd_probe(int argc, char **argv)
{
	const struct argp argp = {
		options, parse, NULL, text, NULL, NULL, NULL
	};
	bool json = false, able = true;
	struct utsname os;
	json_t *root;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	if (geteuid()) {
		complain(
			"must run as root (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN)");
		return EXIT_CANNOT;
	}
	libbpf_set_print(NULL);
	uname(&os);
	root = json_pack("{s:s, s:s, s:s, s:o}", "schema", SESSION_SCHEMA,
			 "kernel", os.release, "machine", os.machine,
			 "capabilities", capabilities_json(&able));
	err = able ? active_json(root) : -EOPNOTSUPP;
	if (json) {
		json_dumpf(root, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_capabilities(root);
		if (!err)
			print_active(root);
	}
	json_decref(root);
	return err ? EXIT_CANNOT : EXIT_PASS;
}
