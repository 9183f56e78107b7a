// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/cmd/options.h"
#include "user/cmd/output.h"
#include "user/kernel/kernel_btf.h"
#include "user/kernel/probe.h"
#include "user/report.h"
#include "user/util/util.h"
#include "user/util/when.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

#define USAGE_KEY 0xfff
#define ROW_KEY 0x1000 /* argp's key of the first row without a letter */

/* A command line while it is parsed. */
struct parse {
	const struct command *command;
	char *options; /* the command's struct */
	struct words words;
};

/* ---- exit codes of a selftest: 2 and 3 would be expected failures ---- */

static struct {
	bool on, inconclusive_fails;
	bool command_failed, command_skipped;
} kselftest;

void kselftest_command_failed(void)
{
	kselftest.command_failed = true;
}

void kselftest_command(const struct session *session)
{
	kselftest.command_skipped = session_command_skipped(session);
	kselftest.command_failed |= session->workload_failed &&
				    !kselftest.command_skipped;
}

/* Also of errors of usage that getopt finds later. */
static void kselftest_choose(const char *how)
{
	kselftest.on = true;
	kselftest.inconclusive_fails = !strcmp(how, "fail");
	argp_err_exit_status = EXIT_FAIL;
	if (kselftest.inconclusive_fails)
		report_tap_strict();
}

/* Those that stand before it, too. */
static void kselftest_look_for(const struct command *command, char **argv)
{
	static const char option[] = "--kselftest";
	size_t i;

	for (i = 0; i < command->row_count; i++)
		if (command->rows[i].type == OPTION_KSELFTEST)
			break;
	if (i == command->row_count)
		return;
	for (argv++; *argv && strcmp(*argv, "--"); argv++)
		if (!strncmp(*argv, option, strlen(option)))
			kselftest_choose("skip");
}

static int kselftest_code(int code)
{
	if (!kselftest.on)
		return code;
	if (kselftest.command_failed)
		return EXIT_FAIL;
	if (code == EXIT_PASS || code == EXIT_CANNOT)
		return code;
	if (code == EXIT_INCONCLUSIVE &&
	    (kselftest.command_skipped || !kselftest.inconclusive_fails))
		return EXIT_CANNOT;
	return EXIT_FAIL;
}

/* ---- one option ---- */

/* argp_error() of any word: ends the program. */
static void __attribute__((format(printf, 2, 3)))
refuse(const struct argp_state *state, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	argp_error(state, "%s", clean_text(text));
}

/* "a, b or c" of "a b c", for a message. */
static const char *list_words(const char *words, char *text, size_t size)
{
	size_t at = 0, length;

	text[0] = 0;
	for (; *words && at < size; words += strspn(words, " ")) {
		length = strcspn(words, " ");
		at += snprintf(text + at, size - at, "%s%.*s",
			       !at	     ? "" :
			       words[length] ? ", " :
					       " or ",
			       (int)length, words);
		words += length;
	}
	return text;
}

static void set_choice(struct argp_state *state, const struct option_row *row,
		       const char *arg, const char **target)
{
	size_t length = strlen(arg), word;
	const char *at = row->words;
	char text[128];

	for (; *at; at += strspn(at, " ")) {
		word = strcspn(at, " ");
		if (word == length && !strncmp(at, arg, length)) {
			*target = arg;
			return;
		}
		at += word;
	}
	refuse(state, "--%s: '%s' is not %s", row->name, arg,
	       list_words(row->words, text, sizeof(text)));
}

const char *format_names(char *text, size_t size, bool about)
{
	const struct report_format *format;
	size_t at = 0;

	text[0] = 0;
	for (format = report_formats; format->name && at < size; format++) {
		at += snprintf(text + at, size - at, "%s%s",
			       format == report_formats ? "" :
			       format[1].name		? ", " :
							  " or ",
			       format->name);
		if (about && at < size)
			at += snprintf(
				text + at, size - at, " (%s%s)", format->about,
				format == report_formats ? "; default" : "");
	}
	return text;
}

static void set_format(struct argp_state *state, const char *arg,
		       const struct report_format **target)
{
	char names[128];

	*target = report_format(arg);
	if (!*target)
		refuse(state, "unknown format '%s'; use %s", arg,
		       format_names(names, sizeof(names), false));
}

static void set_time(struct argp_state *state, const struct option_row *row,
		     const char *arg, uint64_t *target)
{
	int err = parse_time(arg, target);

	if (err == -ERANGE)
		refuse(state, "--%s: '%s' is more than %d days", row->name, arg,
		       TIME_MAX_DAYS);
	else if (err)
		refuse(state,
		       "--%s: '%s' is not a time (examples: 500ms, 10s, 5m)",
		       row->name, arg);
}

static void set_percent(struct argp_state *state, const struct option_row *row,
			const char *arg, double *target)
{
	char *end;
	double percent = strtod(arg, &end);

	if (end == arg || *end || !(percent >= 0 && percent <= 100))
		refuse(state, "--%s: '%s' is not a percentage (0 to 100)",
		       row->name, arg);
	*target = percent / 100;
}

static void set_number(struct argp_state *state, const struct option_row *row,
		       const char *arg, uint64_t *target)
{
	char *end;

	errno = 0;
	*target = strtoull(arg, &end, 0);
	if (end == arg || *end || *arg == '-' || errno || !*target)
		refuse(state,
		       "--%s: '%s' is neither a pool's number nor an address",
		       row->name, arg);
}

static void set_queue(struct argp_state *state, const struct option_row *row,
		      const char *arg, struct filter_queue *target)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(arg, &end, 10);
	if (end == arg || *end || *arg == '-' || errno || number > UINT16_MAX)
		refuse(state, "--%s: '%s' is not the number of a queue",
		       row->name, arg);
	*target = (struct filter_queue){ true, number };
}

static void set_when(struct argp_state *state, const struct option_row *row,
		     const char *arg, struct option_when *target)
{
	target->given = true;
	if (when_parse(arg, time(NULL), &target->seconds))
		refuse(state,
		       "--%s: '%s' is not a point in time (examples: 2026-11-30T12:00:00Z, '2026-11-30 12:00', -2h, now)",
		       row->name, arg);
}

static void add_device(struct argp_state *state, const char *arg,
		       struct strings *target)
{
	if (target->count == DEVICES_MAX)
		refuse(state, "more than %d devices", DEVICES_MAX);
	if (strings_add(target, arg))
		argp_failure(state, EXIT_RUNTIME, ENOMEM, "'%s'", arg);
}

/* "recycled, coverage, ... or slow" */
static const char *list_expect_names(char *text, size_t size)
{
	size_t at = 0;
	int name;

	for (name = 0; name < EXPECT_COUNT && at < size; name++)
		at += snprintf(text + at, size - at, "%s%s",
			       !name		       ? "" :
			       name + 1 < EXPECT_COUNT ? ", " :
							 " or ",
			       expect_name(name));
	return text;
}

static void add_expectation(struct argp_state *state, const char *arg,
			    struct strings *target)
{
	struct expectation read;
	char names[256];

	switch (expect_parse(arg, &read)) {
	case EXPECT_ERROR_NONE:
		break;
	case EXPECT_ERROR_NAME:
		refuse(state, "--expect: '%s' does not begin with %s", arg,
		       list_expect_names(names, sizeof(names)));
		break;
	case EXPECT_ERROR_OP:
		refuse(state, "--expect: '%s' has none of >=, <=, ==, > and <",
		       arg);
		break;
	case EXPECT_ERROR_NUMBER:
		refuse(state, "--expect: '%s' does not end with a number", arg);
		break;
	case EXPECT_ERROR_PERCENT:
		refuse(state,
		       "--expect: '%s': recycled and coverage are percentages (0 to 100), all others counts",
		       arg);
		break;
	case EXPECT_ERROR_POOL:
		refuse(state,
		       "--expect: '%s': before ':' stands a device or DEVICE/QUEUE, and findings are of no single one",
		       arg);
		break;
	}
	if (target->count == EXPECT_MAX)
		refuse(state, "more than %d expectations", EXPECT_MAX);
	if (strings_add(target, arg))
		argp_failure(state, EXIT_RUNTIME, ENOMEM, "'%s'", arg);
}

static void set_kselftest(struct argp_state *state,
			  const struct option_row *row, const char *arg)
{
	const char *how = "skip";

	if (arg)
		set_choice(state, row, arg, &how);
	kselftest_choose(how);
}

static void set_option(struct argp_state *state, const struct option_row *row,
		       const char *arg, void *target)
{
	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)target = true;
		break;
	case OPTION_TEXT:
		*(const char **)target = arg;
		break;
	case OPTION_OUTPUT:
		*(const char **)target = arg ? arg : "-";
		break;
	case OPTION_CHOICE:
		set_choice(state, row, arg, target);
		break;
	case OPTION_FORMAT:
		set_format(state, arg, target);
		break;
	case OPTION_DEVICES:
		add_device(state, arg, target);
		break;
	case OPTION_EXPECT:
		add_expectation(state, arg, target);
		break;
	case OPTION_TIME:
		set_time(state, row, arg, target);
		break;
	case OPTION_PERCENT:
		set_percent(state, row, arg, target);
		break;
	case OPTION_NUMBER:
		set_number(state, row, arg, target);
		break;
	case OPTION_QUEUE:
		set_queue(state, row, arg, target);
		break;
	case OPTION_KSELFTEST:
		set_kselftest(state, row, arg);
		break;
	case OPTION_BTF:
		kernel_btf_use(arg);
		break;
	case OPTION_WHEN:
		set_when(state, row, arg, target);
		break;
	}
}

/* ---- all of them, by argp ---- */

static int row_key(const struct command *command, size_t i)
{
	return command->rows[i].letter ? command->rows[i].letter :
					 ROW_KEY + (int)i;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	const struct command *command = parse->command;
	size_t i;

	for (i = 0; i < command->row_count; i++) {
		if (row_key(command, i) != key)
			continue;
		set_option(state, &command->rows[i], arg,
			   parse->options + command->rows[i].target);
		return 0;
	}
	switch (key) {
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case USAGE_KEY:
		argp_state_help(state, stdout,
				ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		break;
	case 'V':
		puts("netmem-check " NETMEM_VERSION);
		exit(EXIT_PASS);
	case ARGP_KEY_ARG:
		if (!command->arguments)
			refuse(state, "'%s' is not an option", arg);
		if (!command->in_order) {
			parse->words.items[parse->words.count++] = arg;
			break;
		}
		parse->words.items = &state->argv[state->next - 1];
		parse->words.count = state->argc - state->next + 1;
		state->next = state->argc;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* argp's rows from ours; the list ends with an empty one. NULL: no memory. */
static struct argp_option *argp_rows(const struct command *command)
{
	static const struct argp_option common[] = {
		{ "help", 'h', NULL, 0, "This text", -1 },
		{ "usage", USAGE_KEY, NULL, 0, "A short text", -1 },
		{ "version", 'V', NULL, 0, "The version", -1 },
	};
	struct argp_option *rows;
	size_t i;

	rows = calloc(command->row_count + ARRAY_LEN(common) + 1,
		      sizeof(*rows));
	if (!rows)
		return NULL;
	for (i = 0; i < command->row_count; i++) {
		const struct option_row *row = &command->rows[i];

		rows[i] = (struct argp_option){
			.name = row->name,
			.key = row_key(command, i),
			.arg = row->argument ? row->shown : NULL,
			.flags = row->argument > ARGUMENT_NEEDED ?
					 OPTION_ARG_OPTIONAL :
					 0,
			.doc = row->help,
		};
	}
	memcpy(rows + i, common, sizeof(common));
	return rows;
}

/* The help of formats is in their table. */
static char *filter_help(int key, const char *text, void *input)
{
	const struct parse *parse = input;
	char formats[256], *help;
	size_t i;

	for (i = 0; parse && i < parse->command->row_count; i++)
		if (row_key(parse->command, i) == key &&
		    parse->command->rows[i].type == OPTION_FORMAT &&
		    asprintf(&help, "%s: %s", text,
			     format_names(formats, sizeof(formats), true)) > 0)
			return help;
	return (char *)text;
}

static bool has_outputs(const struct command *command)
{
	size_t i;

	for (i = 0; i < command->row_count; i++)
		if (command->rows[i].type == OPTION_OUTPUT)
			return true;
	return false;
}

/* What --help says: what it does, "\v", then what is below the options. */
static char *help_text(const struct command *command)
{
	const char *exits = command->exits ? command->exits : OPTIONS_EXIT_TEXT;
	char *text;

	if (asprintf(&text, "%s\v%s%s%s%s%s%s", command->text,
		     command->more ? command->more : "",
		     command->more ? "\n\n" : "",
		     has_outputs(command) ? OPTIONS_OUTPUT_TEXT "\n\n" : "",
		     exits, command->examples ? "\n\nExamples:\n" : "",
		     command->examples ? command->examples : "") < 0)
		return NULL;
	return text;
}

/* ---- a usage error ---- */

static const char *command_name; /* of the one that runs, for usage_error() */

int usage_error(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "netmem-check %s: %s", command_name, clean_text(text));
	fprintf(stderr,
		"\nTry `netmem-check %s --help' for more information.\n",
		command_name);
	return EXIT_USAGE;
}

/* ---- words that getopt would print as they are ---- */

/* getopt takes a name's beginning too. */
static bool begins_a_name(const struct command *command, const char *word)
{
	size_t i, length = strcspn(word, "=");

	for (i = 0; i < command->row_count; i++)
		if (!strncmp(command->rows[i].name, word, length))
			return true;
	return false;
}

/* Letters without an argument, and one with it, which may be any text. */
static bool are_letters(const struct command *command, const char *word)
{
	size_t i;

	for (; *word; word++) {
		for (i = 0; i < command->row_count; i++)
			if (command->rows[i].letter == *word)
				break;
		if (i == command->row_count)
			return false;
		if (command->rows[i].argument)
			return true;
	}
	return true;
}

/*
 * getopt's messages hold the word that they are about. One of ours is told here
 * for a word that is no option and no clean text. Returns whether there is one.
 */
static bool refuse_unclean(const struct command *command, const char *word)
{
	if (is_clean(word) ||
	    (word[1] == '-' ? begins_a_name(command, word + 2) :
			      are_letters(command, word + 1)))
		return false;
	usage_error("unrecognized option '%s'", word);
	return true;
}

/* ---- `--json FILE` ---- */

static const struct option_row *find_row(const struct command *command,
					 const char *word)
{
	size_t i;

	if (word[0] != '-')
		return NULL;
	for (i = 0; i < command->row_count; i++) {
		const struct option_row *row = &command->rows[i];

		if ((word[1] == '-' && !strcmp(word + 2, row->name)) ||
		    (row->letter && word[1] == row->letter && !word[2]))
			return row;
	}
	return NULL;
}

/*
 * getopt takes no word of its own for an argument that may be missing: where a
 * row wants it, `--json FILE` becomes `--json=FILE`. Changes argv; returns the
 * new argc, -ENOMEM, or -EINVAL after a message. Joined words live as long as the
 * program.
 */
static int join_words(const struct command *command, int argc, char **argv)
{
	const struct option_row *row;
	int i, to = 1;
	bool options = true;

	for (i = 1; i < argc; i++) {
		row = options ? find_row(command, argv[i]) : NULL;
		if (!strcmp(argv[i], "--") ||
		    (command->in_order && argv[i][0] != '-'))
			options = false;
		if (options && !row && argv[i][0] == '-' &&
		    refuse_unclean(command, argv[i]))
			return -EINVAL;
		argv[to++] = argv[i];
		if (!row || i + 1 == argc)
			continue;
		if (row->argument == ARGUMENT_NEEDED)
			argv[to++] = argv[++i];
		else if (row->argument == ARGUMENT_WORD &&
			 (argv[i + 1][0] != '-' || !argv[i + 1][1]) &&
			 asprintf(&argv[to - 1], "--%s=%s", row->name,
				  argv[++i]) < 0)
			return -ENOMEM;
	}
	argv[to] = NULL;
	return to;
}

/* ---- the command ---- */

/* The members that point to memory. */
static void free_options(const struct command *command, char *options)
{
	size_t i;

	for (i = 0; options && i < command->row_count; i++)
		if (command->rows[i].type == OPTION_DEVICES ||
		    command->rows[i].type == OPTION_EXPECT)
			strings_clear(
				(void *)(options + command->rows[i].target));
	free(options);
}

/* Returns an enum exit_code. */
static int check_btf(void)
{
	int err = kernel_btf_check();

	if (!err)
		return EXIT_PASS;
	return err == -EOPNOTSUPP ? EXIT_CANNOT : EXIT_RUNTIME;
}

static int parse_and_run(const struct command *command, int argc, char **argv,
			 struct argp_option *rows, char *help)
{
	struct argp argp = { .options = rows,
			     .parser = parse_option,
			     .args_doc = command->arguments,
			     .doc = help,
			     .help_filter = filter_help };
	struct parse parse = { .command = command };
	char *words[argc + 1];
	int code = EXIT_RUNTIME;

	parse.words.items = words;
	parse.options = calloc(1, command->size ? command->size : 1);
	if (!parse.options) {
		pr_error("out of memory");
	} else {
		if (command->defaults)
			memcpy(parse.options, command->defaults, command->size);
		argp_parse(&argp, argc, argv,
			   ARGP_NO_HELP |
				   (command->in_order ? ARGP_IN_ORDER : 0),
			   NULL, &parse);
		code = outputs_check(command, parse.options, &parse.words);
		if (!code)
			code = check_btf();
		if (!code)
			code = command->run(parse.options, &parse.words);
	}
	free_options(command, parse.options);
	return code;
}

int command_run(const struct command *command, int argc, char **argv)
{
	struct argp_option *rows = argp_rows(command);
	char *help = help_text(command), name[64];
	int code;

	command_name = command->name;
	libbpf_quiet();
	kselftest_look_for(command, argv);
	snprintf(name, sizeof(name), "netmem-check %s", command->name);
	argv[0] = name;
	argc = join_words(command, argc, argv);
	if (argc == -EINVAL) {
		code = EXIT_USAGE;
	} else if (argc < 0 || !rows || !help) {
		pr_error("out of memory");
		code = EXIT_RUNTIME;
	} else {
		code = parse_and_run(command, argc, argv, rows, help);
	}
	free(rows);
	free(help);
	return kselftest_code(code);
}
