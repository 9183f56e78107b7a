// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of lab/alone, in a root that has netmem-check and nothing else: no
 * shell, no library. Runs each command, says on a line "@ COMMAND: CODE" how it
 * ended, and resets the machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const commands[][8] = {
	{ "probe" },
	{ "run", "--for", "2s", "--drain", "1s" },
	{ "run", "--tier", "function", "--for", "2s", "--drain", "1s" },
	{ "holders" },
	{ "audit" },
	{ "attach" },
	{ "status" },
	{ "detach" },
	{ "xdp", "status", "lo" },
	{ "checks", "leaked" },
};

static void mount_on(const char *type, const char *place)
{
	mkdir(place, 0755);
	if (mount(type, place, type, 0, NULL))
		printf("%s cannot be mounted on %s\n", type, place);
}

static int run(const char *const *words)
{
	char *const none[] = { NULL };
	const char *argv[9] = { "/netmem-check" };
	int status = -1;
	pid_t child;

	for (int i = 0; i < 8 && words[i]; i++)
		argv[i + 1] = words[i];
	fflush(stdout);
	child = fork();
	if (!child) {
		execve(argv[0], (char *const *)argv, none);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(void)
{
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("bpf", "/sys/fs/bpf");
	mkdir("/run", 0755);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		int code = run(commands[i]);

		printf("@");
		for (int word = 0; word < 8 && commands[i][word]; word++)
			printf(" %s", commands[i][word]);
		printf(": %d\n", code);
	}
	fflush(stdout);
	sync();
	reboot(RB_AUTOBOOT);
	return 1;
}
