// SPDX-License-Identifier: GPL-2.0
/*
 * netmem-check bundle: what a bug report needs, in one tar archive. All of it is
 * gathered in memory first.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "user/bundle/gather.h"
#include "user/bundle/parts.h"
#include "user/bundle/redact.h"
#include "user/cmd/commands.h"
#include "user/kernel/privileges.h"
#include "user/judge/verdict.h"
#include "user/util/output_file.h"
#include "user/util/output_place.h"
#include "user/util/util.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

#define SELF "/proc/self/exe"
/* A look takes a second or two, and a holder walk at most 20 of them. */
#define LOOK_SECONDS 120
/* It waits for a lock that a broken driver may hold for ever. */
#define ETHTOOL_SECONDS 10

struct bundle_options {
	const char *btf;
	bool addresses, force;
};

static const struct option_row rows[] = {
	{ "addresses", 'a', OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Keep IP and MAC addresses; without this they become ip1, mac1, ...",
	  offsetof(struct bundle_options, addresses), NULL },
	{ "force", 'f', OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Replace FILE.tar if it is there already",
	  offsetof(struct bundle_options, force), NULL },
	{ "btf", 0, OPTION_TEXT, ARGUMENT_NEEDED, "FILE",
	  "As of audit, holders and probe, which it runs",
	  offsetof(struct bundle_options, btf), NULL },
};

/* A bundle in the making; the first error stays. */
struct bundle {
	const struct bundle_options *options;
	struct parts parts;
	struct redaction redaction;
	struct strings devices; /* with pools, in this network namespace */
	struct strings absent; /* what is not in it, and why */
	int err;
};

static volatile bool interrupted;

static void note_signal(int signal)
{
	interrupted = true;
}

/* ---- parts ---- */

static void fail(struct bundle *bundle, int err)
{
	if (!bundle->err)
		bundle->err = err;
}

static bool has_string(const struct strings *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

static void __attribute__((format(printf, 2, 3)))
add_absent(struct bundle *bundle, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!has_string(&bundle->absent, text))
		fail(bundle, strings_add(&bundle->absent, text));
}

/* Takes @data over, without the addresses in it. */
static void add_part(struct bundle *bundle, const char *name, const char *about,
		     char *data, size_t size)
{
	char *redacted;
	size_t length;
	int err;

	if (bundle->options->addresses) {
		fail(bundle,
		     parts_add(&bundle->parts, name, about, data, size));
		return;
	}
	err = redact(&bundle->redaction, data, size, &redacted, &length);
	free(data);
	if (!err)
		err = parts_add(&bundle->parts, name, about, redacted, length);
	fail(bundle, err);
}

/* What netmem-check itself gave, which has its exit status where it is whole. */
static bool is_verdict(int code)
{
	return code == EXIT_PASS || code == EXIT_FAIL ||
	       code == EXIT_INCONCLUSIVE;
}

static void add_output(struct bundle *bundle, const char *name,
		       const char *about, struct output *output)
{
	char text[160];

	if (!is_verdict(output->code)) {
		add_absent(bundle, "%s: exit status %d", name, output->code);
		free(output->data);
		return;
	}
	snprintf(text, sizeof(text), "%s (exit status %d)", about,
		 output->code);
	add_part(bundle, name, text, output->data, output->size);
}

/* ---- devices with pools ---- */

static uint64_t own_netns(void)
{
	struct stat ns;

	return stat("/proc/self/ns/net", &ns) ? 0 : ns.st_ino;
}

/* Those of other namespaces are not ours to ask, whatever their names are. */
static void add_device(struct bundle *bundle, json_t *pool)
{
	const char *device = json_string_value(json_object_get(pool, "device"));
	json_int_t netns = json_integer_value(json_object_get(pool, "netns"));

	if (!device || has_string(&bundle->devices, device))
		return;
	if (netns && (uint64_t)netns != own_netns())
		add_absent(bundle,
			   "ethtool of %s: it is in another network namespace",
			   device);
	else if (!if_nametoindex(device))
		add_absent(bundle, "ethtool of %s: no such device here",
			   device);
	else
		fail(bundle, strings_add(&bundle->devices, device));
}

/* False when it is no JSON report. */
static bool add_devices(struct bundle *bundle, const char *data, size_t size)
{
	json_t *report = json_loadb(data, size, 0, NULL), *pool;
	json_t *pools = json_object_get(report, "pools");
	bool known = json_is_array(pools);
	size_t i;

	json_array_foreach (pools, i, pool)
		add_device(bundle, pool);
	json_decref(report);
	return known;
}

/* ---- looks of ours ---- */

static int run_self(char *const argv[], struct output *output)
{
	return run_program(argv, false, LOOK_SECONDS, &interrupted, output);
}

/* The last word of a command line of ours; NULL: without --btf. */
static char *btf_option(const struct bundle *bundle, char *text, size_t size)
{
	if (!bundle->options->btf)
		return NULL;
	snprintf(text, size, "--btf=%s", bundle->options->btf);
	return text;
}

/* The name of a part: "audit" and ".txt". */
static void add_rendered(struct bundle *bundle, const char *what,
			 const char *path)
{
	char *const text[] = { SELF, "report", (char *)path, NULL };
	char *const json[] = { SELF, "report", "--json", (char *)path, NULL };
	struct output output;
	char name[80];

	fail(bundle, run_self(text, &output));
	snprintf(name, sizeof(name), "%s.txt", what);
	add_output(bundle, name, "the same, for people", &output);
	fail(bundle, run_self(json, &output));
	add_devices(bundle, output.data, output.size);
	snprintf(name, sizeof(name), "%s.json", what);
	add_output(bundle, name, "the same, as the JSON report", &output);
}

/* netmem-check audit or holders, recorded, and its reports. */
static void add_look(struct bundle *bundle, const char *what, const char *about)
{
	char path[64], name[80], record[96];
	char btf[4096];
	char *const argv[] = { SELF, (char *)what, record,
			       btf_option(bundle, btf, sizeof(btf)), NULL };
	int fd = memory_file(what, path, sizeof(path));
	struct output output;

	if (fd < 0) {
		fail(bundle, fd);
		return;
	}
	snprintf(record, sizeof(record), "--record=%s", path);
	fail(bundle, run_self(argv, &output));
	free(output.data);
	output.data = NULL;
	fail(bundle, read_all(fd, &output.data, &output.size));
	snprintf(name, sizeof(name), "%s.jsonl", what);
	add_output(bundle, name, about, &output);
	if (is_verdict(output.code) && !bundle->err && !interrupted)
		add_rendered(bundle, what, path);
	close(fd);
}

static void add_probe(struct bundle *bundle)
{
	char btf[4096];
	char *const argv[] = { SELF, "probe", "--json",
			       btf_option(bundle, btf, sizeof(btf)), NULL };
	struct output output;

	fail(bundle, run_self(argv, &output));
	/* Of a kernel that cannot do it, too: then it says why. */
	if (output.code == EXIT_CANNOT)
		output.code = EXIT_PASS;
	add_output(bundle, "probe.json", "what this kernel supports", &output);
}

/* ---- given files ---- */

/* A recording or a JSON report, which has to be one. */
static void add_given(struct bundle *bundle, const char *path)
{
	char *const json[] = { SELF, "report", "--json", (char *)path, NULL };
	char copy[4096], name[320], *data;
	struct output output = {};
	int fd, err;
	size_t size;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : read_all(fd, &data, &size);
	if (fd >= 0)
		close(fd);
	if (err) {
		pr_error("cannot read '%s': %s", path, error_text(err));
		fail(bundle, err);
		return;
	}
	if (!add_devices(bundle, data, size)) {
		fail(bundle, run_self(json, &output));
		if (output.code < 0 || output.code > EXIT_CANNOT) {
			pr_error(
				"'%s' is neither a recording nor a JSON report",
				path);
			fail(bundle, -EINVAL);
		} else {
			add_devices(bundle, output.data, output.size);
		}
		free(output.data);
	}
	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(name, sizeof(name), "given/%zu-%s", bundle->parts.count,
		 basename(copy));
	add_part(bundle, name, "as it was given", data, size);
}

/* ---- what lies around ---- */

/* The name of a device's driver, as the kernel log has it; "" for none. */
static void driver_of(const char *device, char *driver, size_t size)
{
	char path[300], target[4096];
	ssize_t length;

	driver[0] = 0;
	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver", device);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return;
	target[length] = 0;
	snprintf(driver, size, "%s", basename(target));
}

static void add_log(struct bundle *bundle)
{
	static const char *const always[] = { "page_pool", "page pool",
					      "stalled pool" };
	struct strings words = {};
	char driver[80], *data;
	size_t i, size;
	int err = 0;

	for (i = 0; !err && i < ARRAY_LEN(always); i++)
		err = strings_add(&words, always[i]);
	for (i = 0; !err && i < bundle->devices.count; i++) {
		driver_of(bundle->devices.items[i], driver, sizeof(driver));
		if (*driver && !has_string(&words, driver))
			err = strings_add(&words, driver);
	}
	fail(bundle, err);
	err = err ? err : kernel_log(&words, &data, &size);
	strings_clear(&words);
	if (err)
		add_absent(bundle, "kernel log: %s", error_text(err));
	else
		add_part(
			bundle, "kernel.log",
			"lines of the kernel log about page pools, and of the drivers of devices with pools",
			data, size);
}

/* A device may have any name; a file in an archive had better not. */
static void file_name(const char *device, const char *letter, char *name,
		      size_t size)
{
	char *at;

	snprintf(name, size, "ethtool/%s.%s", device, letter + 1);
	for (at = name + strlen("ethtool/"); *at; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 127)
			*at = '_';
}

static void add_ethtool(struct bundle *bundle, const char *device)
{
	static const struct {
		const char *letter, *about;
	} asked[] = { { "-i", "driver and firmware" },
		      { "-g", "sizes of rings" },
		      { "-k", "offloads" } };
	struct output output;
	char name[80], about[80];
	size_t i;

	for (i = 0; i < ARRAY_LEN(asked) && !interrupted; i++) {
		char *const argv[] = { "ethtool", (char *)asked[i].letter,
				       (char *)device, NULL };

		fail(bundle, run_program(argv, true, ETHTOOL_SECONDS,
					 &interrupted, &output));
		if (output.code == 127) {
			free(output.data);
			add_absent(bundle,
				   "ethtool -i, -g, -k: it is not installed");
			return;
		}
		file_name(device, asked[i].letter, name, sizeof(name));
		snprintf(about, sizeof(about),
			 "ethtool %s: %s (exit status %d)", asked[i].letter,
			 asked[i].about, output.code);
		add_part(bundle, name, about, output.data, output.size);
	}
}

static void add_all_ethtool(struct bundle *bundle)
{
	size_t i;

	for (i = 0; i < bundle->devices.count && !interrupted; i++)
		add_ethtool(bundle, bundle->devices.items[i]);
}

/* ---- the manifest ---- */

static void write_secrets(FILE *to, const struct bundle *bundle)
{
	if (bundle->options->addresses)
		fputs("IP and MAC addresses: as they are (--addresses)\n", to);
	else
		fprintf(to,
			"Taken out: %zu IP and %zu MAC addresses, each by a name of its own (ip1, mac1, ...)\n",
			bundle->redaction.ips.count,
			bundle->redaction.macs.count);
	fputs("Also in it: names of devices and processes, process ids, paths of sockets,\n"
	      "kernel symbols and addresses of kernel memory (of pools and pages). Of a\n"
	      "given recording or report: the command line of its workload.\n"
	      "Not in it: contents of packets and of memory, host name, environment.\n",
	      to);
}

/* A part's name may be a device's, which may hold any byte. */
static void write_part(FILE *to, const struct part *part)
{
	char name[64];

	snprintf(name, sizeof(name), "%s", part->name);
	fprintf(to, "%-22s %9zu  ", clean_text(name), part->size);
	print_clean(to, part->about, strlen(part->about));
	putc('\n', to);
}

static void write_manifest(FILE *to, const struct bundle *bundle)
{
	time_t now = time(NULL);
	struct utsname os;
	char started[40];
	struct tm utc;
	size_t i;

	uname(&os);
	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fprintf(to, "netmem-check %s, bundle of %s\n", NETMEM_VERSION, started);
	fprintf(to, "kernel %s %s, %s\n\n", os.release, os.version, os.machine);
	for (i = 0; i < bundle->parts.count; i++)
		write_part(to, &bundle->parts.items[i]);
	for (i = 0; i < bundle->absent.count; i++) {
		fputs(i ? "" : "\nNot there:\n", to);
		print_clean(to, bundle->absent.items[i],
			    strlen(bundle->absent.items[i]));
		putc('\n', to);
	}
	putc('\n', to);
	write_secrets(to, bundle);
}

/* The first file of the archive, and what is printed. */
static void add_manifest(struct bundle *bundle)
{
	struct parts *parts = &bundle->parts;
	struct part manifest;
	char *data = NULL;
	size_t size;
	FILE *to = open_memstream(&data, &size);

	if (!to) {
		fail(bundle, -ENOMEM);
		return;
	}
	write_manifest(to, bundle);
	if (fclose(to)) {
		fail(bundle, -ENOMEM);
		return;
	}
	fail(bundle, parts_add(parts, "MANIFEST", "what is in it", data, size));
	if (bundle->err)
		return;
	manifest = parts->items[parts->count - 1];
	memmove(&parts->items[1], &parts->items[0],
		(parts->count - 1) * sizeof(*parts->items));
	parts->items[0] = manifest;
}

/* ---- all of it ---- */

static void gather(struct bundle *bundle, const struct words *words)
{
	char why[256];
	size_t i;

	/* What was given can be bundled by anybody. */
	if (!missing_privileges(why, sizeof(why))) {
		add_probe(bundle);
	} else {
		add_absent(bundle, "probe.json: %s", why);
	}
	for (i = 1; i < words->count && !bundle->err && !interrupted; i++)
		add_given(bundle, words->items[i]);
	if (words->count == 1 && !interrupted)
		add_look(bundle, "audit", "a recording: all page pools");
	if (words->count == 1 && !interrupted)
		add_look(bundle, "holders",
			 "a recording: who has the pages that are out");
	if (!bundle->err && !interrupted)
		add_log(bundle);
	if (!bundle->err && !interrupted)
		add_all_ethtool(bundle);
	if (!bundle->err && !interrupted)
		add_manifest(bundle);
}

/* Returns @err; what an output fails with has its message. */
static int explain(const char *path, int err)
{
	if (err == -EINTR)
		pr_error("interrupted; '%s' was not written", path);
	else if (err == -EEXIST)
		pr_error("'%s' is there already; --force replaces it", path);
	else if (err == -ELIBACC)
		pr_error(
			"%s",
			parts_can_load() ?
				"libarchive is not installed; on Debian: apt install libarchive13" :
				"this static program loads no libarchive, which bundles need; use the packaged program");
	return err;
}

/* Only its owner may read it: there are addresses of kernel memory in it. */
static int write_bundle(struct bundle *bundle, const char *path)
{
	unsigned int force = bundle->options->force ? 0 : OUTPUT_NEW;
	struct output_file *file;
	int err;

	if (!interrupted && bundle->err) {
		pr_error("'%s' was not written: %s", path,
			 error_text(bundle->err));
		return bundle->err;
	}
	if (interrupted)
		return explain(path, -EINTR);
	file = output_file_open(path, OUTPUT_PRIVATE | force, &err);
	if (!file)
		return explain(path, err);
	err = parts_write(&bundle->parts, fileno(output_file_stream(file)),
			  &interrupted);
	if (interrupted)
		err = -EINTR;
	if (err == -EINTR || err == -ELIBACC)
		output_file_discard(file);
	else
		err = output_file_close(file, err);
	return explain(path, err);
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note_signal };
	size_t i;

	for (i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &action, NULL);
}

static bool is_there(const char *path)
{
	struct output_place place;

	return !output_place_find(path, &place) && place.exists &&
	       !place.direct;
}

static int run(void *options, const struct words *words)
{
	struct bundle bundle = { .options = options };
	int err;

	if (!words->count)
		return usage_error("name the archive");
	if (words->count == 1 && check_privileges())
		return EXIT_CANNOT;
	/* Rather now than after a minute of looking; it is asked again then. */
	if (!bundle.options->force && is_there(words->items[0])) {
		explain(words->items[0], -EEXIST);
		return EXIT_RUNTIME;
	}
	catch_signals();
	gather(&bundle, words);
	err = write_bundle(&bundle, words->items[0]);
	if (!err && !output_path_is_stdout(words->items[0]))
		fwrite(bundle.parts.items[0].data, 1,
		       bundle.parts.items[0].size, stdout);
	parts_clear(&bundle.parts);
	redaction_clear(&bundle.redaction);
	strings_clear(&bundle.devices);
	strings_clear(&bundle.absent);
	return err ? EXIT_RUNTIME : EXIT_PASS;
}

const struct command bundle_command = {
	.name = "bundle",
	.about = "what a bug report needs, in one tar archive",
	.arguments = "FILE.tar [RECORDING|REPORT.json]...",
	.word_use = WORDS_WRITE_READ,
	.text = "Write a tar archive for a bug report: what this kernel supports, the given recordings and JSON reports (without any, an audit and the holders of now), lines of the kernel log about page pools, and ethtool -i, -g and -k of the devices with pools, where ethtool is installed.",
	.more = "The file MANIFEST in it, which is printed as well, says what is in it, and what is not and why. IP and MAC addresses are taken out, each by a name of its own, so that recordings still replay and sockets can be told apart. The archive is written whole or not at all, and only its owner can read it.",
	.exits =
		"Exit status: 0 written, whatever the verdicts in it are, 2 usage, 4 no file given and not privileged to look, 5 runtime error (the archive is there already, a given file is no recording or report, or interrupted).",
	.examples = "  netmem-check bundle bug.tar\n"
		    "  netmem-check bundle bug.tar run.jsonl\n"
		    "  tar -xOf bug.tar netmem-check/MANIFEST",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct bundle_options),
	.run = run,
};
