// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/monitor/hook.h"
#include "user/util/strings.h"
#include "user/util/util.h"

#define WAITING_MAX 64
#define STEP_US 20000
#define KILLED_TRIES 50

struct hook_runner {
	const char *command;
	unsigned int limit_ms;
	struct strings waiting[WAITING_MAX]; /* their environments */
	size_t count;
	pid_t pid; /* 0: none runs */
	uint64_t started_ns;
	uint64_t failures;
};

struct hook_runner *hook_new(const char *command, unsigned int limit_ms)
{
	struct hook_runner *runner = calloc(1, sizeof(*runner));

	if (runner)
		*runner = (struct hook_runner){ .command = command,
						.limit_ms = limit_ms };
	return runner;
}

uint64_t hook_failures(const struct hook_runner *runner)
{
	return runner ? runner->failures : 0;
}

/* Names of devices and processes are foreign text. */
static int add_text(struct strings *to, const char *name, const char *value)
{
	char *text;
	int err;

	if (asprintf(&text, "%s=%s", name, value ? value : "") < 0)
		return -ENOMEM;
	err = strings_add(to, clean_text(text));
	free(text);
	return err;
}

static int add_number(struct strings *to, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return add_text(to, name, text);
}

static int add_all(struct strings *to, const struct hook_event *event)
{
	return add_text(to, "NETMEM_EVENT", event->event)		?:
		       add_text(to, "NETMEM_CHECK", event->check)	?:
		       add_text(to, "NETMEM_SEVERITY", event->severity) ?:
		       add_text(to, "NETMEM_POOL", event->pool)		?:
		       add_text(to, "NETMEM_DEVICE", event->device)	?:
		       add_text(to, "NETMEM_HOLDERS", event->holders)	?:
		       add_number(to, "NETMEM_COUNT", event->count)	?:
		       add_number(to, "NETMEM_SECONDS", event->seconds);
}

void hook_add(struct hook_runner *runner, const struct hook_event *event)
{
	struct strings *to;

	if (!runner)
		return;
	if (runner->count == WAITING_MAX) {
		runner->failures++;
		return;
	}
	to = &runner->waiting[runner->count];
	if (add_all(to, event)) {
		strings_clear(to);
		runner->failures++;
		return;
	}
	runner->count++;
}

/* Is this variable among our own? */
static bool is_among(const struct strings *own, const char *variable)
{
	size_t length = strcspn(variable, "=") + 1, i;

	for (i = 0; i < own->count; i++)
		if (!strncmp(own->items[i], variable, length))
			return true;
	return false;
}

/*
 * Our environment with what the event adds, which comes before what has the same
 * name; on the heap, its texts are not.
 */
static char **join_environment(const struct strings *own)
{
	size_t count = 0, used = own->count, i;
	char **all;

	while (environ[count])
		count++;
	all = calloc(count + own->count + 1, sizeof(*all));
	for (i = 0; all && i < own->count; i++)
		all[i] = own->items[i];
	for (i = 0; all && i < count; i++)
		if (!is_among(own, environ[i]))
			all[used++] = environ[i];
	return all;
}

/* A group of its own, which can be killed whole, and no signal blocked. */
static int spawn(struct hook_runner *runner, char **environment)
{
	char *argv[] = { "sh", "-c", (char *)runner->command, NULL };
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
						      POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	err = posix_spawn(&runner->pid, "/bin/sh", NULL, &attributes, argv,
			  environment);
	posix_spawnattr_destroy(&attributes);
	return -err;
}

static void start_next(struct hook_runner *runner)
{
	char **environment = join_environment(&runner->waiting[0]);
	int err = environment ? spawn(runner, environment) : -ENOMEM;

	free(environment);
	strings_clear(&runner->waiting[0]);
	runner->count--;
	memmove(runner->waiting, runner->waiting + 1,
		runner->count * sizeof(*runner->waiting));
	runner->waiting[runner->count] = (struct strings){};
	runner->started_ns = now_ns();
	if (!err)
		return;
	runner->pid = 0;
	runner->failures++;
	pr_error("cannot run the command of --on-finding: %s", error_text(err));
}

/* A status that somebody else took is 0. */
static bool has_ended(struct hook_runner *runner, int *status)
{
	pid_t pid;

	*status = 0;
	pid = waitpid(runner->pid, status, WNOHANG);
	if (!pid || (pid < 0 && errno == EINTR))
		return false;
	runner->pid = 0;
	return true;
}

static void take_end(struct hook_runner *runner)
{
	bool late = now_ns() - runner->started_ns >
		    runner->limit_ms * 1000000ULL;
	int status;

	/* What hangs in the kernel goes later; the watch does not wait. */
	if (late)
		kill(-runner->pid, SIGKILL);
	if (!has_ended(runner, &status) || !status)
		return;
	runner->failures++;
	if (late)
		pr_error(
			"the command of --on-finding ran for more than %g s and was killed",
			runner->limit_ms / 1000.0);
	else
		pr_error("the command of --on-finding failed: %s %d",
			 WIFEXITED(status) ? "exit status" : "signal",
			 WIFEXITED(status) ? WEXITSTATUS(status) :
					     WTERMSIG(status));
}

void hook_tick(struct hook_runner *runner)
{
	if (!runner)
		return;
	if (runner->pid)
		take_end(runner);
	if (!runner->pid && runner->count)
		start_next(runner);
}

void hook_free(struct hook_runner *runner, unsigned int wait_ms)
{
	uint64_t end = now_ns() + wait_ms * 1000000ULL;
	int tries = KILLED_TRIES, status;

	if (!runner)
		return;
	while ((runner->pid || runner->count) && now_ns() < end) {
		hook_tick(runner);
		usleep(STEP_US);
	}
	if (runner->pid)
		kill(-runner->pid, SIGKILL);
	for (; runner->pid && tries && !has_ended(runner, &status); tries--)
		usleep(STEP_US);
	while (runner->count)
		strings_clear(&runner->waiting[--runner->count]);
	free(runner);
}
