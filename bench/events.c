// SPDX-License-Identifier: GPL-2.0
/*
 * events: what one page pool event costs in the programs of one process, while
 * a command makes traffic. The kernel's own statistics count (BPF_STATS_RUN_TIME):
 * each figure holds the cost of their clock, as the empty programs' does.
 *
 *	events --pid PID OUTPUT CMD...    programs that PID has attached
 *	events --above OUTPUT CMD...      those of a process that we run under
 *	events --empty OUTPUT CMD...      two empty programs of our own
 *
 * Writes "hold COUNT NS PROGRAMS" and the same of release to the file OUTPUT:
 * NS is the sum over the programs that an event runs through.
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

/* Programs of one process on one event */
#define PROGRAMS 4

enum { HOLD, RELEASE, EVENTS };

static const char *const event_names[EVENTS] = { "hold", "release" };
static const char *const tracepoints[EVENTS] = { "page_pool_state_hold",
						 "page_pool_state_release" };

struct cost {
	uint64_t runs;
	uint64_t ns;
};

/* What hangs on one event, and what its programs cost so far. */
struct hook {
	int fds[PROGRAMS];
	int count;
	struct cost before[PROGRAMS], after[PROGRAMS];
};

static int attach_empty(struct hook hooks[EVENTS])
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int event, fd;

	for (event = 0; event < EVENTS; event++) {
		fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "bench_empty",
				   "GPL", insns, 2, NULL);
		if (fd < 0)
			return fd;
		if (bpf_raw_tracepoint_open(tracepoints[event], fd) < 0)
			return -errno;
		hooks[event].fds[hooks[event].count++] = fd;
	}
	return 0;
}

/* Notes the program if descriptor @fd of @pid hangs it on one of our events. */
static void look_at(pid_t pid, int fd, struct hook hooks[EVENTS])
{
	__u32 length, program, type;
	__u64 offset, address;
	char name[128];
	int event, found;

	length = sizeof(name);
	if (bpf_task_fd_query(pid, fd, 0, name, &length, &program, &type,
			      &offset, &address))
		return;
	if (type != BPF_FD_TYPE_RAW_TRACEPOINT &&
	    type != BPF_FD_TYPE_TRACEPOINT)
		return;
	for (event = 0; event < EVENTS; event++) {
		if (strcmp(name, tracepoints[event]) ||
		    hooks[event].count == PROGRAMS)
			continue;
		found = bpf_prog_get_fd_by_id(program);
		if (found >= 0)
			hooks[event].fds[hooks[event].count++] = found;
	}
}

static void forget_programs(struct hook hooks[EVENTS])
{
	int event;

	for (event = 0; event < EVENTS; event++)
		while (hooks[event].count)
			close(hooks[event].fds[--hooks[event].count]);
}

static int look_for_programs(pid_t pid, struct hook hooks[EVENTS])
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
			look_at(pid, atoi(entry->d_name), hooks);
	closedir(dir);
	return hooks[HOLD].count && hooks[RELEASE].count ? 0 : -EAGAIN;
}

/* 0: it has none that we may know */
static pid_t parent_of(pid_t pid)
{
	pid_t parent = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

/* In @pid or, @above, in the next of its ancestors that has any. */
static int look_from(pid_t pid, bool above, struct hook hooks[EVENTS])
{
	int err;

	do {
		err = look_for_programs(pid, hooks);
		if (err != -EAGAIN)
			return err;
		forget_programs(hooks);
		pid = parent_of(pid);
	} while (above && pid > 1);
	return err;
}

static int find_programs(pid_t pid, bool above, struct hook hooks[EVENTS])
{
	int err, tries;

	for (tries = 0; tries < WAIT_TRIES; tries++) {
		err = look_from(pid, above, hooks);
		if (err != -EAGAIN)
			return err;
		usleep(WAIT_DISTANCE_US);
	}
	return err;
}

static int read_costs(const struct hook *hook, struct cost costs[PROGRAMS])
{
	struct bpf_prog_info info;
	uint32_t size;
	int i;

	for (i = 0; i < hook->count; i++) {
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (bpf_obj_get_info_by_fd(hook->fds[i], &info, &size))
			return -errno;
		costs[i].runs = info.run_cnt;
		costs[i].ns = info.run_time_ns;
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

static void write_cost(FILE *file, const char *name, const struct hook *hook)
{
	uint64_t runs, most = 0;
	double ns = 0;
	int i;

	for (i = 0; i < hook->count; i++) {
		runs = hook->after[i].runs - hook->before[i].runs;
		if (runs)
			ns += (double)(hook->after[i].ns - hook->before[i].ns) /
			      runs;
		if (runs > most)
			most = runs;
	}
	if (most)
		fprintf(file, "%s %llu %.2f %d\n", name,
			(unsigned long long)most, ns, hook->count);
}

static int write_costs(const char *path, const struct hook hooks[EVENTS])
{
	FILE *file = fopen(path, "we");
	int event;

	if (!file)
		return -errno;
	for (event = 0; event < EVENTS; event++)
		write_cost(file, event_names[event], &hooks[event]);
	return fclose(file) ? -errno : 0;
}

static int measure(struct hook hooks[EVENTS], const char *output,
		   char **command)
{
	int stats, err = 0, status, event;

	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (stats < 0) {
		fprintf(stderr, "events: no BPF statistics: %s\n",
			strerror(-stats));
		return EXIT_SKIP;
	}
	for (event = 0; !err && event < EVENTS; event++)
		err = read_costs(&hooks[event], hooks[event].before);
	status = run(command);
	for (event = 0; !err && event < EVENTS; event++)
		err = read_costs(&hooks[event], hooks[event].after);
	if (!err)
		err = write_costs(output, hooks);
	close(stats);
	if (!err && !status)
		return EXIT_SUCCESS;
	fprintf(stderr, "events: '%s': %s %d\n", command[0],
		err ? strerror(-err) : "exit status", status);
	return EXIT_FAILURE;
}

static int usage(void)
{
	fputs("usage: events --pid PID|--above|--empty OUTPUT CMD...\n",
	      stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct hook hooks[EVENTS] = {};
	int next = 2, err;

	if (argc < 4)
		return usage();
	if (!strcmp(argv[1], "--empty"))
		err = attach_empty(hooks);
	else if (!strcmp(argv[1], "--above"))
		err = find_programs(getppid(), true, hooks);
	else if (!strcmp(argv[1], "--pid") && argc > 4)
		err = find_programs(atoi(argv[next++]), false, hooks);
	else
		return usage();
	if (err) {
		fprintf(stderr,
			"events: no programs on the page pool's events: %s\n",
			strerror(-err));
		return EXIT_SKIP;
	}
	return measure(hooks, argv[next], argv + next + 1);
}
