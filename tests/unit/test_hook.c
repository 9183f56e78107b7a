// SPDX-License-Identifier: GPL-2.0
/* The command of --on-finding: one that hangs, fails or leaves children behind. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/monitor/hook.h"

#define LIMIT_MS 300
#define TRIES 200
#define STEP_US 20000

static char directory[64];

static int set_up(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/netmem-hook.XXXXXX");
	return mkdtemp(directory) && !chdir(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	if (chdir("/"))
		return -1;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void add(struct hook_runner *runner, const char *name)
{
	const struct hook_event event = {
		.event = "stalled",
		.check = "stalled_shutdown",
		.severity = "WARN",
		.pool = name,
		.count = 3,
		.seconds = 31,
	};

	hook_add(runner, &event);
}

/* Ticks until there are so many failures, or a file; true: it came to that. */
static bool ticked(struct hook_runner *runner, uint64_t failures,
		   const char *file)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		hook_tick(runner);
		if (file ? !access(file, F_OK) :
			   hook_failures(runner) >= failures)
			return true;
		usleep(STEP_US);
	}
	return false;
}

static pid_t read_pid(const char *file)
{
	FILE *from = fopen(file, "r");
	int pid = 0;

	assert_non_null(from);
	assert_int_equal(fscanf(from, "%d", &pid), 1);
	fclose(from);
	return pid;
}

/* It may be a zombie until whoever adopted it looks. */
static bool is_running(pid_t pid)
{
	char path[64], text[256], state = 'X';
	FILE *from;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	from = fopen(path, "r");
	if (!from)
		return false;
	if (fgets(text, sizeof(text), from) && strrchr(text, ')'))
		sscanf(strrchr(text, ')'), ") %c", &state);
	fclose(from);
	return state != 'Z' && state != 'X';
}

/* What was killed takes a moment to be gone. */
static bool ends(pid_t pid)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!is_running(pid))
			return true;
		usleep(STEP_US);
	}
	return false;
}

static void test_well(void **state)
{
	struct hook_runner *runner = hook_new(
		"echo \"$NETMEM_POOL $NETMEM_SECONDS\" >said.new; mv said.new said",
		LIMIT_MS);
	char text[64] = "";
	FILE *from;

	add(runner, "$(touch bad) eth0");
	assert_true(ticked(runner, 0, "said"));
	from = fopen("said", "r");
	assert_non_null(fgets(text, sizeof(text), from));
	fclose(from);
	assert_string_equal(text, "$(touch bad) eth0 31\n");
	assert_int_equal(access("bad", F_OK), -1);
	hook_free(runner, 2000);
}

static void test_fails(void **state)
{
	struct hook_runner *runner = hook_new("exit 3", LIMIT_MS);

	add(runner, "a");
	add(runner, "b");
	assert_true(ticked(runner, 2, NULL));
	assert_int_equal(hook_failures(runner), 2);
	hook_free(runner, 0);
}

/* It hangs with a child: both are killed, and the next event has its turn. */
static void test_hangs(void **state)
{
	struct hook_runner *runner = hook_new(
		"[ $NETMEM_POOL = next ] && exec touch next; trap '' TERM;"
		" sleep 600 & echo $! >child; sleep 600",
		LIMIT_MS);
	pid_t child;

	add(runner, "hangs");
	add(runner, "next");
	assert_true(ticked(runner, 1, NULL));
	child = read_pid("child");
	assert_true(ends(child));
	assert_true(ticked(runner, 0, "next"));
	hook_free(runner, 2000);
}

/* The end of the watch does not wait for it. */
static void test_hangs_at_the_end(void **state)
{
	struct hook_runner *runner =
		hook_new("echo $$ >self; sleep 600", 600000);

	add(runner, "a");
	assert_true(ticked(runner, 0, "self"));
	usleep(STEP_US);
	hook_free(runner, 100);
	assert_true(ends(read_pid("self")));
}

/* More than can wait are dropped, and counted. */
static void test_too_many(void **state)
{
	struct hook_runner *runner = hook_new("sleep 600", 600000);
	int i;

	for (i = 0; i < 70; i++)
		add(runner, "a");
	assert_int_equal(hook_failures(runner), 6);
	hook_free(runner, 0);
}

/* Events come without a command to run: nothing does. */
static void test_none(void **state)
{
	add(NULL, "a");
	hook_tick(NULL);
	assert_int_equal(hook_failures(NULL), 0);
	hook_free(NULL, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_well),     TEST(test_fails),
		TEST(test_hangs),    TEST(test_hangs_at_the_end),
		TEST(test_too_many), TEST(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
