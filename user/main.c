// SPDX-License-Identifier: GPL-2.0
/* netmem-check SUBCOMMAND: the table of subcommands, and nothing else. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/util/util.h"
#include "user/judge/verdict.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *about;
} commands[] = {
	{ "run", cmd_run, "watch page pools under traffic, drain, judge" },
	{ "watch", cmd_watch, "like run, as a live screen" },
	{ "holders", cmd_holders,
	  "who has the pages that are out of their pools" },
	{ "audit", cmd_audit, "a snapshot of all page pools now" },
	{ "attach", cmd_attach, "start the pinned mode (no process stays)" },
	{ "detach", cmd_detach, "end the pinned mode and remove all of it" },
	{ "status", cmd_status, "what the pinned mode has seen so far" },
	{ "report", cmd_report, "render a recording or the pinned state" },
	{ "probe", cmd_probe, "what this kernel supports, what is blind" },
	{ "checks", cmd_checks, "list the checks, or explain one" },
};

static void usage(FILE *to)
{
	size_t i;

	fputs("Usage: netmem-check SUBCOMMAND [OPTION...]\n"
	      "Validate the recycling of page_pool pages (netmem) in the running kernel.\n"
	      "\nSubcommands:\n",
	      to);
	for (i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].about);
	fputs("\n  --help     this text; netmem-check SUBCOMMAND --help for one\n"
	      "  --version  the version\n"
	      "\nEnvironment: COLUMNS, the width of reports in text (60 to 100; else the\n"
	      "terminal's, or 80) and of the list of checks; NO_COLOR, no colours.\n"
	      "\nExit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this\n"
	      "system, 5 runtime error.\n",
	      to);
}

/* For man pages and tests, which this table alone tells what there is. */
static void list_commands(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(commands); i++)
		printf("%s %s\n", commands[i].name, commands[i].about);
}

/* A report that nobody could read is no report, whatever the verdict. */
static void check_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	complain("cannot write to standard output: %s", strerror(errno));
	_exit(EXIT_RUNTIME);
}

int main(int argc, char **argv)
{
	static char name[64]; /* stays in argv */
	size_t i;

	argp_err_exit_status = EXIT_USAGE;
	atexit(check_stdout);
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_PASS;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("netmem-check " NETMEM_VERSION);
		return EXIT_PASS;
	}
	if (!strcmp(argv[1], "--list-commands")) {
		list_commands();
		return EXIT_PASS;
	}
	for (i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "netmem-check %s", argv[1]);
		argv[1] = name;
		return commands[i].run(argc - 1, argv + 1);
	}
	complain("no subcommand '%s'; see netmem-check --help", argv[1]);
	return EXIT_USAGE;
}
