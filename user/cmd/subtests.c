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
#define CALL_BYTES (1 << 16) /* in one call */

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

static void pass_on(struct subtests *subtests, size_t limit)
{
	char text[4096];
	ssize_t length;
	size_t sum;

	for (sum = 0; sum < limit; sum += length) {
		length = read(subtests->from, text, sizeof(text));
		if (length <= 0)
			break;
		print(subtests, text, length);
	}
	fflush(stdout);
}

void subtests_pass_on(struct subtests *subtests)
{
	if (subtests->from >= 0)
		pass_on(subtests, CALL_BYTES);
}

void subtests_end(struct subtests *subtests)
{
	if (subtests->from < 0)
		return;
	subtests_close_end(subtests);
	/* What the pipe holds, and no more: one of its children may write on. */
	pass_on(subtests, PIPE_BYTES);
	if (subtests->in_line)
		putchar('\n');
	subtests->in_line = false;
	close(subtests->from);
	subtests->from = -1;
}

void subtests_end_early(struct subtests *subtests, int code)
{
	if (subtests->from < 0)
		return;
	subtests_end(subtests);
	report_tap_end_early(stdout, code == EXIT_CANNOT,
			     code == EXIT_CANNOT ?
				     "cannot run on this system" :
				     "netmem-check ended without a verdict");
}
