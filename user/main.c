// SPDX-License-Identifier: GPL-2.0
/* netmem-check SUBCOMMAND: finds the subcommand and runs it. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/commands.h"
#include "user/judge/verdict.h"
#include "user/util/util.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

static void usage(FILE *to)
{
	const struct command *const *command;

	fputs("Usage: netmem-check SUBCOMMAND [OPTION...]\n"
	      "Validate the recycling of page_pool pages (netmem) in the running kernel.\n"
	      "\nSubcommands:\n",
	      to);
	for (command = commands; *command; command++)
		fprintf(to, "  %-10s %s\n", (*command)->name,
			(*command)->about);
	fputs("\n  -h, --help     this text; `help SUBCOMMAND` shows that of a subcommand\n"
	      "  -V, --version  the version\n"
	      "\nEnvironment: COLUMNS, the width of text reports and of the list of checks\n"
	      "(default: the terminal's); NO_COLOR, no colours.\n"
	      "\nExit status: 0 PASS, 1 FAIL, 2 usage, 3 INCONCLUSIVE, 4 cannot run on this\n"
	      "system, 5 runtime error.\n",
	      to);
}

/* For man pages and tests, which this table alone tells what there is. */
static void list_commands(void)
{
	const struct command *const *command;

	for (command = commands; *command; command++)
		printf("%s %s\n", (*command)->name, (*command)->about);
}

/* A report that nobody could read is no report; a finding stays one. */
static void check_stdout(int code, void *unused)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	pr_error("cannot write to standard output: %s", strerror(errno));
	_exit(code == EXIT_FAIL ? EXIT_FAIL : EXIT_RUNTIME);
}

static bool is_one_of(const char *word, const char *one, const char *other,
		      const char *third)
{
	return !strcmp(word, one) || !strcmp(word, other) ||
	       !strcmp(word, third);
}

static int run_command_line(int argc, char **argv)
{
	const struct command *const *command;

	for (command = commands; *command; command++)
		if (!strcmp(argv[0], (*command)->name))
			return command_run(*command, argc, argv);
	pr_error("no subcommand '%s'; see netmem-check --help", argv[0]);
	return EXIT_USAGE;
}

/* `help SUBCOMMAND` is `SUBCOMMAND --help`. */
static int help(char *subcommand)
{
	static char option[] = "--help";
	char *argv[] = { subcommand, option, NULL };

	return run_command_line(2, argv);
}

/*
 * What was started without standard files must not get a user's file as one of
 * them. The wrong way of opening keeps the error of who reads or writes it.
 */
static void open_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null",
			 fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_RUNTIME);
}

int main(int argc, char **argv)
{
	open_standard_files();
	files_limit_raise();
	argp_err_exit_status = EXIT_USAGE;
	on_exit(check_stdout, NULL);
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (is_one_of(argv[1], "--help", "-h", "help")) {
		if (argc > 2)
			return help(argv[2]);
		usage(stdout);
		return EXIT_PASS;
	}
	if (is_one_of(argv[1], "--version", "-V", "version")) {
		puts("netmem-check " NETMEM_VERSION);
		return EXIT_PASS;
	}
	if (!strcmp(argv[1], "--list-commands")) {
		list_commands();
		return EXIT_PASS;
	}
	return run_command_line(argc - 1, argv + 1);
}
