// SPDX-License-Identifier: GPL-2.0
/*
 * netmem-traffic hold: receives and does not read, so that the packets, and
 * the pages under them, stay at a place that is known.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/mroute.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

#include "tools/traffic/traffic.h"

#define STEP_NS (10 * NSEC_PER_MSEC)
#define READ_TIMEOUT_US 200000

/* A full receive buffer makes TCP copy its queue together, and the pool's
 * pages would go free: room for --bytes in buffers of a small segment each.
 */
#define RECEIVE_BUFFER_MIN (1 << 20)
#define OVERHEAD 8

struct holding {
	int fd;
	int pipe[2];
	long piped;
};

struct kind {
	const char *name;
	void (*open)(struct holding *h, const struct options *o);
	/* Bytes that wait; may move them there */
	long (*waiting)(struct holding *h, const struct options *o);
	/* Reads all and closes; bytes that had waited */
	long (*release)(struct holding *h, const struct options *o);
};

/* ---- sockets ---- */

static void set_receive_timeout(int fd)
{
	struct timeval timeout = { .tv_usec = READ_TIMEOUT_US };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

static int open_socket(const struct options *o, int family, int type,
		       int protocol)
{
	int size = RECEIVE_BUFFER_MIN, one = 1, fd;

	fd = socket(family, type, protocol);
	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT))
		quit(EXIT_SKIP, "this kernel has no protocol %d", protocol);
	if (fd < 0)
		quit(EXIT_FAILURE, "cannot open a socket: %s", strerror(errno));
	if (o->bytes > size / OVERHEAD)
		size = o->bytes * OVERHEAD;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	set_receive_timeout(fd);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		quit(EXIT_FAILURE,
		     "cannot set a receive buffer of %d bytes: %s", size,
		     strerror(errno));
	return fd;
}

static int open_on_port(const struct options *o, int type, int protocol)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(o->port),
	};
	int fd;

	if (!o->port)
		quit(EXIT_USAGE, "--port is missing");
	fd = open_socket(o, AF_INET, type, protocol);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		quit(EXIT_FAILURE, "cannot bind port %ld: %s", o->port,
		     strerror(errno));
	return fd;
}

static int open_listener(const struct options *o, int protocol)
{
	int fd = open_on_port(o, SOCK_STREAM, protocol);

	if (listen(fd, 1))
		quit(EXIT_FAILURE, "cannot listen: %s", strerror(errno));
	return fd;
}

static int accept_one(int listener)
{
	int fd;

	do {
		fd = accept(listener, NULL, NULL);
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	if (fd < 0)
		quit(EXIT_FAILURE, "cannot accept: %s", strerror(errno));
	close(listener);
	set_receive_timeout(fd);
	return fd;
}

/* Of a stream */
static long bytes_to_read(struct holding *h, const struct options *o)
{
	int bytes;

	if (ioctl(h->fd, SIOCINQ, &bytes))
		quit(EXIT_FAILURE, "cannot ask for unread bytes: %s",
		     strerror(errno));
	return bytes;
}

/* Of any socket, in any queue: with the overhead of its buffers */
static long memory_of_socket(struct holding *h, const struct options *o)
{
	__u32 memory[SK_MEMINFO_VARS];
	socklen_t size = sizeof(memory);

	if (getsockopt(h->fd, SOL_SOCKET, SO_MEMINFO, memory, &size))
		quit(EXIT_FAILURE, "cannot ask for a socket's memory: %s",
		     strerror(errno));
	return memory[SK_MEMINFO_RMEM_ALLOC];
}

/* Until the peer has closed, or nothing came for the receive timeout */
static long read_everything(int fd)
{
	static char buffer[65536];
	long total = 0;
	ssize_t n;

	for (;;) {
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n > 0) {
			total += n;
			continue;
		}
		/* The device of a packet socket went: told once */
		if (n < 0 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (n < 0 && errno != EAGAIN && errno != ECONNRESET)
			quit(EXIT_FAILURE, "cannot read: %s", strerror(errno));
		return total;
	}
}

static long read_and_close(struct holding *h, const struct options *o)
{
	long total = read_everything(h->fd);

	close(h->fd);
	return total;
}

/* ---- tcp, unaccepted ---- */

static void open_tcp(struct holding *h, const struct options *o)
{
	h->fd = accept_one(open_listener(o, 0));
}

static void open_unaccepted(struct holding *h, const struct options *o)
{
	h->fd = open_listener(o, 0);
}

/* The child has no descriptor to ask; its table shows what is unread. */
static long bytes_of_children(struct holding *h, const struct options *o)
{
	unsigned int port, state, unread;
	long total = 0;
	char line[256];
	FILE *file;

	file = fopen("/proc/net/tcp", "re");
	if (!file)
		quit(EXIT_FAILURE, "cannot read /proc/net/tcp: %s",
		     strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*d: %*x:%x %*x:%*x %x %*x:%x", &port, &state,
			   &unread) == 3 &&
		    port == o->port && state == TCP_ESTABLISHED)
			total += unread;
	}
	fclose(file);
	return total;
}

static long accept_and_read(struct holding *h, const struct options *o)
{
	h->fd = accept_one(h->fd);
	return read_and_close(h, o);
}

/* ---- out-of-order ---- */

/*
 * Drops the segment that begins with the first byte of `send`, whenever it
 * comes: with data behind the TCP header, the first of them not 0. What is
 * received behind it stays out of order.
 */
static void drop_first_segment(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12), /* data offset, words */
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3c),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ~0U),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)))
		quit(EXIT_SKIP, "cannot filter a socket: %s", strerror(errno));
}

/*
 * The child has the listener's filter from its birth on. It must end with a
 * reset: after a FIN it would stay, with its queue and with no process, for as
 * long as the peer does not answer.
 */
static void open_out_of_order(struct holding *h, const struct options *o)
{
	const struct linger reset = { .l_onoff = 1 };
	int listener = open_listener(o, 0);

	drop_first_segment(listener);
	h->fd = accept_one(listener);
	setsockopt(h->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

static long out_of_order_bytes(struct holding *h, const struct options *o)
{
	return bytes_to_read(h, o) ? 0 : memory_of_socket(h, o);
}

/*
 * The peer repeats the first segment at its leisure, or is gone. What is not
 * read goes free with the socket.
 */
static long fill_hole_and_read(struct holding *h, const struct options *o)
{
	int unused = 0;
	long total;

	setsockopt(h->fd, SOL_SOCKET, SO_DETACH_FILTER, &unused,
		   sizeof(unused));
	total = read_everything(h->fd);
	if (!total)
		total = memory_of_socket(h, o);
	close(h->fd);
	return total;
}

/* ---- pipe ---- */

static void open_pipe(struct holding *h, const struct options *o)
{
	/* As large as a pipe may be without being asked for: 256 pieces */
	if (pipe2(h->pipe, O_NONBLOCK | O_CLOEXEC) ||
	    fcntl(h->pipe[1], F_SETPIPE_SZ, 1 << 20) < 0)
		quit(EXIT_FAILURE, "cannot make a pipe: %s", strerror(errno));
	open_tcp(h, o);
}

static long splice_into_pipe(struct holding *h, const struct options *o)
{
	ssize_t n;

	do {
		n = splice(h->fd, NULL, h->pipe[1], NULL, 1 << 20,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n > 0)
			h->piped += n;
	} while (n > 0);
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNRESET)
		quit(EXIT_FAILURE, "cannot splice: %s", strerror(errno));
	return h->piped;
}

static long read_pipe(struct holding *h, const struct options *o)
{
	static char buffer[65536];
	long total = 0;
	ssize_t n;

	while ((n = read(h->pipe[0], buffer, sizeof(buffer))) > 0)
		total += n;
	return total + read_and_close(h, o);
}

/* ---- udp, packet, raw ---- */

static void open_udp(struct holding *h, const struct options *o)
{
	h->fd = open_on_port(o, SOCK_DGRAM, 0);
}

static void open_packet(struct holding *h, const struct options *o)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = need_device(o),
	};

	/* No protocol before bind: nothing of other devices */
	h->fd = open_socket(o, AF_PACKET, SOCK_RAW, 0);
	if (bind(h->fd, (struct sockaddr *)&addr, sizeof(addr)))
		quit(EXIT_FAILURE, "cannot bind to '%s': %s", o->dev,
		     strerror(errno));
}

static void open_raw(struct holding *h, const struct options *o)
{
	h->fd = open_socket(o, AF_INET, SOCK_RAW, RAW_PROTOCOL);
}

/* ---- tap ---- */

static void open_tap(struct holding *h, const struct options *o)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (!o->dev)
		quit(EXIT_USAGE, "--dev is missing");
	strncpy(ifr.ifr_name, o->dev, IFNAMSIZ - 1);
	h->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (h->fd < 0 || ioctl(h->fd, TUNSETIFF, &ifr))
		quit(EXIT_SKIP, "cannot make the tap '%s': %s", o->dev,
		     strerror(errno));
}

/* The ring tells nobody how much is in it: ready when it can be filled. */
static long whole_ring(struct holding *h, const struct options *o)
{
	return o->bytes;
}

static long read_ring(struct holding *h, const struct options *o)
{
	static char buffer[65536];
	long total = 0;
	ssize_t n;

	while ((n = read(h->fd, buffer, sizeof(buffer))) > 0)
		total += n;
	close(h->fd);
	return total;
}

/* ---- protocols without an iterator ---- */

static void open_udplite(struct holding *h, const struct options *o)
{
	h->fd = open_on_port(o, SOCK_DGRAM, IPPROTO_UDPLITE);
}

static void open_mptcp(struct holding *h, const struct options *o)
{
	h->fd = accept_one(open_listener(o, IPPROTO_MPTCP));
}

static void open_sctp(struct holding *h, const struct options *o)
{
	h->fd = accept_one(open_listener(o, IPPROTO_SCTP));
}

/* ---- files, routes ---- */

/* /sys/class/net/DEV/tapN/dev has the numbers; udev may have made no node. */
static dev_t number_of_macvtap(const char *dev)
{
	unsigned int major, minor;
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/tap%u/dev", dev,
		 if_nametoindex(dev));
	file = fopen(path, "re");
	if (!file || fscanf(file, "%u:%u", &major, &minor) != 2)
		quit(EXIT_SKIP, "'%s' has no file (%s)", dev, path);
	fclose(file);
	return makedev(major, minor);
}

static void open_macvtap(struct holding *h, const struct options *o)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	char node[] = "/tmp/netmem-traffic.XXXXXX";

	if (!o->dev || !mkdtemp(node))
		quit(EXIT_USAGE, "--dev is missing");
	strncpy(ifr.ifr_name, o->dev, IFNAMSIZ - 1);
	rmdir(node);
	if (mknod(node, S_IFCHR | 0600, number_of_macvtap(o->dev)))
		quit(EXIT_FAILURE, "cannot make '%s': %s", node,
		     strerror(errno));
	h->fd = open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	unlink(node);
	if (h->fd < 0 || ioctl(h->fd, TUNSETIFF, &ifr))
		quit(EXIT_SKIP, "cannot open the file of '%s': %s", o->dev,
		     strerror(errno));
}

static void open_ppp(struct holding *h, const struct options *o)
{
	h->fd = open("/dev/ppp", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (h->fd < 0)
		quit(EXIT_SKIP, "cannot open /dev/ppp: %s", strerror(errno));
}

static void set_route_option(int fd, int name, const void *value, int size)
{
	if (setsockopt(fd, IPPROTO_IP, name, value, size))
		quit(EXIT_SKIP, "cannot route multicast: %s", strerror(errno));
}

static void open_multicast(struct holding *h, const struct options *o)
{
	struct vifctl vif = { .vifc_flags = VIFF_USE_IFINDEX,
			      .vifc_threshold = 1,
			      .vifc_lcl_ifindex = need_device(o) };
	unsigned int table = 100;
	int one = 1;

	h->fd = open_socket(o, AF_INET, SOCK_RAW, IPPROTO_IGMP);
	set_route_option(h->fd, MRT_TABLE, &table, sizeof(table));
	set_route_option(h->fd, MRT_INIT, &one, sizeof(one));
	set_route_option(h->fd, MRT_ADD_VIF, &vif, sizeof(vif));
}

static long close_only(struct holding *h, const struct options *o)
{
	close(h->fd);
	return o->bytes;
}

/* ---- sockets that no process has open ---- */

/* The message keeps the socket; only the pair of unix sockets is open. */
static void send_away(struct holding *h)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &h->fd, sizeof(int));
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, h->pipe) ||
	    sendmsg(h->pipe[0], &message, 0) < 0)
		quit(EXIT_FAILURE, "cannot send a socket away: %s",
		     strerror(errno));
	close(h->fd);
}

static void take_back(struct holding *h)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };

	if (recvmsg(h->pipe[1], &message, MSG_CMSG_CLOEXEC) < 0 ||
	    !CMSG_FIRSTHDR(&message))
		quit(EXIT_FAILURE, "the socket did not come back");
	memcpy(&h->fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
}

/* ---- all ---- */

static const struct kind kinds[] = {
	{ "tcp", open_tcp, bytes_to_read, read_and_close },
	{ "udp", open_udp, memory_of_socket, read_and_close },
	{ "unaccepted", open_unaccepted, bytes_of_children, accept_and_read },
	{ "out-of-order", open_out_of_order, out_of_order_bytes,
	  fill_hole_and_read },
	{ "pipe", open_pipe, splice_into_pipe, read_pipe },
	{ "packet", open_packet, memory_of_socket, read_and_close },
	{ "raw", open_raw, memory_of_socket, read_and_close },
	{ "tap", open_tap, whole_ring, read_ring },
	{ "udplite", open_udplite, memory_of_socket, read_and_close },
	{ "mptcp", open_mptcp, bytes_to_read, read_and_close },
	{ "sctp", open_sctp, memory_of_socket, read_and_close },
	{ "macvtap", open_macvtap, whole_ring, close_only },
	{ "ppp", open_ppp, whole_ring, close_only },
	{ "multicast", open_multicast, whole_ring, close_only },
};

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	quit(EXIT_USAGE, "cannot hold '%s'; see netmem-traffic --help", name);
}

/* Says once that it is ready; until SIGUSR1, or the time is over */
static void wait_for_release(struct holding *h, const struct kind *kind,
			     const struct options *o, const sigset_t *release)
{
	const struct timespec step = { .tv_nsec = STEP_NS };
	long long end = now_ns() + o->release_after * NSEC_PER_SEC;
	bool ready = false;
	long bytes;

	while (!o->release_after || now_ns() < end) {
		if (!ready) {
			bytes = kind->waiting(h, o);
			ready = bytes >= o->bytes;
			if (ready && o->in_flight)
				send_away(h);
			if (ready) {
				printf("ready %s %ld bytes\n", kind->name,
				       bytes);
				fflush(stdout);
			}
		}
		if (sigtimedwait(release, NULL, &step) >= 0)
			return;
	}
}

int hold(const struct options *o, const char *what)
{
	const struct kind *kind = find_kind(*what ? what : o->proto);
	struct holding h = {};
	sigset_t release;
	long total;

	/* Blocked first: a release that comes before the data still counts */
	sigemptyset(&release);
	sigaddset(&release, SIGUSR1);
	sigprocmask(SIG_BLOCK, &release, NULL);

	kind->open(&h, o);
	if (o->leave && unshare(CLONE_NEWNET))
		quit(EXIT_FAILURE, "cannot leave the network namespace: %s",
		     strerror(errno));
	wait_for_release(&h, kind, o, &release);
	if (o->in_flight)
		take_back(&h);
	total = kind->release(&h, o);
	printf("read %ld bytes\n", total);
	if (total < o->bytes)
		quit(EXIT_FAILURE, "only %ld of %ld bytes were held", total,
		     o->bytes);
	return 0;
}
