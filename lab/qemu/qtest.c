// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's side of the tests: start it, speak qtest with it, pass frames. Any
 * failure of QEMU itself ends the test program with a message.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qtest.h"

#define START_TIMEOUT_MS 30000
#define ANSWER_TIMEOUT_MS 30000
/* The longest line: one memory write of a page, in hex */
#define LINE_SIZE 65536

/* Where QEMU finds the socket; gone when it is connected, or has failed */
static char dir[80];

static void remove_dir(void)
{
	char path[sizeof(dir) + 8];

	if (!dir[0])
		return;
	snprintf(path, sizeof(path), "%s/qtest", dir);
	unlink(path);
	rmdir(dir);
	dir[0] = '\0';
}

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "qtest: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	remove_dir();
	exit(2);
}

static void wait_readable(int fd, int ms, const char *what)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (poll(&wait, 1, ms) != 1)
		die("no %s from QEMU within %d s", what, ms / 1000);
}

/* QEMU comes, or ends at once when it dislikes something. */
static int accept_from(pid_t pid, int listener)
{
	struct pollfd wait = { .fd = listener, .events = POLLIN };
	unsigned tenths;
	int fd;

	for (tenths = 0; poll(&wait, 1, 100) != 1; tenths++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			die("QEMU has ended at its start");
		if (tenths * 100 >= START_TIMEOUT_MS)
			die("no connection from QEMU within %d s",
			    START_TIMEOUT_MS / 1000);
	}
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("cannot accept QEMU's connection: %s", strerror(errno));
	return fd;
}

static int listen_in(struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr->sun_family = AF_UNIX;
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/qtest", dir);
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, sizeof(*addr)) ||
	    listen(fd, 1))
		die("cannot listen on '%s': %s", addr->sun_path,
		    strerror(errno));
	return fd;
}

static void exec_qemu(const char *qemu, const char *qtest_path, int net,
		      const char *properties)
{
	char qtest[160], netdev[64], device[256];

	snprintf(qtest, sizeof(qtest), "unix:%s", qtest_path);
	snprintf(netdev, sizeof(netdev), "socket,id=wire,fd=%d", net);
	snprintf(device, sizeof(device),
		 "mvneta,netdev=wire,mac=52:54:00:12:34:56%s", properties);
	execlp(qemu, qemu, "-machine", "virt", "-m", "64", "-accel", "qtest",
	       "-qtest", qtest, "-qtest-log", "/dev/null", "-nodefaults",
	       "-display", "none", "-netdev", netdev, "-device", device,
	       (char *)NULL);
	die("cannot run '%s': %s", qemu, strerror(errno));
}

void machine_start(struct machine *m, const char *qemu, const char *properties)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un addr = {};
	int listener, wires[2];

	if (snprintf(dir, sizeof(dir), "%s/mvneta-test.XXXXXX",
		     tmp ? tmp : "/tmp") >= (int)sizeof(dir))
		die("TMPDIR is too long for a socket: '%s'", tmp);
	if (!mkdtemp(dir))
		die("cannot make '%s': %s", dir, strerror(errno));
	listener = listen_in(&addr);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, wires))
		die("no socket pair: %s", strerror(errno));
	m->pid = fork();
	if (m->pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (m->pid == 0) {
		close(wires[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exec_qemu(qemu, addr.sun_path, wires[1], properties);
	}
	close(wires[1]);
	m->net = wires[0];
	m->qtest = accept_from(m->pid, listener);
	close(listener);
	remove_dir();
}

bool machine_stop(struct machine *m)
{
	int status = 0;
	bool alive = waitpid(m->pid, &status, WNOHANG) == 0;

	if (alive) {
		kill(m->pid, SIGTERM);
		waitpid(m->pid, &status, 0);
	}
	close(m->qtest);
	close(m->net);
	return alive;
}

static void read_line(struct machine *m, char *line, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while (len == 0 || line[len - 1] != '\n') {
		if (len + 1 >= size)
			die("QEMU's answer is too long");
		wait_readable(m->qtest, ANSWER_TIMEOUT_MS, "answer");
		got = read(m->qtest, line + len, size - 1 - len);
		if (got <= 0)
			die("QEMU has ended");
		len += got;
	}
	line[len - 1] = '\0';
}

/* One command and its answer, without "OK "; valid until the next one. */
static const char *command(struct machine *m, const char *line, size_t len)
{
	static char answer[LINE_SIZE];

	if (write(m->qtest, line, len) != (ssize_t)len)
		die("QEMU takes no command: %s", strerror(errno));
	read_line(m, answer, sizeof(answer));
	if (strncmp(answer, "OK", 2) != 0)
		die("'%.*s': %s", (int)len - 1, line, answer);
	return answer[2] ? answer + 3 : answer + 2;
}

static const char *__attribute__((format(printf, 2, 3)))
commandf(struct machine *m, const char *format, ...)
{
	char line[128];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return command(m, line, len);
}

uint32_t machine_readl(struct machine *m, uint64_t addr)
{
	return strtoull(commandf(m, "readl 0x%llx\n", (unsigned long long)addr),
			NULL, 0);
}

void machine_writel(struct machine *m, uint64_t addr, uint32_t value)
{
	commandf(m, "writel 0x%llx 0x%x\n", (unsigned long long)addr, value);
}

void machine_read(struct machine *m, uint64_t addr, void *buf, size_t len)
{
	const char *hex = commandf(m, "read 0x%llx 0x%zx\n",
				   (unsigned long long)addr, len);
	uint8_t *bytes = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		if (sscanf(hex + 2 + 2 * i, "%2hhx", &bytes[i]) != 1)
			die("read: '%s'", hex);
	}
}

void machine_write(struct machine *m, uint64_t addr, const void *buf,
		   size_t len)
{
	static char line[LINE_SIZE];
	const uint8_t *bytes = buf;
	size_t at, i;

	if (2 * len + 64 > sizeof(line))
		die("a write of %zu bytes is too long", len);
	at = sprintf(line, "write 0x%llx 0x%zx 0x", (unsigned long long)addr,
		     len);
	for (i = 0; i < len; i++)
		at += sprintf(line + at, "%02x", bytes[i]);
	line[at++] = '\n';
	command(m, line, at);
}

void machine_step(struct machine *m, uint64_t ns)
{
	commandf(m, "clock_step %llu\n", (unsigned long long)ns);
}

void net_send(struct machine *m, const void *frame, size_t len)
{
	uint32_t head = htonl(len);

	if (write(m->net, &head, sizeof(head)) != sizeof(head) ||
	    write(m->net, frame, len) != (ssize_t)len)
		die("QEMU takes no frame: %s", strerror(errno));
}

static void read_all(int fd, void *buf, size_t len)
{
	uint8_t *bytes = buf;
	ssize_t got;

	for (; len; len -= got, bytes += got) {
		wait_readable(fd, ANSWER_TIMEOUT_MS, "rest of a frame");
		got = read(fd, bytes, len);
		if (got <= 0)
			die("QEMU has closed the wire");
	}
}

size_t net_receive(struct machine *m, void *frame, size_t size, int ms)
{
	struct pollfd wait = { .fd = m->net, .events = POLLIN };
	uint32_t head;

	if (poll(&wait, 1, ms) != 1)
		return 0;
	read_all(m->net, &head, sizeof(head));
	head = ntohl(head);
	if (head > size)
		die("a frame of %u bytes", head);
	read_all(m->net, frame, head);
	return head;
}
