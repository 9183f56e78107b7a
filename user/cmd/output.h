/* SPDX-License-Identifier: GPL-2.0 */
/* Where the subcommands write their reports. */
#ifndef NETMEM_OUTPUT_H
#define NETMEM_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "user/facts/record.h"
#include "user/report.h"

/* "-" is standard output. */
bool output_is_stdout(const char *path);

/*
 * An unwritable report must not be found out after an hour: tries to open the
 * file, which is made where there is none. Returns 0, or a negative errno after
 * a message. NULL is fine.
 */
int output_check(const char *path);

/* A file to write to; standard output for NULL and "-". NULL after a message. */
FILE *output_open(const char *path);

/*
 * Closes it, if it is not standard output. Returns @err, which writing gave, or
 * else what closing found, after a message.
 */
int output_close(FILE *file, const char *path, int err);

/*
 * Writes a report to a file or, where @path is NULL or "-", to standard output.
 * Returns 0, or a negative errno after a message.
 */
int output_report(const char *path, const struct report_format *format,
		  const struct session *session, const struct verdict *verdict);

/* The same with any value that was built, which it takes over. */
int output_json(const char *path, json_t *value);

/*
 * The writer of a recording, none where @path is NULL, and its end: the file is
 * whole then. Return 0, or a negative errno after a message.
 */
int output_recorder_open(struct recorder **recorder, const char *path);
int output_recorder_close(struct recorder **recorder, const char *path,
			  uint64_t duration_ms);

#endif
