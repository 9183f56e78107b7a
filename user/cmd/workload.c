// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/cmd/supervisor.h"
#include "user/cmd/workload.h"
#include "user/util/util.h"

#define STOP_TRIES 20
#define STOP_DISTANCE_MS 50

/* In the child: returns never. */
static void __attribute__((noreturn))
become_supervisor(const struct workload_options *options, int control,
		  int parent, int ready_fd)
{
	struct supervision supervision = {
		.argv = options->argv,
		.control = control,
		.parent = parent,
		.ready_fd = ready_fd,
		.stdout_fd = options->stdout_fd,
		.keep = options->keep,
	};

	supervise(&supervision);
}

static void close_all(int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int workload_open(struct workload *workload,
		  const struct workload_options *options)
{
	int fds[5] = { -1, -1, -1, -1, -1 };
	int *control = fds, *ready = fds + 2, *self = fds + 4, err = 0;

	memset(workload, 0, sizeof(*workload));
	workload->options = *options;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) ||
	    pipe(ready))
		err = -errno;
	*self = err ? -1 : pidfd_open(getpid(), 0);
	if (!err && *self >= 0) {
		fcntl(ready[0], F_SETFD, FD_CLOEXEC);
		workload->supervisor = fork();
	}
	if (!err && (*self < 0 || workload->supervisor < 0))
		err = -errno;
	if (err) {
		workload->supervisor = 0;
		close_all(fds, ARRAY_LEN(fds));
		return err;
	}
	if (!workload->supervisor) {
		close(control[0]);
		close(ready[0]);
		become_supervisor(options, control[1], *self, ready[1]);
	}
	workload->control = control[0];
	workload->ready_fd = ready[0];
	close(control[1]);
	close(ready[1]);
	close(*self);
	return 0;
}

static int give_order(const struct workload *workload,
		      const struct order *order, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec data = { (void *)order, sizeof(*order) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(workload->control, &message, MSG_NOSIGNAL) < 0 ? -errno :
									0;
}

/* Somebody killed the process between, and the workload with it. */
static void lose_supervisor(struct workload *workload)
{
	if (workload->running) {
		pr_error("the workload's supervisor was killed");
		workload->ended = true;
		workload->status = 128 + SIGKILL;
	}
	workload->running = false;
}

/* Waits for an answer: 0, -ETIMEDOUT, or -EPIPE where none will come. */
static int take_answer(struct workload *workload, int wait_ms,
		       struct answer *answer)
{
	struct pollfd input = { .fd = workload->control, .events = POLLIN };

	if (poll(&input, 1, wait_ms) <= 0)
		return -ETIMEDOUT;
	if (recv(workload->control, answer, sizeof(*answer), 0) !=
	    sizeof(*answer)) {
		lose_supervisor(workload);
		return -EPIPE;
	}
	if (answer->kind == ANSWER_ENDED) {
		workload->running = false;
		workload->ended = true;
		workload->status = answer->value;
	}
	return 0;
}

/* Gives an order, and returns the value of the answer to it. */
static int order_and_wait(struct workload *workload, enum order_kind order,
			  enum answer_kind kind)
{
	int err = give_order(workload, &(struct order){ .kind = order }, -1);
	struct answer answer;

	while (!err) {
		err = take_answer(workload, -1, &answer);
		if (!err && answer.kind == kind)
			return answer.value;
		/* A signal. */
		if (err == -ETIMEDOUT)
			err = 0;
	}
	return err;
}

int workload_start(struct workload *workload)
{
	int err = order_and_wait(workload, ORDER_RUN, ANSWER_STARTED);

	workload->running = !err;
	if (err)
		pr_error("cannot run '%s': %s", workload->options.argv[0],
			 error_text(err));
	return err;
}

bool workload_poll(struct workload *workload)
{
	struct pollfd ready = { .fd = workload->ready_fd, .events = POLLIN };
	struct answer answer;

	if (workload->running)
		take_answer(workload, 0, &answer);
	if (!workload->running)
		return true;
	if (poll(&ready, 1, 0) > 0 && ready.revents & POLLIN)
		workload->judged_running = true;
	return workload->judged_running;
}

void workload_stop(struct workload *workload, bool (*is_cut)(void *data),
		   void *data)
{
	struct answer answer;
	int tries;

	if (!workload->running || workload->options.keep)
		return;
	give_order(workload, &(struct order){ .kind = ORDER_TERM }, -1);
	for (tries = 0; tries < STOP_TRIES && workload->running; tries++) {
		if (is_cut(data))
			break;
		take_answer(workload, STOP_DISTANCE_MS, &answer);
	}
	if (order_and_wait(workload, ORDER_KILL, ANSWER_GONE) == -EBUSY)
		pr_error("processes of the workload cannot be killed");
}

int workload_hold_xdp(void *data, int ifindex, int program, uint32_t mode)
{
	struct order order = { ORDER_HOLD_XDP, ifindex, mode };

	return give_order(data, &order, program);
}

void workload_forget_xdp(struct workload *workload)
{
	if (workload->supervisor)
		give_order(workload,
			   &(struct order){ .kind = ORDER_FORGET_XDP }, -1);
}

void workload_close(struct workload *workload)
{
	if (!workload->supervisor)
		return;
	close(workload->control);
	close(workload->ready_fd);
	while (waitpid(workload->supervisor, NULL, 0) < 0 && errno == EINTR)
		;
	workload->supervisor = 0;
}
