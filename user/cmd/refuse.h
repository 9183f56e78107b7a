/* SPDX-License-Identifier: GPL-2.0 */
/* What the subcommands cannot work with, and the exit codes for that. */
#ifndef NETMEM_REFUSE_H
#define NETMEM_REFUSE_H

#include "user/facts/filter.h"
#include "user/util/strings.h"

/*
 * Are all of the devices (DEV or NETNS/DEV) there, and may we look at them? If
 * not, the exit code, after a message.
 */
int check_devices(const struct strings *devices);

/* The exit code for what loader_open() refused. */
int open_exit_code(int err);

#endif
