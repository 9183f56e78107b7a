/* SPDX-License-Identifier: GPL-2.0 */
/* The subcommands, each in the file of its name. */
#ifndef NETMEM_COMMANDS_H
#define NETMEM_COMMANDS_H

#include "user/cmd/options.h"

extern const struct command run_command;
extern const struct command watch_command;
extern const struct command holders_command;
extern const struct command audit_command;
extern const struct command attach_command;
extern const struct command detach_command;
extern const struct command status_command;
extern const struct command monitor_command;
extern const struct command report_command;
extern const struct command diff_command;
extern const struct command bundle_command;
extern const struct command probe_command;
extern const struct command xdp_command;
extern const struct command checks_command;

/* All of them, in the order of the list that people see; ends with NULL. */
extern const struct command *const commands[];

#endif
