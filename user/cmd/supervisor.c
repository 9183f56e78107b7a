// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/cmd/options.h"
#include "user/cmd/supervisor.h"
#include "user/kernel/xdp_attach.h"
#include "user/util/util.h"

/* Its name in ps: whoever kills all of netmem-check by name leaves it alone. */
#define NAME "netmem-workload"

#define KILL_LIMIT_MS 10000
#define KILL_STEP_MAX_MS 50

struct supervisor {
	struct supervision *with;
	pid_t workload; /* 0: none runs */
	struct {
		int ifindex, program;
		uint32_t mode;
	} held[DEVICES_MAX];
	size_t held_count;
};

static void answer(const struct supervisor *supervisor, enum answer_kind kind,
		   int value)
{
	struct answer answer = { kind, value };

	/* Who is gone needs no answer. */
	send(supervisor->with->control, &answer, sizeof(answer), MSG_NOSIGNAL);
}

/* ---- the workload ---- */

/* Tells the parent why it could not start, on a pipe that exec closes. */
static void __attribute__((noreturn))
run_child(const struct supervision *with, int error_fd, pid_t parent)
{
	sigset_t none;
	char number[16];
	int err;

	/* Where the supervisor is killed, at least this one ends. */
	if (!with->keep)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (with->stdout_fd >= 0)
		dup2(with->stdout_fd, STDOUT_FILENO);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	snprintf(number, sizeof(number), "%d", with->ready_fd);
	setenv("NETMEM_READY_FD", number, 1);
	files_limit_restore();
	execvp(with->argv[0], with->argv);
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

static int start(struct supervisor *supervisor)
{
	pid_t parent = getpid();
	int errors[2], err;

	if (pipe2(errors, O_CLOEXEC))
		return -errno;
	supervisor->workload = fork();
	if (!supervisor->workload)
		run_child(supervisor->with, errors[1], parent);
	err = supervisor->workload < 0 ? -errno : 0;
	close(errors[1]);
	close(supervisor->with->ready_fd);
	if (err) {
		supervisor->workload = 0;
		close(errors[0]);
		return err;
	}
	setpgid(supervisor->workload, supervisor->workload);
	return await_exec(errors[0]);
}

/* Ours, and what was left to us (PR_SET_CHILD_SUBREAPER). False: none is left. */
static bool reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != supervisor->workload)
			continue;
		supervisor->workload = 0;
		answer(supervisor, ANSWER_ENDED,
		       WIFEXITED(status) ? WEXITSTATUS(status) :
					   128 + WTERMSIG(status));
	}
	return pid == 0;
}

/* ---- the end of all that came of it ---- */

/* Of "PID (NAME) STATE PARENT ...", where the name may be anything. 0: unknown. */
static pid_t parent_of(const char *pid)
{
	char path[280], text[512];
	int parent = 0;
	const char *at;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

/* /proc may be that of another PID namespace, with other numbers. */
static bool proc_is_ours(void)
{
	char self[16] = "";

	return readlink("/proc/self", self, sizeof(self) - 1) > 0 &&
	       atoi(self) == getpid();
}

/* A number stays that of our child until we reap it. */
static void kill_children(const struct supervisor *supervisor)
{
	DIR *all = proc_is_ours() ? opendir("/proc") : NULL;
	struct dirent *entry;

	if (supervisor->workload)
		kill(-supervisor->workload, SIGKILL);
	while (all && (entry = readdir(all)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    parent_of(entry->d_name) == getpid())
			kill(atoi(entry->d_name), SIGKILL);
	if (all)
		closedir(all);
}

/*
 * Whoever loses its parent becomes our child, also after setsid() and two
 * forks: killing our children again and again reaches all. Returns 0, or -EBUSY
 * for what cannot be killed: it is in the kernel, or somebody else's.
 */
static int kill_all(struct supervisor *supervisor)
{
	uint64_t end = now_ns() + KILL_LIMIT_MS * 1000000ULL;
	unsigned int ms = 1;

	while (reap(supervisor)) {
		if (now_ns() > end)
			return -EBUSY;
		kill_children(supervisor);
		poll(NULL, 0, ms);
		ms = 2 * ms > KILL_STEP_MAX_MS ? KILL_STEP_MAX_MS : 2 * ms;
	}
	return 0;
}

/* ---- XDP programs that ours replaced ---- */

static void hold_xdp(struct supervisor *supervisor, const struct order *order,
		     int program)
{
	size_t i = supervisor->held_count;

	if (program < 0 || i == ARRAY_LEN(supervisor->held))
		return;
	supervisor->held[i].ifindex = order->ifindex;
	supervisor->held[i].mode = order->mode;
	supervisor->held[i].program = program;
	supervisor->held_count++;
}

static void forget_xdp(struct supervisor *supervisor)
{
	while (supervisor->held_count)
		close(supervisor->held[--supervisor->held_count].program);
}

/* Our link goes with our last descriptor, which is closed before we are dead. */
static void restore_xdp(struct supervisor *supervisor)
{
	struct pollfd parent = { .fd = supervisor->with->parent,
				 .events = POLLIN };
	size_t i;

	if (!supervisor->held_count)
		return;
	while (poll(&parent, 1, -1) < 0 && errno == EINTR)
		;
	for (i = 0; i < supervisor->held_count; i++)
		xdp_put_back(supervisor->held[i].ifindex,
			     supervisor->held[i].program,
			     supervisor->held[i].mode);
	forget_xdp(supervisor);
}

/* ---- orders ---- */

static int passed_fd(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void obey(struct supervisor *supervisor, const struct order *order,
		 int fd)
{
	switch (order->kind) {
	case ORDER_RUN:
		answer(supervisor, ANSWER_STARTED, start(supervisor));
		break;
	case ORDER_TERM:
		if (supervisor->workload)
			kill(-supervisor->workload, SIGTERM);
		break;
	case ORDER_KILL:
		answer(supervisor, ANSWER_GONE, kill_all(supervisor));
		break;
	case ORDER_HOLD_XDP:
		hold_xdp(supervisor, order, fd);
		break;
	case ORDER_FORGET_XDP:
		forget_xdp(supervisor);
		break;
	}
}

/* False: nobody is there who gives orders. */
static bool take_order(struct supervisor *supervisor)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct order order;
	struct iovec data = { &order, sizeof(order) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t length =
		recvmsg(supervisor->with->control, &message, MSG_CMSG_CLOEXEC);

	if (length == sizeof(order))
		obey(supervisor, &order, passed_fd(&message));
	else if (length >= 0 || errno != EINTR)
		return false;
	return true;
}

/* A descriptor that is readable when a child ended. */
static int open_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void supervise(struct supervision *with)
{
	struct supervisor supervisor = { .with = with };
	struct pollfd inputs[] = {
		{ .fd = with->control, .events = POLLIN },
		{ .fd = open_children(), .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int code = 0;

	/* Ctrl-C is for us, and whoever kills our group leaves this one. */
	setpgid(0, 0);
	prctl(PR_SET_NAME, NAME);
	if (!with->keep)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (;;) {
		if (poll(inputs, ARRAY_LEN(inputs), -1) < 0 && errno != EINTR)
			break;
		while (read(inputs[1].fd, &info, sizeof(info)) == sizeof(info))
			;
		reap(&supervisor);
		if (inputs[0].revents && !take_order(&supervisor))
			break;
	}
	restore_xdp(&supervisor);
	if (!with->keep && kill_all(&supervisor))
		code = EXIT_FAILURE;
	_exit(code);
}
