// SPDX-License-Identifier: GPL-2.0
/*
 * netmem-check xdp: attaches the XDP object without `ip`, which has to be built
 * with libbpf and finds the kernel's BTF only where that is its own.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/cmd/output.h"
#include "user/facts/facts.h"
#include "user/judge/verdict.h"
#include "user/kernel/privileges.h"
#include "user/kernel/probe.h"
#include "user/kernel/xdp_attach.h"
#include "user/kernel/xdp_device.h"
#include "user/kernel/xdp_object.h"
#include "user/util/build.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

struct xdp_options {
	const char *action, *mode, *json_path;
	bool replace;
};

static const struct option_row xdp_rows[] = {
	{ "action", 0, OPTION_TEXT, ARGUMENT_NEEDED, "ACTION",
	  "attach: what happens to each frame: pass (default), drop, tx, redirect:DEV, cpu:N or aborted",
	  offsetof(struct xdp_options, action),
	  "pass drop tx redirect: cpu: aborted" },
	{ "mode", 0, OPTION_CHOICE, ARGUMENT_NEEDED, "MODE",
	  "attach: native or generic (default: native where the driver can)",
	  offsetof(struct xdp_options, mode), "native generic" },
	{ "replace", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "attach: take the place of somebody else's program, for good",
	  offsetof(struct xdp_options, replace), NULL },
	{ "json", 'j', OPTION_OUTPUT, ARGUMENT_OPTIONAL, "FILE",
	  "status: write JSON (without a file: to standard output, instead of text)",
	  offsetof(struct xdp_options, json_path), NULL },
	OPTION_ROW_BTF,
};

/* ---- messages ---- */

static char driver_says[160];

/* Keeps the first thing that a driver says: it is about the best way. */
static int keep_message(enum libbpf_print_level level, const char *format,
			va_list args)
{
	char text[256], *at;

	if (getenv("NETMEM_DEBUG") && level == LIBBPF_WARN)
		return vfprintf(stderr, format, args);
	vsnprintf(text, sizeof(text), format, args);
	at = strstr(text, "Kernel error message: ");
	if (!at || driver_says[0])
		return 0;
	at += strlen("Kernel error message: ");
	at[strcspn(at, "\n")] = 0;
	snprintf(driver_says, sizeof(driver_says), "%s", clean_text(at));
	return 0;
}

/* Returns whether one of the capabilities that all of this takes is missing. */
static bool name_missing(char *text, size_t size)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
		{ CAP_BPF, "CAP_BPF" },
		{ CAP_PERFMON, "CAP_PERFMON" },
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN (to look at programs)" },
	};
	size_t i, at;

	at = snprintf(text, size, "missing:");
	for (i = 0; i < ARRAY_LEN(needed); i++)
		if (!privileges_has(needed[i].number))
			at += snprintf(text + at, size - at, " %s",
				       needed[i].name);
	snprintf(text + at, size - at, "; root has them");
	return at > strlen("missing:");
}

static int refuse(const char *what, const char *name, int err)
{
	const char *said = driver_says[0] ? driver_says : load_error_text(err);
	char missing[160];

	if (err == -EPERM && name_missing(missing, sizeof(missing)))
		said = missing;
	pr_error("cannot %s '%s': %s", what, name, said);
	return err == -EPERM || err == -EOPNOTSUPP || err == -ESRCH ?
		       EXIT_CANNOT :
		       EXIT_RUNTIME;
}

static int refuse_foreign(const char *name, const struct xdp_device *device,
			  const char *advice)
{
	char link[32] = "";

	if (device->link)
		snprintf(link, sizeof(link), ", held by bpf_link %u",
			 device->link);
	pr_error("device '%s' has XDP program %u (%s%s)%s", name,
		 device->program, device->name[0] ? device->name : "no name",
		 link, advice);
	return EXIT_RUNTIME;
}

/* ---- attach ---- */

static int read_target(const char *action, struct xdp_target *target)
{
	int err = xdp_parse_target(action, target);

	if (err == -ENODEV)
		return usage_error(
			"--action: '%s' names no device of this network namespace",
			action);
	if (err == -ERANGE)
		return usage_error(
			"--action: '%s' names a CPU that this system does not have",
			action);
	if (err)
		return usage_error(
			"--action: '%s' is not pass, drop, tx, redirect:DEV, cpu:N or aborted",
			action);
	return EXIT_PASS;
}

static void print_device(const char *name, const struct xdp_device *device)
{
	int action;

	if (!device->program) {
		printf("%s: no XDP program\n", name);
		return;
	}
	printf("%s: %s, program %u, %s%s", name,
	       device->name[0] ? device->name : "no name", device->program,
	       device->mode ? device->mode : "mode not known",
	       device->ours ? "" : ", not of netmem-check");
	if (device->link)
		printf(", held by bpf_link %u", device->link);
	putchar('\n');
	for (action = 0; action < XDP_ACTIONS; action++)
		if (device->packets[action])
			printf("  %-8s %llu frames, %llu bytes\n",
			       xdp_action_name(action), device->packets[action],
			       device->bytes[action]);
}

static int attach(const struct xdp_options *asked, const char *name,
		  int ifindex)
{
	struct xdp_attach_options options = { .ifindex = ifindex };
	struct xdp_device device;
	int code, err;

	code = read_target(asked->action, &options.target);
	if (code)
		return code;
	if (asked->mode)
		options.mode = !strcmp(asked->mode, "native") ?
				       XDP_ATTACH_NATIVE :
				       XDP_ATTACH_GENERIC;
	err = xdp_device_read(ifindex, &device);
	if (err)
		return refuse("tell what XDP program is on", name, err);
	options.replace = device.ours || asked->replace;
	options.replace_only = device.program;
	if (device.program && (!options.replace || device.link))
		return refuse_foreign(
			name, &device,
			device.link ?
				": it stays while somebody holds that; nothing is attached" :
				": nothing is attached (--replace takes its place)");
	err = xdp_attach_lasting(&options);
	if (err)
		return refuse("attach XDP to", name, err);
	err = xdp_device_read(ifindex, &device);
	if (err)
		return refuse("tell what XDP program is on", name, err);
	print_device(name, &device);
	return output_text(0) ? EXIT_RUNTIME : EXIT_PASS;
}

/* ---- detach ---- */

static int detach(const char *name, int ifindex)
{
	struct xdp_device device;
	int err;

	err = xdp_device_read(ifindex, &device);
	if (err)
		return refuse("tell what XDP program is on", name, err);
	if (!device.program) {
		pr_error("device '%s' has no XDP program", name);
		return EXIT_RUNTIME;
	}
	if (!device.ours || device.link)
		return refuse_foreign(
			name, &device,
			device.ours ?
				": it goes with whoever holds that; nothing is detached" :
				" of somebody else: nothing is detached");
	err = xdp_device_clear(ifindex, &device);
	if (err)
		return refuse("detach XDP from", name, err);
	printf("%s: detached program %u\n", name, device.program);
	return output_text(0) ? EXIT_RUNTIME : EXIT_PASS;
}

/* ---- status ---- */

static json_t *build_numbers(const __u64 numbers[XDP_ACTIONS])
{
	json_t *object = build_object();
	int action;

	for (action = 0; action < XDP_ACTIONS; action++)
		set_number(object, xdp_action_name(action), numbers[action]);
	return object;
}

static json_t *build_device(const char *name, const struct xdp_device *device)
{
	json_t *object = build_object();

	set_string(object, "schema", FACTS_SCHEMA);
	set_string(object, "device", name);
	set_member(object, "attached", json_boolean(device->program));
	if (!device->program)
		return object;
	set_member(object, "ours", json_boolean(device->ours));
	set_number(object, "id", device->program);
	set_optional(object, "name", null_if_empty(device->name));
	set_optional(object, "mode", device->mode);
	set_known(object, "link", device->link, device->link);
	if (!device->ours)
		return object;
	set_member(object, "packets", build_numbers(device->packets));
	set_member(object, "bytes", build_numbers(device->bytes));
	return object;
}

static int status(const struct xdp_options *asked, const char *name,
		  int ifindex)
{
	struct xdp_device device;
	int err, failed = 0;

	err = xdp_device_read(ifindex, &device);
	if (err)
		return refuse("tell what XDP program is on", name, err);
	if (!output_path_is_stdout(asked->json_path)) {
		print_device(name, &device);
		err = output_text(0);
	}
	if (asked->json_path)
		failed = output_json(asked->json_path,
				     build_device(name, &device));
	return output_exit_code(EXIT_PASS, err || failed);
}

/* ---- object ---- */

static int write_object(void)
{
	const void *bytes;
	size_t size;

	if (isatty(STDOUT_FILENO))
		return usage_error(
			"object: standard output is a terminal; redirect it to a file");
	bytes = xdp_object(&size);
	return fwrite(bytes, 1, size, stdout) != size || output_text(0) ?
		       EXIT_RUNTIME :
		       EXIT_PASS;
}

/* ---- which of them ---- */

/* Options that only one of them has. */
static int check_options(const struct xdp_options *asked, const char *verb)
{
	if (strcmp(verb, "attach") &&
	    (asked->action || asked->mode || asked->replace))
		return usage_error(
			"--action, --mode and --replace are of attach, not of %s",
			verb);
	if (strcmp(verb, "status") && asked->json_path)
		return usage_error("--json is of status, not of %s", verb);
	return EXIT_PASS;
}

static int with_device(struct xdp_options *asked, const char *verb,
		       const char *name)
{
	int ifindex = if_nametoindex(name);

	if (!ifindex)
		return usage_error("no device '%s' in this network namespace",
				   name);
	if (!strcmp(verb, "detach"))
		return detach(name, ifindex);
	if (!strcmp(verb, "status"))
		return status(asked, name, ifindex);
	if (!asked->action)
		asked->action = "pass";
	return attach(asked, name, ifindex);
}

static int xdp(void *options, const struct words *words)
{
	const char *verb = words->count ? words->items[0] : "";
	bool object = !strcmp(verb, "object");
	int code;

	if (!words->count)
		return usage_error(
			"attach, detach or status with a device, or object?");
	if (!object && strcmp(verb, "attach") && strcmp(verb, "detach") &&
	    strcmp(verb, "status"))
		return usage_error(
			"'%s' is not attach, detach, status or object", verb);
	code = check_options(options, verb);
	if (code)
		return code;
	if (words->count != (object ? 1 : 2))
		return usage_error(object ? "%s takes no device" :
					    "%s takes one device",
				   verb);
	if (object)
		return write_object();
	libbpf_set_print(keep_message);
	return with_device(options, verb, words->items[1]);
}

const struct command xdp_command = {
	.name = "xdp",
	.about = "attach the XDP statistics program without ip",
	.arguments = "attach DEV\ndetach DEV\nstatus DEV\nobject",
	.first_words = "attach detach status object",
	.text = "Attach the program that counts and samples frames to a device of this network namespace, take it off, show what is attached and has been counted, or write the object file for `ip link set dev DEV xdp obj FILE sec xdp`.",
	.more = "What attach attaches stays when netmem-check ends; run, watch and monitor find it, and inspect the pages of sampled frames. A program of ours that is there already is replaced, with its counts; somebody else's with --replace only, and one that a bpf_link holds never. detach takes off only a program of ours, whoever loaded it. run --xdp attaches for the time of a run.",
	.exits =
		"Exit status: 0 done, 2 usage, 4 cannot run on this system (a privilege, BTF or the driver's support is missing), 5 runtime error (also: a program of somebody else is there, or nothing to detach).",
	.examples = "  netmem-check xdp attach eth0 --action pass\n"
		    "  netmem-check xdp status eth0\n"
		    "  netmem-check xdp object >xdp_netmem_stats.bpf.o\n",
	.rows = xdp_rows,
	.row_count = ARRAY_LEN(xdp_rows),
	.size = sizeof(struct xdp_options),
	.run = xdp,
};
