// SPDX-License-Identifier: GPL-2.0
/* netmem-check report: renders a recording, or the pinned state. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/commands.h"
#include "user/cmd/pins.h"
#include "user/facts/recording.h"
#include "user/report.h"
#include "user/util/util.h"

enum { KEY_MIN_AGE = 256 };

struct report_options {
	const char *path;
	const char *min_age; /* NULL: that of the watch */
	uint64_t min_age_ms;
	bool pinned;
	enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_KTAP } format;
};

static const struct argp_option options[] = {
	{ "pinned", 'p', NULL, 0,
	  "Report what the pinned mode (netmem-check attach) has seen so far",
	  0 },
	{ "format", 'f', "FORMAT", 0,
	  "text for people (default), json (stable, documented) or ktap", 0 },
	{ "min-age", KEY_MIN_AGE, "TIME", 0,
	  "Do not list pages and holders that are younger than this (default: as in the watch); the report counts them",
	  0 },
	{}
};

static const char doc[] =
	"Render a recording made with 'netmem-check run --record FILE', or the state of the pinned mode, and reach the verdict again. What audit, holders and probe recorded is rendered as they did.\v"
	"A recording is replayed through the same model that judged it live, so it gives the same verdict. A recording that is truncated, damaged or of another version is refused. "
	"TIME is a number with ms, s, m, h or d; without a unit, seconds.\n\n"
	"Exit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this system (--pinned: not root, no bpffs; or the system of a recorded probe), 5 runtime error (no such file, bad recording, no pinned state).";

static int parse_format(const char *name, struct report_options *to)
{
	static const char *const names[] = { "text", "json", "ktap" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name))
			continue;
		to->format = i;
		return 0;
	}
	return -EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct report_options *to = state->input;

	switch (key) {
	case 'p':
		to->pinned = true;
		return 0;
	case 'f':
		if (parse_format(arg, to))
			argp_error(state,
				   "no format '%s'; use text, json or ktap",
				   arg);
		return 0;
	case KEY_MIN_AGE:
		if (parse_time(arg, &to->min_age_ms))
			argp_error(
				state,
				"--min-age: '%s' is not a time; use 500ms, 10s, 5m or 2h",
				arg);
		to->min_age = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (to->path)
			argp_error(state, "one recording at a time");
		to->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!to->path && !to->pinned)
			argp_error(state, "name a recording, or use --pinned");
		if (to->path && to->pinned)
			argp_error(state, "a recording or --pinned, not both");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Takes the reference over. */
static int write_json(json_t *report)
{
	int err = 0;

	if (!report)
		return -ENOMEM;
	errno = 0;
	if (json_dumpf(report, stdout, JSON_INDENT(2)) ||
	    putchar('\n') == EOF || fflush(stdout))
		err = errno ? -errno : -EIO;
	json_decref(report);
	return err;
}

static int write_report(const struct report_options *options,
			const struct session *session,
			const struct verdict *verdict)
{
	switch (options->format) {
	case FORMAT_JSON:
		return write_json(report_json(session, verdict));
	case FORMAT_KTAP:
		return report_ktap(stdout, session, verdict);
	default:
		if (session_is_snapshot(session))
			return report_snapshot(stdout, session);
		return report_text(stdout, session, verdict);
	}
}

static int write_probe(const struct report_options *options, json_t *probe)
{
	json_t *copy;

	if (options->format != FORMAT_JSON)
		return report_probe(stdout, probe);
	copy = json_copy(probe);
	json_object_del(copy, "t");
	return write_json(copy);
}

static int judge_and_write(const struct report_options *options,
			   struct session *session)
{
	struct verdict verdict;
	int err, code;

	if (session->probe && options->format == FORMAT_KTAP) {
		complain(
			"a probe is no test, so it has no KTAP; use text or json");
		return EXIT_USAGE;
	}
	if (session->probe) {
		err = write_probe(options, session->probe);
		code = probe_can_run(session->probe) ? EXIT_PASS : EXIT_CANNOT;
	} else {
		session_finish(session);
		verdict_reach(session, &verdict);
		if (options->min_age)
			session->min_age_ms = options->min_age_ms;
		err = write_report(options, session, &verdict);
		code = verdict.code;
		verdict_clear(&verdict);
	}
	if (!err)
		return code;
	complain("cannot write the report: %s", error_text(err));
	return EXIT_RUNTIME;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp argp = { .options = options,
					  .parser = parse_option,
					  .args_doc = "FILE\n--pinned",
					  .doc = doc };
	struct report_options chosen = {};
	struct session *session;
	char why[512] = "";
	int err, code;

	if (argp_parse(&argp, argc, argv, 0, NULL, &chosen))
		return EXIT_USAGE;
	session = session_new();
	if (!session) {
		complain("out of memory");
		return EXIT_RUNTIME;
	}
	err = chosen.pinned ? pinned_session(session, why, sizeof(why)) :
			      replay(chosen.path, session, why, sizeof(why));
	if (err) {
		complain("'%s': %s",
			 chosen.pinned ? "pinned state" : chosen.path, why);
		code = chosen.pinned && (err == -EPERM || err == -ENODEV) ?
			       EXIT_CANNOT :
			       EXIT_RUNTIME;
	} else {
		code = judge_and_write(&chosen, session);
	}
	session_free(session);
	return code;
}
