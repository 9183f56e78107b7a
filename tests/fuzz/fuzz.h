/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share: what must hold of any input, and reports of a
 * session. A target is one file; tests/fuzz/run has its seeds.
 */
#ifndef NETMEM_FUZZ_H
#define NETMEM_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/judge/verdict.h"
#include "user/report.h"
#include "user/util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the target, which libFuzzer reports with the input. */
#define MUST(condition)                                               \
	do {                                                          \
		if (!(condition)) {                                   \
			dprintf(STDERR_FILENO, "%s:%d: not so: %s\n", \
				__FILE__, __LINE__, #condition);      \
			abort();                                      \
		}                                                     \
	} while (0)

/* A regular file with these bytes, one after the other; returns its path. */
static inline const char *file_of(const void *data, size_t size,
				  const void *more, size_t more_size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	MUST(fd >= 0 && !ftruncate(fd, 0));
	MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
	MUST(pwrite(fd, more, more_size, size) == (ssize_t)more_size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* What is printed for people has lines, and nothing else that moves a cursor. */
static inline void must_be_clean(const char *text, size_t size)
{
	size_t at, length;

	for (at = 0; at < size; at += length) {
		length = utf8_length(text + at, size - at);
		MUST(length);
		MUST(text[at] == '\n' || !utf8_is_control(text + at, length));
	}
}

/* Any JSON report can be read, and says the verdict. */
static inline void must_be_report(const char *text, size_t size,
				  const struct verdict *verdict)
{
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	const char *said = json_string_value(json_object_get(json, "verdict"));

	MUST(said && !strcmp(said, verdict_name(verdict)));
	MUST(json_integer_value(json_object_get(json, "exit_code")) ==
	     verdict->code);
	json_decref(json);
}

static inline void write_formats(const struct session *session,
				 const struct verdict *verdict)
{
	const struct report_format *format;
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	for (format = report_formats; format->name; format++) {
		file = open_memstream(&text, &size);
		MUST(file);
		if (!session->has_probe)
			MUST(!format->write(file, session, verdict));
		else if (format->write_probe)
			MUST(!format->write_probe(file, &session->probe));
		fclose(file);
		if (strcmp(format->name, "json"))
			must_be_clean(text, size);
		else if (!session->has_probe)
			must_be_report(text, size, verdict);
		free(text);
	}
}

/* The session ends, with a verdict and all its reports. */
static inline void judge_and_report(struct session *session)
{
	struct verdict verdict = {};

	session_finish(session);
	MUST(!verdict_reach(session, &verdict));
	MUST(verdict.code == EXIT_PASS || verdict.code == EXIT_FAIL ||
	     verdict.code == EXIT_INCONCLUSIVE);
	write_formats(session, &verdict);
	verdict_clear(&verdict);
}

#endif
