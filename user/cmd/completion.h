/* SPDX-License-Identifier: GPL-2.0 */
/* Completion of shells, made from the rows of options. */
#ifndef NETMEM_COMPLETION_H
#define NETMEM_COMPLETION_H

#include "user/cmd/options.h"

/*
 * Prints the script of bash or zsh for these subcommands, which end with NULL.
 * Returns 0, or -EINVAL for another shell.
 */
int completion_print(const char *shell, const struct command *const *commands);

#endif
