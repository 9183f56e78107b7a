/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The subcommands. Each takes its own argv (argv[0] is "netmem-check NAME",
 * for argp) and returns an enum exit_code.
 */
#ifndef NETMEM_COMMANDS_H
#define NETMEM_COMMANDS_H

int cmd_run(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_holders(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_checks(int argc, char **argv);

#endif
