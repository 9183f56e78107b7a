// SPDX-License-Identifier: GPL-2.0
/* Completion for bash and zsh, made from the rows of all subcommands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/completion.h"
#include "user/report.h"

/* What completes a row's argument: words, or one of the script's functions. */
static void print_words(const struct option_row *row)
{
	const struct report_format *format;

	switch (row->type) {
	case OPTION_FORMAT:
		for (format = report_formats; format->name; format++)
			printf("%s ", format->name);
		break;
	case OPTION_DEVICES:
		fputs("@devices", stdout);
		break;
	case OPTION_OUTPUT:
	case OPTION_BTF:
		fputs("@files", stdout);
		break;
	default:
		fputs(row->words ? row->words : "", stdout);
	}
}

/* "run --for=" lines of a case: each option, and what may follow it. */
static void print_bash_options(const struct command *command)
{
	const struct option_row *row;
	size_t i;

	printf("\t%s) printf '%%s\\n' --help --version", command->name);
	if (command->first_words)
		printf(" %s", command->first_words);
	for (i = 0; i < command->row_count; i++) {
		row = &command->rows[i];
		printf(" --%s%s", row->name,
		       row->argument > ARGUMENT_NONE ? "=" : "");
	}
	puts(" ;;");
}

static void print_bash_arguments(const struct command *command)
{
	const struct option_row *row;
	size_t i;

	for (i = 0; i < command->row_count; i++) {
		row = &command->rows[i];
		if (row->argument == ARGUMENT_NONE)
			continue;
		printf("\t%s:--%s", command->name, row->name);
		if (row->letter)
			printf(" | %s:-%c", command->name, row->letter);
		fputs(") echo '", stdout);
		print_words(row);
		puts("' ;;");
	}
}

static void print_bash(const struct command *const *commands, size_t count)
{
	size_t i;

	puts("# bash completion of netmem-check; made by `netmem-check completion bash`\n"
	     "_netmem_check_options() {\n\tcase $1 in");
	for (i = 0; i < count; i++)
		print_bash_options(commands[i]);
	puts("\tesac\n}\n\n"
	     "# What may follow an option: words, @devices or @files\n"
	     "_netmem_check_argument() {\n\tcase $1:$2 in");
	for (i = 0; i < count; i++)
		print_bash_arguments(commands[i]);
	puts("\tesac\n}\n\n"
	     "_netmem_check_words() {\n"
	     "\tcase $1 in\n"
	     "\t@devices) ls /sys/class/net ;;\n"
	     "\t@files) compgen -f -- \"$2\" ;;\n"
	     "\t*) printf '%s\\n' $1 ;;\n"
	     "\tesac\n"
	     "}\n");
	fputs("_netmem_check() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\twords='",
	      stdout);
	for (i = 0; i < count; i++)
		printf("%s ", commands[i]->name);
	fputs("help --help --version'\n"
	      "\telse\n"
	      "\t\t# readline takes `=` for a word of its own\n"
	      "\t\t[ \"$word\" != = ] || word=\n"
	      "\t\t[ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "\t\t[ \"${COMP_WORDS[COMP_CWORD]}\" != = ] || before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\t\twords=$(_netmem_check_argument \"${COMP_WORDS[1]}\" \"$before\")\n"
	      "\t\tif [ \"$words\" ]; then\n"
	      "\t\t\twords=$(_netmem_check_words \"$words\" \"$word\")\n"
	      "\t\telse\n"
	      "\t\t\twords=$(_netmem_check_options \"${COMP_WORDS[1]}\")\n"
	      "\t\tfi\n"
	      "\tfi\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	      "\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null\n"
	      "}\n"
	      "complete -F _netmem_check netmem-check\n",
	      stdout);
}

/* zsh reads bash's functions through its own compatibility layer. */
static void print_zsh(const struct command *const *commands, size_t count)
{
	puts("#compdef netmem-check\n"
	     "autoload -U +X bashcompinit && bashcompinit");
	print_bash(commands, count);
}

int completion_print(const char *shell, const struct command *const *commands)
{
	size_t count = 0;

	while (commands[count])
		count++;
	if (!strcmp(shell, "bash"))
		print_bash(commands, count);
	else if (!strcmp(shell, "zsh"))
		print_zsh(commands, count);
	else
		return -EINVAL;
	return 0;
}
