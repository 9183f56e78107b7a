// SPDX-License-Identifier: GPL-2.0
/* netmem-check probe: what this kernel supports, and what is blind without. */
#include <argp.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands.h"
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

/* Opens everything as `run` would, and asks what it got. */
static int active_json(json_t *root)
{
	struct loader_options loader_options = {};
	struct live live = { .options.tier = "tracepoint" };
	struct registry registry;
	int err;

	err = loader_open(&live.loader, &loader_options);
	if (err)
		return err;
	live.session = session_new();
	live_tell_abilities(&live);
	json_object_set(root, "hooks", live.session->hooks);
	json_object_set(root, "blind", live.session->blind);
	json_object_set_new(
		root, "shadow",
		json_pack("{s:s, s:I, s:I}", "kind",
			  live.loader.sparse ? "hash" : "array", "bytes",
			  (json_int_t)live.loader.shadow_bytes, "frames",
			  (json_int_t)live.loader.frame_count));
	registry_find(&registry, NULL);
	json_object_set_new(root, "idle_pools",
			    json_string(registry.blind ? registry.blind :
							 registry.name));
	session_free(live.session);
	loader_close(&live.loader);
	return 0;
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

static void print_active(const json_t *root)
{
	const char *hook, *how, *without, *check, *why, *kind;
	json_int_t bytes, frames;
	json_t *row;
	size_t i;

	puts("\nhooks");
	json_array_foreach (json_object_get(root, "hooks"), i, row) {
		json_unpack(row, "{s:s, s:s, s:s}", "hook", &hook, "how", &how,
			    "without", &without);
		printf("  %-15s %s%s%s\n", hook, how,
		       strcmp(how, "none") ? "" : ": without it, no ",
		       strcmp(how, "none") ? "" : without);
	}
	if (!json_unpack((json_t *)root, "{s:{s:s, s:I, s:I}}", "shadow",
			 "kind", &kind, "bytes", &bytes, "frames", &frames))
		printf("\nshadow: %s of %lld frames, %.1f MiB\n", kind, frames,
		       bytes / 1048576.0);
	printf("%s\n", json_string_value(json_object_get(root, "idle_pools")));
	printf("\nchecks: %zu active, %zu blind\n",
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
