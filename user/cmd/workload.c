// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/util/util.h"
#include "user/cmd/workload.h"

#define STOP_TRIES 20
#define STOP_DISTANCE_US 50000

/* Tells the parent why it could not start, on a pipe that exec closes. */
static void __attribute__((noreturn))
run_child(char **argv, int ready_fd, int error_fd, pid_t parent)
{
	sigset_t none;
	char number[16];
	int err;

	/* Dies with us, whatever ends us; and if we are gone already, now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	files_limit_restore();
	snprintf(number, sizeof(number), "%d", ready_fd);
	setenv("NETMEM_READY_FD", number, 1);
	execvp(argv[0], argv);
	err = -errno;
	if (write(error_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

/* Waits until exec took place, or failed: 0 or negative errno. */
static int await_exec(int error_fd)
{
	int err = 0;

	if (read(error_fd, &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(error_fd);
	return err;
}

static int explain(char **argv, int err)
{
	if (err)
		pr_error("cannot run '%s': %s", argv[0], error_text(err));
	return err;
}

int workload_start(struct workload *workload, char **argv, bool stdout_is_ours)
{
	int pipes[2] = { -1, -1 }, errors[2], err;
	pid_t parent = getpid();

	memset(workload, 0, sizeof(*workload));
	if (pipe2(errors, O_CLOEXEC))
		return explain(argv, -errno);
	workload->pid = pipe(pipes) ? -1 : fork();
	if (!workload->pid) {
		if (stdout_is_ours)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		run_child(argv, pipes[1], errors[1], parent);
	}
	err = workload->pid < 0 ? -errno : 0;
	close(errors[1]);
	close(pipes[1]);
	fcntl(pipes[0], F_SETFD, FD_CLOEXEC);
	workload->ready_fd = pipes[0];
	if (err) {
		workload->pid = 0;
		close(errors[0]);
		return explain(argv, err);
	}
	setpgid(workload->pid, workload->pid);
	return explain(argv, await_exec(errors[0]));
}

static bool reap(struct workload *workload, int flags)
{
	int status;

	if (waitpid(workload->pid, &status, flags) != workload->pid)
		return false;
	workload->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					       128 + WTERMSIG(status);
	workload->pid = 0;
	workload->ended = true;
	return true;
}

bool workload_poll(struct workload *workload)
{
	struct pollfd ready = { .fd = workload->ready_fd, .events = POLLIN };

	if (!workload->pid)
		return true;
	if (reap(workload, WNOHANG))
		return true;
	if (poll(&ready, 1, 0) > 0 && ready.revents & POLLIN)
		workload->judged_running = true;
	return workload->judged_running;
}

void workload_stop(struct workload *workload, bool (*is_cut)(void *data),
		   void *data)
{
	int tries;

	if (workload->pid) {
		kill(-workload->pid, SIGTERM);
		for (tries = 0; tries < STOP_TRIES; tries++) {
			if (reap(workload, WNOHANG) || is_cut(data))
				break;
			usleep(STOP_DISTANCE_US);
		}
	}
	if (workload->pid) {
		kill(-workload->pid, SIGKILL);
		reap(workload, 0);
	}
	if (workload->ready_fd > 0)
		close(workload->ready_fd);
	workload->ready_fd = -1;
}
