/* SPDX-License-Identifier: GPL-2.0 */
/* What the subcommands cannot work with, and the exit codes for that. */
#ifndef NETMEM_REFUSE_H
#define NETMEM_REFUSE_H

#include <stdbool.h>

#include "user/facts/filter.h"
#include "user/util/strings.h"

/*
 * False, after a message, when one of the devices (DEV or NETNS/DEV) is not
 * there.
 */
bool devices_exist(const struct strings *devices);

/* The exit code for what loader_open() refused. */
int open_exit_code(int err);

#endif
