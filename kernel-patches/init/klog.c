// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log, from its first line: nothing in it may be a warning, but
 * what the file `allow` knows.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEVEL_WARNING 4

/* Never fine, at whatever level, and whatever `allow` says. */
#define SPLAT                                                                \
	"BUG|WARNING|Oops|KASAN|UBSAN|DMA-API: .*(leak|not |device driver)|" \
	"suspicious|possible (circular|recursive|irq|deadlock|unsafe)|"      \
	"inconsistent lock state|INFO: (task|rcu|trying)|Call Trace|"        \
	"stalled pool|refcnt.*violation|Negative\\(|refcount_t:|Bad page|"   \
	"bad page|list_(add|del) corruption|ODEBUG|XDP_WARN|cut here|panic -"

static regex_t splat, allowed[32];
static int nr_allowed;

static void read_allowed(void)
{
	FILE *file = fopen("/allow", "r");
	char line[256];

	if (regcomp(&splat, SPLAT, REG_EXTENDED | REG_NOSUB))
		fail("the list of splats is no regular expression");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		if (nr_allowed == 32 || regcomp(&allowed[nr_allowed], line,
						REG_EXTENDED | REG_NOSUB))
			fail("'allow' has a line too many or wrong: %s", line);
		else
			nr_allowed++;
	}
	if (file)
		fclose(file);
}

static bool is_allowed(const char *text)
{
	for (int i = 0; i < nr_allowed; i++)
		if (!regexec(&allowed[i], text, 0, NULL, 0))
			return true;
	return false;
}

/* The test module's results: KTAP with its name before it. */
static void count_case(struct log_result *result, const char *text)
{
	static const char name[] = "netmem_test: ";

	if (strncmp(text, name, strlen(name)))
		return;
	text += strlen(name);
	if (!strncmp(text, "1..", 3))
		result->planned = atol(text + 3);
	else if (!strncmp(text, "ok ", 3))
		result->ok++;
	else if (!strncmp(text, "not ok ", 7))
		result->not_ok++;
	if (strstr(text, " # SKIP "))
		result->skipped++;
}

static void judge(struct log_result *result, int level, const char *text)
{
	bool splatted = !regexec(&splat, text, 0, NULL, 0);

	result->lines++;
	count_case(result, text);
	if (!splatted && level > LEVEL_WARNING)
		return;
	if (!splatted && is_allowed(text)) {
		result->allowed++;
		return;
	}
	result->bad++;
	if (result->bad <= 40)
		fail("kernel log, level %d: %s", level, text);
}

void log_read(struct log_result *result)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	ssize_t got;

	if (fd < 0) {
		fail("cannot read the kernel log: %s", strerror(errno));
		return;
	}
	read_allowed();
	for (;;) {
		char *text;

		got = read(fd, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE) {
			result->lost++;
			continue;
		}
		if (got <= 0)
			break;
		record[got] = '\0';
		/* "level,sequence,time,flags;text\n KEY=value\n" */
		text = strchr(record, ';');
		if (!text)
			continue;
		text++;
		text[strcspn(text, "\n")] = '\0';
		judge(result, atoi(record) & 7, text);
	}
	close(fd);
}
