// SPDX-License-Identifier: GPL-2.0
/* netmem-check report: renders a recording, the pinned state, or a store. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "user/cmd/commands.h"
#include "user/cmd/filtered.h"
#include "user/cmd/output.h"
#include "user/cmd/pins.h"
#include "user/cmd/refuse.h"
#include "user/collect/replay.h"
#include "user/history/history.h"
#include "user/kernel/symbols.h"
#include "user/report.h"
#include "user/util/util.h"

#define MIN_AGE_OF_WATCH UINT64_MAX
/* What is asked for is not there, and the message was given. */
#define NOT_THERE (-ENOKEY)
/* We may not look at it; the same. */
#define MAY_NOT (-EKEYREJECTED)

struct report_options {
	const struct report_format *format;
	struct strings devices;
	struct pool_filter filter;
	const char *json_path;
	struct strings expect;
	uint64_t min_age_ms;
	bool pinned;
	struct option_when from, to;
};

static const struct report_options defaults = {
	.format = report_formats,
	.min_age_ms = MIN_AGE_OF_WATCH,
};

static const struct option_row rows[] = {
	OPTION_ROW_DEVICES(struct report_options),
	OPTION_ROWS_FILTER(struct report_options),
	{ "pinned", 'p', OPTION_FLAG, ARGUMENT_NONE, NULL,
	  "Report what the pinned mode (netmem-check attach) has seen so far",
	  offsetof(struct report_options, pinned), NULL },
	{ "format", 'f', OPTION_FORMAT, ARGUMENT_NEEDED, "FORMAT",
	  "Format of the report", offsetof(struct report_options, format),
	  NULL },
	OPTION_ROW_EXPECT(struct report_options),
	OPTION_ROW_JSON(struct report_options),
	OPTION_ROW_MIN_AGE(struct report_options),
	OPTION_ROW_KSELFTEST,
	OPTION_ROW_BTF,
	{ "from", 0, OPTION_WHEN, ARGUMENT_NEEDED, "WHEN",
	  "Of a store: begin here", offsetof(struct report_options, from),
	  NULL },
	{ "to", 0, OPTION_WHEN, ARGUMENT_NEEDED, "WHEN", "Of a store: end here",
	  offsetof(struct report_options, to), NULL },
};

static int write_probe(const struct report_options *options,
		       const struct probe_fact *probe)
{
	const struct report_format *format = options->format;
	int err;

	if (!format->write_probe) {
		pr_error(
			"a probe is not a test and has no %s report; use text or json",
			format->name);
		return EXIT_USAGE;
	}
	err = output_probe(options->json_path, format, probe);
	return output_probe_exit_code(probe, err);
}

static int judge_and_write(const struct report_options *options,
			   struct session *session)
{
	struct verdict verdict = {};
	int code, err;

	session_finish(session);
	if (session_expect(session, &options->expect) ||
	    verdict_reach(session, &verdict)) {
		verdict_clear(&verdict);
		pr_error("out of memory");
		return EXIT_RUNTIME;
	}
	if (options->min_age_ms != MIN_AGE_OF_WATCH)
		session->min_age_ms = options->min_age_ms;
	err = output_report(options->json_path, options->format, session,
			    &verdict);
	kselftest_command(session);
	code = output_exit_code(verdict.code, err);
	verdict_clear(&verdict);
	return code;
}

/* Replays a recording, of which fewer pools may be judged. */
static int replay_filtered(const char *path,
			   const struct report_options *options,
			   struct session *session, char *why, size_t size)
{
	struct filtered filtered = { .devices = &options->devices,
				     .filter = options->filter };
	struct fact_sink sink = session_sink(session);
	char text[128];
	int err;

	if (!filtered_is_set(&filtered))
		return replay(path, sink, why, size);
	err = replay(path, filtered_learn(&filtered), why, size);
	if (!err && filtered_check(&filtered))
		err = NOT_THERE;
	if (!err)
		err = replay(path, filtered_sink(&filtered, sink), why, size);
	if (!err && filter_is_set(&options->filter) &&
	    !session_has_judged(session)) {
		pr_error("no judged %s in this recording",
			 filter_text(&options->filter, text, sizeof(text)));
		err = NOT_THERE;
	}
	filtered_clear(&filtered);
	return err;
}

/* The same of the pinned state. */
static int read_pinned(const struct report_options *options,
		       struct session *session, char *why, size_t size)
{
	const struct pinned_question question = { .devices = &options->devices,
						  .filter = options->filter };
	char text[128];
	int err;

	switch (check_devices(&options->devices)) {
	case EXIT_PASS:
		break;
	case EXIT_CANNOT:
		return MAY_NOT;
	default:
		return NOT_THERE;
	}
	err = pinned_session(session, &question, why, size);
	if (!err && filter_is_set(&options->filter) &&
	    !session_has_judged(session)) {
		pr_error("no %s here",
			 filter_text(&options->filter, text, sizeof(text)));
		err = NOT_THERE;
	}
	return err;
}

/* @path: a recording; NULL: the pinned state. */
static int report(const char *path, const struct report_options *options)
{
	struct session *session = session_new();
	char why[512] = "";
	int err, code;

	if (!session) {
		pr_error("out of memory");
		return EXIT_RUNTIME;
	}
	err = path ? replay_filtered(path, options, session, why, sizeof(why)) :
		     read_pinned(options, session, why, sizeof(why));
	if (err == NOT_THERE) {
		code = EXIT_USAGE;
	} else if (err == MAY_NOT) {
		code = EXIT_CANNOT;
	} else if (err) {
		pr_error("'%s': %s", path ? path : "pinned state", why);
		code = !path && (err == -EPERM || err == -ENODEV) ?
			       EXIT_CANNOT :
			       EXIT_RUNTIME;
	} else if (session->has_probe) {
		code = write_probe(options, &session->probe);
	} else {
		code = judge_and_write(options, session);
	}
	session_free(session);
	symbols_free();
	return code;
}

/* What chooses or judges pools anew is for events, which no store has. */
static int check_store_options(const struct report_options *options)
{
	if (options->devices.count || filter_is_set(&options->filter) ||
	    options->expect.count || options->min_age_ms != MIN_AGE_OF_WATCH)
		return usage_error(
			"a store is not judged anew: -i, --pool, --driver, --queue, --expect and --min-age are for recordings");
	if (options->from.given && options->to.given &&
	    options->from.seconds >= options->to.seconds)
		return usage_error("--from is not before --to");
	return EXIT_PASS;
}

static int report_store(const char *path, const struct report_options *options)
{
	const struct history_span span = {
		.has_from = options->from.given,
		.from = options->from.seconds,
		.has_to = options->to.given,
		.to = options->to.seconds,
	};
	int code = check_store_options(options), err;
	struct history history;
	char why[256];

	if (code)
		return code;
	err = history_read(&history, path, &span, why, sizeof(why));
	if (err) {
		pr_error("'%s': %s", path, why);
		code = err == -ENOENT && (span.has_from || span.has_to) ?
			       EXIT_USAGE :
			       EXIT_RUNTIME;
	} else {
		err = output_history(options->json_path, options->format,
				     &history);
		code = output_exit_code(history.code, err);
	}
	history_clear(&history);
	return code;
}

static int run(void *options, const struct words *words)
{
	struct report_options *asked = options;

	if (words->count > 1)
		return usage_error("one file at a time");
	if (!words->count && !asked->pinned)
		return usage_error(
			"name a recording or a store, or use --pinned");
	if (words->count && asked->pinned)
		return usage_error("a file or --pinned, not both");
	if (asked->json_path)
		asked->format = report_format("json");
	if (words->count && history_is_store(words->items[0]))
		return report_store(words->items[0], asked);
	if (asked->from.given || asked->to.given)
		return usage_error(
			"--from and --to are for the store of a monitor, whose samples have times");
	return report(words->count ? words->items[0] : NULL, asked);
}

const struct command report_command = {
	.name = "report",
	.about =
		"render a recording, the pinned state, or the store of a monitor",
	.arguments = "FILE\n--pinned",
	.word_use = WORDS_READ,
	.text = "Render a recording made with 'netmem-check run --record FILE', or the state of the pinned mode, and reach the verdict again; or the store of 'netmem-check monitor --store FILE', with the verdicts that the monitors reached. Recordings of audit, holders and probe are rendered like the output of these subcommands.",
	.more = "A recording is replayed through the same model that judged it live, so it gives the same verdict. A recording that is truncated, damaged or of another version is refused. Without --min-age the limit of the recorded watch applies. -i, --pool, --driver and --queue judge fewer pools than were judged then; a device is followed through its names, and NETNS in NETNS/DEV is a number as in the recording, or a name of this machine. --expect adds to what the recorded watch expected.\n\nA store may be read while its monitor writes. Its verdict is the worst of its epochs (attaches of the hooks), each of which has the verdict of its last run, and of earlier runs what no later one settles; one that was killed or still runs has none, which is INCONCLUSIVE, and so is a time without hooks. --from and --to choose epochs, and what of them is shown. WHEN is UTC unless it has a zone: 2026-11-30T12:00:00Z, 2026-11-30T13:00+01:00, '2026-11-30 12:00', 2026-11-30, now, or -TIME, so long ago. " OPTIONS_TIME_TEXT
		"\n\n" OPTIONS_EXPECT_TEXT,
	.exits =
		"Exit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this system (--pinned: not root, no bpffs; or the system of a recorded probe), 5 runtime error (no such file, bad recording or store, no pinned state).",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct report_options),
	.defaults = &defaults,
	.run = run,
};
