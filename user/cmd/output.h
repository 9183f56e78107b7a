/* SPDX-License-Identifier: GPL-2.0 */
/* Where the subcommands write their reports (util/output_file.h). */
#ifndef NETMEM_OUTPUT_H
#define NETMEM_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "user/cmd/options.h"
#include "user/facts/record.h"
#include "user/history/history.h"
#include "user/report.h"

/*
 * Before a subcommand runs: that each of its outputs can be written, and that no
 * two of them, and none that it reads, are one file. Opens and makes nothing.
 * Returns an enum exit_code, after a message if it is not EXIT_PASS.
 */
int outputs_check(const struct command *command, const void *options,
		  const struct words *words);

/* A report or a recording has standard output for itself; paths may be NULL. */
bool output_owns_stdout(const char *report, const char *recording);

/*
 * Writes a report to a file or, where @path is NULL or "-", to standard output.
 * Returns 0, or a negative errno after a message.
 */
int output_report(const char *path, const struct report_format *format,
		  const struct session *session, const struct verdict *verdict);

/* The same of what probe found. */
int output_probe(const char *path, const struct report_format *format,
		 const struct probe_fact *probe);

/* The same of a store. */
int output_history(const char *path, const struct report_format *format,
		   const struct history *history);

/* The same with any value that was built, which it takes over. */
int output_json(const char *path, json_t *value);

/*
 * Ends a text for people on standard output: @err is what printing it gave, or
 * 0. Returns that, or what ending it found, after a message.
 */
int output_text(int err);

/*
 * The exit code where @code would be right and @err is what an output failed
 * with, or 0. FAIL stays: a full disk does not hide a finding.
 */
int output_exit_code(int code, int err);

/* The same of a probe; what a watch takes and is not there is said. */
int output_probe_exit_code(const struct probe_fact *probe, int err);

#endif
