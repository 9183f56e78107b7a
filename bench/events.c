// SPDX-License-Identifier: GPL-2.0
/*
 * events: what one page pool event costs in the programs of one process, while
 * a command makes traffic. The kernel's own statistics count (BPF_STATS_RUN_TIME):
 * each figure holds the cost of their clock, as the empty programs' does.
 *
 *	events --pid PID OUTPUT CMD...    programs that PID has attached
 *	events --parent OUTPUT CMD...     those of the process that started us
 *	events --empty OUTPUT CMD...      two empty programs of our own
 *
 * Writes "hold COUNT NS" and "release COUNT NS" to the file OUTPUT.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_SKIP 4

/* How long to wait for another process to attach its programs */
#define WAIT_TRIES 200
#define WAIT_DISTANCE_US 50000

enum { HOLD, RELEASE, EVENTS };

static const char *const event_names[EVENTS] = { "hold", "release" };
static const char *const tracepoints[EVENTS] = { "page_pool_state_hold",
						 "page_pool_state_release" };

struct cost {
	uint64_t runs;
	uint64_t ns;
};

static int attach_empty(int fds[EVENTS])
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int event;

	for (event = 0; event < EVENTS; event++) {
		fds[event] = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT,
					   "bench_empty", "GPL", insns, 2,
					   NULL);
		if (fds[event] < 0)
			return fds[event];
		if (bpf_raw_tracepoint_open(tracepoints[event], fds[event]) < 0)
			return -errno;
	}
	return 0;
}

/* Notes the program if descriptor @fd of @pid hangs it on one of our events. */
static void look_at(pid_t pid, int fd, int fds[EVENTS])
{
	__u32 length, program, type;
	__u64 offset, address;
	char name[128];
	int event;

	length = sizeof(name);
	if (bpf_task_fd_query(pid, fd, 0, name, &length, &program, &type,
			      &offset, &address))
		return;
	if (type != BPF_FD_TYPE_RAW_TRACEPOINT &&
	    type != BPF_FD_TYPE_TRACEPOINT)
		return;
	for (event = 0; event < EVENTS; event++)
		if (fds[event] < 0 && !strcmp(name, tracepoints[event]))
			fds[event] = bpf_prog_get_fd_by_id(program);
}

static int look_for_programs(pid_t pid, int fds[EVENTS])
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at(pid, atoi(entry->d_name), fds);
	closedir(dir);
	return fds[HOLD] < 0 || fds[RELEASE] < 0 ? -EAGAIN : 0;
}

static int find_programs(pid_t pid, int fds[EVENTS])
{
	int err, tries;

	for (tries = 0; tries < WAIT_TRIES; tries++) {
		err = look_for_programs(pid, fds);
		if (err != -EAGAIN)
			return err;
		usleep(WAIT_DISTANCE_US);
	}
	return err;
}

static int read_costs(const int fds[EVENTS], struct cost costs[EVENTS])
{
	struct bpf_prog_info info;
	uint32_t size;
	int event;

	for (event = 0; event < EVENTS; event++) {
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (bpf_obj_get_info_by_fd(fds[event], &info, &size))
			return -errno;
		costs[event].runs = info.run_cnt;
		costs[event].ns = info.run_time_ns;
	}
	return 0;
}

/* The command's exit status, or -1 when it did not run or was killed. */
static int run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int write_costs(const char *path, const struct cost before[EVENTS],
		       const struct cost after[EVENTS])
{
	FILE *file = fopen(path, "we");
	uint64_t runs;
	int event;

	if (!file)
		return -errno;
	for (event = 0; event < EVENTS; event++) {
		runs = after[event].runs - before[event].runs;
		if (runs)
			fprintf(file, "%s %llu %.2f\n", event_names[event],
				(unsigned long long)runs,
				(double)(after[event].ns - before[event].ns) /
					runs);
	}
	return fclose(file) ? -errno : 0;
}

static int measure(const int fds[EVENTS], const char *output, char **command)
{
	struct cost before[EVENTS], after[EVENTS];
	int stats, err, status;

	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (stats < 0) {
		fprintf(stderr, "events: no BPF statistics: %s\n",
			strerror(-stats));
		return EXIT_SKIP;
	}
	err = read_costs(fds, before);
	status = run(command);
	if (!err)
		err = read_costs(fds, after);
	if (!err)
		err = write_costs(output, before, after);
	close(stats);
	if (!err && !status)
		return EXIT_SUCCESS;
	fprintf(stderr, "events: '%s': %s %d\n", command[0],
		err ? strerror(-err) : "exit status", status);
	return EXIT_FAILURE;
}

static int usage(void)
{
	fputs("usage: events --pid PID|--parent|--empty OUTPUT CMD...\n",
	      stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int fds[EVENTS] = { -1, -1 }, next = 2, err;

	if (argc < 4)
		return usage();
	if (!strcmp(argv[1], "--empty"))
		err = attach_empty(fds);
	else if (!strcmp(argv[1], "--parent"))
		err = find_programs(getppid(), fds);
	else if (!strcmp(argv[1], "--pid") && argc > 4)
		err = find_programs(atoi(argv[next++]), fds);
	else
		return usage();
	if (err) {
		fprintf(stderr,
			"events: no programs on the page pool's events: %s\n",
			strerror(-err));
		return EXIT_SKIP;
	}
	return measure(fds, argv[next], argv + next + 1);
}
