/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command lines: one row an option. From the rows come the parser, --help, the
 * man pages and the completion of shells; nothing else knows an option's name.
 */
#ifndef NETMEM_OPTIONS_H
#define NETMEM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/facts/filter.h"
#include "user/util/strings.h"

/* Of -i on one command line. */
#define DEVICES_MAX 64
/* Of --expect. */
#define EXPECT_MAX 64

/* What a row's target is in the command's struct, and how it is read. */
enum option_type {
	OPTION_FLAG, /* bool */
	OPTION_TEXT, /* const char * */
	OPTION_OUTPUT, /* const char *: a path; "-" without an argument */
	OPTION_CHOICE, /* const char *: one of the row's words */
	OPTION_FORMAT, /* const struct report_format *: by its name */
	OPTION_DEVICES, /* struct strings: a device a time */
	OPTION_EXPECT, /* struct strings: an expectation a time */
	OPTION_TIME, /* uint64_t: milliseconds */
	OPTION_PERCENT, /* double: 0 to 1 */
	OPTION_NUMBER, /* uint64_t, not 0: decimal, or 0x... */
	OPTION_QUEUE, /* struct filter_queue */
	OPTION_KSELFTEST, /* no member: of the exit code, whatever gives it */
	OPTION_BTF, /* no member: of the whole process (kernel_btf_use()) */
	OPTION_WHEN, /* struct option_when: a point in time */
};

struct option_when {
	bool given;
	int64_t seconds; /* since 1970 */
};

enum option_argument {
	ARGUMENT_NONE,
	ARGUMENT_NEEDED, /* --name=ARG or --name ARG */
	ARGUMENT_OPTIONAL, /* --name or --name=ARG */
	ARGUMENT_WORD, /* the same, and --name ARG where ARG is no option */
};

struct option_row {
	const char *name;
	char letter; /* 0: none */
	enum option_type type;
	enum option_argument argument;
	const char *shown; /* "DEV" in --help */
	const char *help;
	size_t target;
	const char *words; /* choices, for the check and for completion */
};

/* The command's struct has the members that these name. */
#define OPTION_ROW_DEVICES(type)                                                                                                                                                        \
	{                                                                                                                                                                               \
		"interface", 'i', OPTION_DEVICES, ARGUMENT_NEEDED, "DEV",                                                                                                               \
			"Judge the pools of this device only (may be given again); NETNS/DEV: of one in another network namespace, given by its name, its number or that of a process", \
			offsetof(type, devices), NULL                                                                                                                                   \
	}
/* Of the pools that -i leaves, those that have all that is asked for. */
#define OPTION_ROWS_FILTER(type)                                     \
	{ "pool",                                                    \
	  0,                                                         \
	  OPTION_NUMBER,                                             \
	  ARGUMENT_NEEDED,                                           \
	  "ID",                                                      \
	  "Judge this pool only: its number as in the kernel's "     \
	  "\"stalled pool shutdown: id ID\", or its address",        \
	  offsetof(type, filter.pool),                               \
	  NULL },                                                    \
		{ "driver",                                          \
		  0,                                                 \
		  OPTION_TEXT,                                       \
		  ARGUMENT_NEEDED,                                   \
		  "NAME",                                            \
		  "Judge the pools of this driver only, or of this " \
		  "kind of net device (veth)",                       \
		  offsetof(type, filter.driver),                     \
		  NULL },                                            \
	{                                                            \
		"queue", 0, OPTION_QUEUE, ARGUMENT_NEEDED, "N",      \
			"Judge the pools of receive queue N only",   \
			offsetof(type, filter.queue), NULL           \
	}
#define OPTION_ROW_EXPECT(type)                                                                                       \
	{                                                                                                             \
		"expect", 0, OPTION_EXPECT, ARGUMENT_NEEDED, "EXPR",                                                  \
			"Fail unless this holds, for example 'recycled>=95%' or 'eth0:out<=64' (may be given again)", \
			offsetof(type, expect), NULL                                                                  \
	}
#define OPTION_ROW_LOWER(type)                                                               \
	{                                                                                    \
		"lower", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,                                \
			"With -i: judge the pools of the devices below as well: ports of a " \
			"bridge, bond or team, what a vlan, macvlan or ipvlan is on",        \
			offsetof(type, lower), NULL                                          \
	}
#define OPTION_ROW_MIN_AGE(type)                                                                            \
	{                                                                                                   \
		"min-age", 0, OPTION_TIME, ARGUMENT_NEEDED, "TIME",                                         \
			"Do not list pages and holders that are younger than this; the report counts them", \
			offsetof(type, min_age_ms), NULL                                                    \
	}
#define OPTION_ROW_JSON(type)                                                               \
	{                                                                                   \
		"json", 'j', OPTION_OUTPUT, ARGUMENT_OPTIONAL, "FILE",                      \
			"Write JSON (without a file: to standard output, instead of text)", \
			offsetof(type, json_path), NULL                                     \
	}
/* run, watch and holders always took `--json FILE` as well. */
#define OPTION_ROW_JSON_WORD(type)                                                          \
	{                                                                                   \
		"json", 0, OPTION_OUTPUT, ARGUMENT_WORD, "FILE",                            \
			"Write JSON (without a file: to standard output, instead of text)", \
			offsetof(type, json_path), NULL                                     \
	}
#define OPTION_ROWS_KICK(type)                                                        \
	{ "kick",                                                                     \
	  0,                                                                          \
	  OPTION_FLAG,                                                                \
	  ARGUMENT_NONE,                                                              \
	  NULL,                                                                       \
	  "Before looking for pages of stalled pools, free the packets that wait on " \
	  "idle CPUs (by a datagram on each)",                                        \
	  offsetof(type, kick),                                                       \
	  NULL },                                                                     \
	{                                                                             \
		"nudge", 0, OPTION_FLAG, ARGUMENT_NONE, NULL,                         \
			"The same as --kick, by its older name",                      \
			offsetof(type, kick), NULL                                    \
	}
#define OPTION_ROW_NO_FREE_HOOK(type)                                                               \
	{                                                                                           \
		"no-free-hook", 'n', OPTION_FLAG, ARGUMENT_NONE, NULL,                              \
			"Cheaper: do not hook the page allocator's free path; freed_while_held is " \
			"then blind",                                                               \
			offsetof(type, no_free_hook), NULL                                          \
	}

#define OPTION_ROW_RECORD(type)                                                             \
	{                                                                                   \
		"record", 0, OPTION_OUTPUT, ARGUMENT_NEEDED, "FILE",                        \
			"Record what is seen, for netmem-check report FILE on any machine", \
			offsetof(type, record_path), NULL                                   \
	}

/* Of all that give a verdict. */
#define OPTION_ROW_KSELFTEST                                                    \
	{                                                                       \
		"kselftest", 0, OPTION_KSELFTEST, ARGUMENT_OPTIONAL, "HOW",     \
			"Exit status of a kernel selftest: 0 PASS, 4 skip "     \
			"(INCONCLUSIVE, or it cannot run here), 1 all others, " \
			"also usage; HOW=fail: INCONCLUSIVE is 1",              \
			0, "skip fail"                                          \
	}

/* Of all that load programs. */
#define OPTION_ROW_BTF                                                                                               \
	{                                                                                                            \
		"btf", 0, OPTION_BTF, ARGUMENT_NEEDED, "FILE",                                                       \
			"The types of the running kernel, where it does not show them itself: BTF, or ELF with BTF", \
			0, NULL                                                                                      \
	}

#define OPTIONS_TIME_TEXT \
	"TIME is a number with ms, s, m, h or d; without a unit, seconds. The longest is 100000d."
#define OPTIONS_EXPECT_TEXT \
	"EXPR is [POOL:]NAME OP NUMBER[%]. NAME: recycled, coverage (percentages), events, findings, out, pools, allocations, entered, fast, refill, slow. OP: >= <= > < ==. POOL: a device, or DEVICE/QUEUE."
#define OPTIONS_OUTPUT_TEXT \
	"Outputs: '-' and /dev/stdout are standard output, which text for people leaves alone then. A regular FILE is there when it is whole, so that an old one survives whatever fails (a recording is FILE.partial-XXXXXX until then); pipes and devices are written directly. Each output is written even if another cannot be, which gives exit status 5, unless the verdict is FAIL."
#define OPTIONS_EXIT_TEXT \
	"Exit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this system, 5 runtime error."

/* The words behind the options. */
struct words {
	char **items; /* of argv */
	size_t count;
};

/* What the words of a command line are. */
enum word_use {
	WORDS_NO_FILES,
	WORDS_READ, /* files that it reads */
	WORDS_WRITE_READ, /* the first is written, the others are read */
};

/*
 * A subcommand. @options is its own struct, zeroed but for @defaults, then
 * filled from its rows. @run returns an enum exit_code.
 */
struct command {
	const char *name, *about; /* about: a line in the list of subcommands */
	const char *arguments; /* "[-- CMD...]", NULL: takes no words */
	bool in_order; /* the first word ends the options */
	const char *first_words; /* what the first word may be, for completion */
	enum word_use word_use;
	const char *text; /* what it does */
	const char *more; /* below the options; may be NULL */
	const char *exits; /* NULL: OPTIONS_EXIT_TEXT */
	const char *examples; /* lines, indented; may be NULL */
	const struct option_row *rows;
	size_t row_count;
	size_t size; /* of its struct */
	const void *defaults; /* of its struct; NULL: all zero */
	int (*run)(void *options, const struct words *words);
};

/*
 * Parses the command line of a subcommand (argv[0] is its name) and runs it.
 * Errors of usage exit with EXIT_USAGE and a message.
 */
int command_run(const struct command *command, int argc, char **argv);

struct session;

/*
 * For the exit status with --kselftest, before a command returns: what became of
 * the watched command, and that it was stopped before its end.
 */
void kselftest_command(const struct session *session);
void kselftest_command_failed(void);

/* "text, json or ktap"; or what they are for: "text (...), json (...) or ...". */
const char *format_names(char *text, size_t size, bool about);

/*
 * For run(): "netmem-check NAME: MESSAGE" and where help is. Returns
 * EXIT_USAGE.
 */
int __attribute__((format(printf, 1, 2))) usage_error(const char *format, ...);

#endif
