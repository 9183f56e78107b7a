// SPDX-License-Identifier: GPL-2.0
/*
 * Lets one system call of a command fail, or lists those that it makes
 * (tests/inject.sh). A seccomp filter hands the calls in question to us, and only
 * these: a run costs little more than one without. Children are followed.
 *
 * A call is named by who makes it (main: the process that was started, else the
 * name of the process), what it is, what its first argument is where that tells
 * one kind from another (the command of bpf(2), the descriptor of read(2) and
 * write(2)), and its number among its like. A place is the chain of our
 * program's return addresses on the stack; as these are looked for, and not
 * unwound, one place may be counted as several. Calls before main() have none: the
 * dynamic linker is not ours.
 *
 * usage: inject --list FILE COMMAND...
 *            FILE: "WHO CALL ARGUMENT NUMBER PLACE" of each call
 *        inject WHO CALL ARGUMENT NUMBER ERROR FILE COMMAND...
 *            FILE: "injected" if that call was made
 * exit:  that of the command; 128 and the signal that ended it; 120 where we cannot
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/util/util.h"

#define CANNOT 120
#define STACK_MAX (256 << 10)

static const struct call {
	const char *name;
	int number;
	bool has_kinds; /* by its first argument */
} calls[] = {
	{ "bpf", SYS_bpf, true },	 { "mmap", SYS_mmap, false },
	{ "openat", SYS_openat, false }, { "socket", SYS_socket, false },
	{ "read", SYS_read, true },	 { "write", SYS_write, true },
	{ "clone", SYS_clone, false },	 { "clone3", SYS_clone3, false },
#ifdef SYS_vfork
	{ "vfork", SYS_vfork, false },
#endif
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "EPERM", EPERM },   { "EIO", EIO },	    { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EMFILE", EMFILE }, { "ENOSPC", ENOSPC },
	{ "EPIPE", EPIPE },
};

/* What is to fail; where @who is NULL nothing is, and all is listed. */
struct wanted {
	const char *who;
	const struct call *call;
	long argument;
	unsigned long number;
	int error;
};

/* How many calls there were of one kind. */
struct tally {
	char who[16];
	const struct call *call;
	long argument;
	unsigned long count;
};

struct listener {
	int fd;
	pid_t main;
	FILE *file;
	struct wanted wanted;
	struct tally tallies[1024];
	size_t tally_count;
	/* of the process whose stack was read last */
	pid_t mapped;
	uint64_t text, text_end, stack_end;
};

static void die(const char *text, ...)
{
	va_list args;

	va_start(args, text);
	fputs("inject: ", stderr);
	vfprintf(stderr, text, args);
	va_end(args);
	fputc('\n', stderr);
	_exit(CANNOT);
}

static const struct call *call_named(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(calls); i++)
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	die("no call '%s'", name);
	return NULL;
}

static const struct call *call_numbered(int number)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

static int error_named(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(errors); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].number;
	die("no error '%s'", name);
	return 0;
}

/* ---- the command, and the filter around it ---- */

#define LOAD(member)                       \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 offsetof(struct seccomp_data, member))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

/* The call of @wanted and its like, or all calls of the table. Returns the listener. */
static int install_filter(const struct wanted *wanted)
{
	struct sock_filter code[8 + 2 * ARRAY_LEN(calls)];
	struct sock_fprog program = { .filter = code };
	size_t i, n = 0;

	code[n++] = (struct sock_filter)LOAD(nr);
	for (i = 0; i < ARRAY_LEN(calls); i++) {
		if (wanted->who && wanted->call != &calls[i])
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0,
			wanted->who && calls[i].has_kinds ? 3 : 1);
		if (wanted->who && calls[i].has_kinds) {
			code[n++] = (struct sock_filter)LOAD(args[0]);
			code[n++] = (struct sock_filter)BPF_JUMP(
				BPF_JMP | BPF_JEQ | BPF_K, wanted->argument, 0,
				1);
		}
		code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_USER_NOTIF);
	}
	code[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	program.len = n;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Says through @to which descriptor is the listener's; not by a call of the table. */
static void become_command(char **argv, const struct wanted *wanted, int to)
{
	int listener;

	/* Addresses are the same in each run. */
	personality(ADDR_NO_RANDOMIZE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = install_filter(wanted);
	if (send(to, &listener, sizeof(listener), MSG_NOSIGNAL) !=
		    sizeof(listener) ||
	    listener < 0)
		_exit(CANNOT);
	/* The listener is taken before exec closes it. */
	recv(to, &listener, sizeof(listener), 0);
	close(to);
	execvp(argv[0], argv);
	_exit(CANNOT);
}

/* Starts the command. Returns the listener. */
static int start(char **argv, const struct wanted *wanted, pid_t *child)
{
	int sockets[2], theirs = -1, pidfd, fd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		die("no sockets: %s", strerror(errno));
	*child = fork();
	if (*child < 0)
		die("no child: %s", strerror(errno));
	if (!*child) {
		close(sockets[0]);
		become_command(argv, wanted, sockets[1]);
	}
	close(sockets[1]);
	recv(sockets[0], &theirs, sizeof(theirs), 0);
	pidfd = syscall(SYS_pidfd_open, *child, 0);
	fd = theirs < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (fd < 0)
		die("no filter with a listener can be set here: %s",
		    strerror(errno));
	close(pidfd);
	close(sockets[0]);
	return fd;
}

/* ---- which call it is ---- */

static void name_process(const struct listener *listener, pid_t pid,
			 char who[16])
{
	char path[64];
	FILE *file;

	snprintf(who, 16, "%s", pid == listener->main ? "main" : "?");
	if (pid == listener->main)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (file && fgets(who, 16, file))
		who[strcspn(who, "\n ")] = '\0';
	if (file)
		fclose(file);
}

/* Counts the call. */
static const struct tally *count_call(struct listener *listener,
				      const struct seccomp_notif *notif)
{
	const struct call *call = call_numbered(notif->data.nr);
	long argument = call->has_kinds ? (int)notif->data.args[0] : 0;
	struct tally *tally = listener->tallies;
	char who[16];

	name_process(listener, notif->pid, who);
	for (; tally < listener->tallies + listener->tally_count; tally++)
		if (tally->call == call && tally->argument == argument &&
		    !strcmp(tally->who, who))
			break;
	if (tally == listener->tallies + ARRAY_LEN(listener->tallies))
		die("too many kinds of calls");
	if (tally == listener->tallies + listener->tally_count) {
		*tally = (struct tally){ .call = call, .argument = argument };
		memcpy(tally->who, who, sizeof(who));
		listener->tally_count++;
	}
	tally->count++;
	return tally;
}

/* Where the program's code is, without libraries, and where its stack ends. */
static void read_maps(struct listener *listener, pid_t pid)
{
	char path[64], line[512], program[256] = "", which[256], may[8];
	uint64_t begin, end;
	FILE *file;

	listener->mapped = pid;
	listener->text = listener->text_end = listener->stack_end = 0;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (readlink(path, program, sizeof(program) - 1) <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line,
			   "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %255s",
			   &begin, &end, may, which) != 4)
			continue;
		if (!strcmp(which, "[stack]"))
			listener->stack_end = end;
		if (strchr(may, 'x') && !strcmp(which, program)) {
			listener->text = begin;
			listener->text_end = end;
		}
	}
	if (file)
		fclose(file);
}

/* Of a process that waits in a call; 0 where that cannot be said. */
static uint64_t stack_pointer(pid_t pid)
{
	char path[64], line[256];
	uint64_t sp = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file) ||
	    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %" SCNx64, &sp) != 1)
		sp = 0;
	if (file)
		fclose(file);
	return sp;
}

/* 0: before main(). */
static uint64_t place_of(struct listener *listener, pid_t pid)
{
	static uint64_t words[STACK_MAX / sizeof(uint64_t)];
	uint64_t hash = 0, first = 0, sp = stack_pointer(pid);
	struct iovec ours = { words, sizeof(words) }, theirs;
	bool begun = false;
	ssize_t size, i;

	if (pid != listener->mapped)
		read_maps(listener, pid);
	/* A thread's stack ends elsewhere: as far as there is memory. */
	if (sp < listener->stack_end &&
	    listener->stack_end - sp < sizeof(words))
		ours.iov_len = listener->stack_end - sp;
	theirs = (struct iovec){ (void *)sp, ours.iov_len };
	size = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
	for (i = 0; i < size / (ssize_t)sizeof(words[0]); i++) {
		if (words[i] < listener->text || words[i] >= listener->text_end)
			continue;
		/* One always stands there: the entry point, for the linker. */
		begun = begun || (first && words[i] != first);
		first = words[i];
		hash = (hash ^ words[i]) * 0x100000001b3;
	}
	return begun ? hash : 0;
}

/* Returns the error that the call gets, or 0. */
static int judge_call(struct listener *listener,
		      const struct seccomp_notif *notif)
{
	const struct tally *tally = count_call(listener, notif);
	const struct wanted *wanted = &listener->wanted;

	if (!wanted->who) {
		fprintf(listener->file, "%s %s %ld %lu %" PRIx64 "\n",
			tally->who, tally->call->name, tally->argument,
			tally->count, place_of(listener, notif->pid));
		return 0;
	}
	if (strcmp(tally->who, wanted->who) || tally->count != wanted->number)
		return 0;
	fprintf(listener->file, "injected\n");
	return wanted->error;
}

/* Until no process has the filter. */
static void listen_to(struct listener *listener)
{
	struct pollfd poll_fd = { .fd = listener->fd, .events = POLLIN };
	struct seccomp_notif notif;
	struct seccomp_notif_resp answer;
	int error;

	while (poll(&poll_fd, 1, -1) >= 0 || errno == EINTR) {
		if (!(poll_fd.revents & POLLIN)) {
			if (poll_fd.revents)
				break;
			continue;
		}
		memset(&notif, 0, sizeof(notif));
		if (ioctl(listener->fd, SECCOMP_IOCTL_NOTIF_RECV, &notif))
			continue; /* it was killed */
		error = judge_call(listener, &notif);
		answer = (struct seccomp_notif_resp){
			.id = notif.id,
			.error = -error,
			.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE,
		};
		ioctl(listener->fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int main(int argc, char **argv)
{
	static struct listener listener;
	struct wanted *wanted = &listener.wanted;
	int at, status;

	if (argc > 3 && !strcmp(argv[1], "--list")) {
		at = 2;
	} else if (argc > 7) {
		at = 6;
		*wanted = (struct wanted){ .who = argv[1],
					   .call = call_named(argv[2]),
					   .argument = atol(argv[3]),
					   .number = strtoul(argv[4], NULL, 10),
					   .error = error_named(argv[5]) };
	} else {
		die("usage: inject --list FILE COMMAND..., or WHO CALL ARGUMENT NUMBER ERROR FILE COMMAND...");
	}
	listener.file = fopen(argv[at], "we");
	if (!listener.file)
		die("'%s': %s", argv[at], strerror(errno));
	listener.fd = start(argv + at + 1, wanted, &listener.main);
	listen_to(&listener);
	fclose(listener.file);
	if (waitpid(listener.main, &status, 0) != listener.main)
		die("the command is gone");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
