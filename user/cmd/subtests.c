// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/subtests.h"
#include "user/report.h"

#define INDENT "    "
#define PIPE_BYTES (1 << 20) /* for the seconds in which nobody reads */

int subtests_open(struct subtests *subtests)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*subtests = (struct subtests){ .from = ends[0], .to = ends[1] };
	report_tap_begin(stdout);
	puts("# Subtest: command");
	fflush(stdout);
	return 0;
}

void subtests_close_end(struct subtests *subtests)
{
	if (subtests->to >= 0)
		close(subtests->to);
	subtests->to = -1;
}

static void print(struct subtests *subtests, const char *text, size_t length)
{
	const char *end;
	size_t line;

	for (; length; text += line, length -= line) {
		end = memchr(text, '\n', length);
		line = end ? (size_t)(end + 1 - text) : length;
		if (!subtests->in_line)
			fputs(INDENT, stdout);
		fwrite(text, 1, line, stdout);
		subtests->in_line = !end;
	}
}

void subtests_pass_on(struct subtests *subtests)
{
	char text[4096];
	ssize_t length;

	if (subtests->from < 0)
		return;
	while ((length = read(subtests->from, text, sizeof(text))) > 0)
		print(subtests, text, length);
	fflush(stdout);
}

void subtests_close(struct subtests *subtests)
{
	subtests_close_end(subtests);
	subtests_pass_on(subtests);
	if (subtests->in_line)
		putchar('\n');
	subtests->in_line = false;
	if (subtests->from >= 0)
		close(subtests->from);
	subtests->from = -1;
}
