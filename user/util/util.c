// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "user/util/utf8.h"
#include "user/util/util.h"

/* From the folder of the program to that of what is installed for it */
#ifndef NETMEM_LIBEXEC_DIR
#define NETMEM_LIBEXEC_DIR "../libexec/netmem-check"
#endif

void pr_error(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	fputs("netmem-check: ", stderr);
	if (length < 0)
		fputs(format, stderr);
	else
		print_clean(stderr, text, length);
	fputc('\n', stderr);
	if (length >= 0)
		free(text);
}

/* include/linux/errno.h: trampolines and BTF say it of what they lack. */
#define KERNEL_ENOTSUPP 524

const char *error_text(int err)
{
	if (err == -KERNEL_ENOTSUPP)
		return "not supported by this kernel";
	return strerror(-err);
}

bool error_is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

int parse_time(const char *text, uint64_t *ms)
{
	static const struct {
		const char *suffix;
		double ms;
	} units[] = { { "", 1000 },   { "ms", 1 },	{ "s", 1000 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	double value;
	size_t i;
	char *end;

	/* What is too large for a double becomes infinite. */
	value = strtod(text, &end);
	if (end == text || !(value >= 0))
		return -EINVAL;
	for (i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(end, units[i].suffix))
			continue;
		value *= units[i].ms;
		if (value > TIME_MAX_DAYS * 86400000.0)
			return -ERANGE;
		*ms = value;
		return 0;
	}
	return -EINVAL;
}

const char *format_time(uint64_t ms, char *buffer, size_t size)
{
	if (ms < 1000)
		snprintf(buffer, size, "%" PRIu64 " ms", ms);
	else if (ms < 60000)
		snprintf(buffer, size, "%.1f s", ms / 1000.0);
	else if (ms < 3600000)
		snprintf(buffer, size, "%" PRIu64 " m %" PRIu64 " s",
			 ms / 60000, ms / 1000 % 60);
	else
		snprintf(buffer, size, "%" PRIu64 " h %" PRIu64 " m",
			 ms / 3600000, ms / 60000 % 60);
	return buffer;
}

int text_columns(FILE *to)
{
	const char *asked = getenv("COLUMNS");
	struct winsize size;
	long columns;
	char *end;

	columns = asked ? strtol(asked, &end, 10) : 0;
	if (columns > 0 && columns <= USHRT_MAX && !*end)
		return columns;
	if (!isatty(fileno(to)) || ioctl(fileno(to), TIOCGWINSZ, &size))
		return 0;
	return size.ws_col;
}

void print_clean(FILE *to, const char *text, size_t length)
{
	size_t bytes;

	for (; length; text += bytes, length -= bytes) {
		bytes = utf8_length(text, length);
		if (bytes && !utf8_is_control(text, bytes)) {
			fwrite(text, 1, bytes, to);
			continue;
		}
		putc('?', to);
		bytes += !bytes;
	}
}

char *clean_text(char *text)
{
	size_t left = strlen(text), length;
	char *from = text, *to = text;

	for (; left; from += length, left -= length) {
		length = utf8_length(from, left);
		if (length && !utf8_is_control(from, length)) {
			memmove(to, from, length);
			to += length;
			continue;
		}
		*to++ = '?';
		length += !length;
	}
	*to = 0;
	return text;
}

bool is_clean(const char *text)
{
	size_t left = strlen(text), length;

	for (; left; text += length, left -= length) {
		length = utf8_length(text, left);
		if (!length || utf8_is_control(text, length))
			return false;
	}
	return true;
}

void print_words(FILE *to, int width, int indent, int at, const char *text)
{
	size_t length;
	bool first = true;

	while (*(text += strspn(text, " "))) {
		length = strcspn(text, " ");
		if (!first && at + 1 + (int)length > width) {
			fprintf(to, "\n%*s", indent, "");
			at = indent;
			first = true;
		}
		if (!first) {
			putc(' ', to);
			at++;
		}
		print_clean(to, text, length);
		at += length;
		text += length;
		first = false;
	}
	putc('\n', to);
}

void sort_list(void *items, size_t count, size_t size,
	       int (*compare)(const void *, const void *))
{
	if (count)
		qsort(items, count, size, compare);
}

int find_data_file(const char *name, char *path, size_t size)
{
	char self[PATH_MAX], *directory;
	ssize_t length;

	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length < 0)
		return -errno;
	self[length] = 0;
	directory = dirname(self);
	snprintf(path, size, "%s/%s", directory, name);
	if (!access(path, R_OK))
		return 0;
	snprintf(path, size, "%s/" NETMEM_LIBEXEC_DIR "/%s", directory, name);
	return access(path, R_OK) ? -ENOENT : 0;
}

static struct rlimit files_limit; /* before it was raised; all 0: was not */

void files_limit_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur >= limit.rlim_max)
		return;
	files_limit = limit;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void files_limit_restore(void)
{
	if (files_limit.rlim_max)
		setrlimit(RLIMIT_NOFILE, &files_limit);
}
