// SPDX-License-Identifier: GPL-2.0
/*
 * Command lines: TIME, PERCENT, EXPR and all other values. The input is a line a
 * word, and the first one is the subcommand.
 */
#include "tests/fuzz/fuzz.h"

#include <limits.h>

/* Its parser, without its exit() at an error */
#include "user/cmd/options.c"

#include "user/cmd/commands.h"

#define WORDS_MAX 64

static void check_value(const struct option_row *row, const char *target)
{
	const struct strings *list = (const void *)target;
	struct expectation expectation;
	char text[64];
	uint64_t ms;
	double share;
	size_t i;

	switch (row->type) {
	case OPTION_TIME:
		memcpy(&ms, target, sizeof(ms));
		format_time(ms, text, sizeof(text));
		break;
	case OPTION_PERCENT:
		memcpy(&share, target, sizeof(share));
		MUST(share == share);
		break;
	case OPTION_EXPECT:
		MUST(list->count <= EXPECT_MAX + WORDS_MAX);
		for (i = 0; i < list->count; i++)
			expect_parse(list->items[i], &expectation);
		break;
	default:
		break;
	}
}

/* What is taken for a time fits into nanoseconds. */
static void check_time(const char *word)
{
	uint64_t ms = 0;

	MUST(parse_time(word, &ms) || ms <= INT64_MAX / 1000000);
}

static void parse_words(const struct command *command, int argc, char **argv)
{
	struct argp_option *rows = argp_rows(command);
	struct argp argp = { .options = rows,
			     .parser = parse_option,
			     .args_doc = command->arguments,
			     .help_filter = filter_help };
	struct parse parse = { .command = command };
	char *words[WORDS_MAX + 2];
	size_t i;

	parse.words.items = words;
	parse.options = calloc(1, command->size ? command->size : 1);
	MUST(rows && parse.options);
	if (command->defaults)
		memcpy(parse.options, command->defaults, command->size);
	argp_parse(&argp, argc, argv,
		   ARGP_SILENT | (command->in_order ? ARGP_IN_ORDER : 0), NULL,
		   &parse);
	for (i = 0; i < command->row_count; i++)
		check_value(&command->rows[i],
			    parse.options + command->rows[i].target);
	free_options(command, parse.options);
	free(rows);
}

static const struct command *find_command(const char *name)
{
	const struct command *const *command;

	for (command = commands; *command; command++)
		if (!strcmp((*command)->name, name))
			return *command;
	return commands[(unsigned char)name[0] % (command - commands)];
}

/* "--version" ends the program. */
static bool ends(const char *word)
{
	return !strncmp(word, "--v", 3) ||
	       (word[0] == '-' && word[1] != '-' && strchr(word, 'V'));
}

/* Only such a word is refused before getopt sees it. */
static bool has_unclean(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!is_clean(argv[i]))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *at = text, *word;
	/* Room for words that are joined, which live as long as the program */
	char *argv[WORDS_MAX + 2], *given[WORDS_MAX + 2];
	const struct command *command;
	int argc = 0, count, i;

	MUST(text);
	size = strlen(text);
	while (argc < WORDS_MAX && (word = strsep(&at, "\n")))
		if (!ends(word))
			argv[argc++] = word;
	if (argc) {
		for (i = 0; i < argc; i++)
			check_time(argv[i]);
		command = find_command(argv[0]);
		argv[argc] = NULL;
		count = join_words(command, argc, argv);
		MUST(count >= 0 ||
		     (count == -EINVAL && has_unclean(argc, argv)));
		memcpy(given, argv, sizeof(argv));
		if (count >= 0)
			parse_words(command, count, argv);
		for (i = 0; i < (count < 0 ? argc : count); i++)
			if (given[i] < text || given[i] > text + size)
				free(given[i]);
	}
	free(text);
	return 0;
}
