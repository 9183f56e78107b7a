// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints, read as text: what a person sees of the kernel's page pools.
 */
#include "init.h"

#include <stdio.h>
#include <string.h>

#define TRACING "/sys/kernel/tracing/"

static bool trace_enable(const char *events, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "events/%s/enable", events);
	return write_file(path, value);
}

bool trace_start(const char *events)
{
	/* so large that nothing is overwritten */
	if (!write_file(TRACING "buffer_size_kb", "16384") ||
	    !write_file(TRACING "trace", "") || !trace_enable(events, "1")) {
		fail("tracepoints '%s' cannot be switched on", events);
		return false;
	}
	return true;
}

void trace_stop(const char *events)
{
	trace_enable(events, "0");
}

long trace_count(const char *word, const char *field, long *without)
{
	FILE *trace = fopen(TRACING "trace", "r");
	char line[512];
	long lines = 0;

	if (!trace)
		return 0;
	while (fgets(line, sizeof(line), trace)) {
		const char *at;

		if (line[0] == '#' || !strstr(line, word))
			continue;
		lines++;
		at = field ? strstr(line, field) : NULL;
		/* a value of 0 is none */
		if (field && (!at || strchr("0 \n", at[strlen(field)])))
			++*without;
	}
	fclose(trace);
	return lines;
}
