// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "user/cmd/commands.h"
#include "user/cmd/completion.h"
#include "user/judge/verdict.h"

static int complete(void *options, const struct words *words)
{
	if (words->count != 1)
		return usage_error("name a shell: bash or zsh");
	if (completion_print(words->items[0], commands))
		return usage_error("no completion for '%s'; use bash or zsh",
				   words->items[0]);
	return EXIT_PASS;
}

/* Here, as it is of the table itself. */
static const struct command completion_command = {
	.name = "completion",
	.about = "the completion script of a shell: bash or zsh",
	.arguments = "bash|zsh",
	.first_words = "bash zsh",
	.text = "Print the script with which a shell completes subcommands and options of netmem-check.",
	.more = "make install installs it for bash and zsh. To try it: source <(netmem-check completion bash)",
	.exits = "Exit status: 0 printed, 2 usage, 5 runtime error.",
	.run = complete,
};

const struct command *const commands[] = {
	&run_command,	 &watch_command,  &holders_command,    &audit_command,
	&attach_command, &detach_command, &status_command,     &monitor_command,
	&report_command, &diff_command,	  &bundle_command,     &probe_command,
	&xdp_command,	 &checks_command, &completion_command, NULL,
};
