// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/bundle/gather.h"
#include "user/util/util.h"

#define POLL_US 10000
#define RECORD_MAX 8192 /* of /dev/kmsg: LOG_LINE_MAX and what is around it */

int memory_file(const char *name, char *path, size_t size)
{
	int fd = memfd_create(name, 0);

	if (fd < 0)
		return -errno;
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return fd;
}

int read_all(int fd, char **data, size_t *size)
{
	char *grown, *text = NULL;
	size_t room = 0, used = 0;
	ssize_t length;

	do {
		if (used == room) {
			room = room ? room * 2 : 65536;
			grown = realloc(text, room);
			if (!grown) {
				free(text);
				return -ENOMEM;
			}
			text = grown;
		}
		length = pread(fd, text + used, room - used, used);
		used += length > 0 ? length : 0;
	} while (length > 0 || (length < 0 && errno == EINTR));
	if (length < 0) {
		free(text);
		return -errno;
	}
	*data = text;
	*size = used;
	return 0;
}

/* ---- programs ---- */

static void __attribute__((noreturn))
start_program(char *const argv[], int to, bool errors)
{
	int null = open("/dev/null", O_RDWR);

	signal(SIGPIPE, SIG_DFL);
	files_limit_restore();
	dup2(null, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	dup2(errors ? to : null, STDERR_FILENO);
	setenv("LC_ALL", "C", 1);
	setenv("COLUMNS", "100", 1);
	execvp(argv[0], argv);
	_exit(127);
}

/* Returns its exit status, or 128 and the signal that ended it. */
static int wait_for(pid_t pid, unsigned int seconds,
		    const volatile bool *interrupted)
{
	uint64_t end = now_ns() + seconds * 1000000000ULL;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (*interrupted || now_ns() > end)
			kill(pid, SIGKILL);
		usleep(POLL_US);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_program(char *const argv[], bool errors, unsigned int seconds,
		const volatile bool *interrupted, struct output *output)
{
	int to = memfd_create("output", MFD_CLOEXEC), err = 0;
	pid_t pid;

	memset(output, 0, sizeof(*output));
	output->code = -1;
	if (to < 0)
		return -errno;
	pid = fork();
	if (!pid)
		start_program(argv, to, errors);
	if (pid < 0)
		err = -errno;
	else
		output->code = wait_for(pid, seconds, interrupted);
	if (!err)
		err = read_all(to, &output->data, &output->size);
	close(to);
	return err;
}

/* ---- the kernel log ---- */

static bool has_word(const char *text, const struct strings *words)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		if (strcasestr(text, words->items[i]))
			return true;
	return false;
}

/* "6,1234,5678901,-;message": the number of the third, and the message. */
static void write_record(FILE *to, char *record, const struct strings *words)
{
	char *text = strchr(record, ';'), *end;
	unsigned long long us = 0;

	if (!text)
		return;
	*text++ = 0;
	/* What follows the first line says of what device it is. */
	end = strchr(text, '\n');
	if (end)
		*end = 0;
	if (!has_word(text, words))
		return;
	sscanf(record, "%*u,%*u,%llu", &us);
	fprintf(to, "[%5llu.%06llu] %s\n", us / 1000000, us % 1000000, text);
}

static int read_records(int log, FILE *to, const struct strings *words)
{
	char record[RECORD_MAX + 1];
	ssize_t length;

	for (;;) {
		length = read(log, record, RECORD_MAX);
		/* Overwritten meanwhile: the next one is the oldest there is. */
		if (length < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (length <= 0)
			return length < 0 && errno != EAGAIN ? -errno : 0;
		record[length] = 0;
		write_record(to, record, words);
	}
}

int kernel_log(const struct strings *words, char **data, size_t *size)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), err;
	FILE *to;

	if (log < 0)
		return -errno;
	to = open_memstream(data, size);
	if (!to) {
		close(log);
		return -ENOMEM;
	}
	err = read_records(log, to, words);
	close(log);
	if (fclose(to) && !err)
		err = -ENOMEM;
	if (err) {
		free(*data);
		*data = NULL;
	}
	return err;
}
