// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "user/monitor/listen.h"
#include "user/util/util.h"

#define UNIX_PREFIX "unix:"
/* Owner and group may connect, which takes the right to write. */
#define UNIX_UMASK 0117
/* Of the directory: 2 s */
#define LOCK_TRIES 2000
#define LOCK_TRY_US 1000

/* ---- ADDR:PORT ---- */

static int parse_port(const char *text, in_port_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || number > 65535)
		return -EINVAL;
	*port = htons(number);
	return 0;
}

/* Numbers only: a name would be looked up somewhere. */
static int parse_address(const char *listen, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
	struct sockaddr_in *four = (struct sockaddr_in *)to;
	const char *colon = strrchr(listen, ':');
	char host[64];
	size_t length = colon ? (size_t)(colon - listen) : 0;

	memset(to, 0, sizeof(*to));
	if (!colon || length >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)length, listen);
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		six->sin6_family = AF_INET6;
		if (inet_pton(AF_INET6, host + 1, &six->sin6_addr) != 1)
			return -EINVAL;
		return parse_port(colon + 1, &six->sin6_port);
	}
	four->sin_family = AF_INET;
	four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (length && inet_pton(AF_INET, host, &four->sin_addr) != 1)
		return -EINVAL;
	return parse_port(colon + 1, &four->sin_port);
}

static int listen_tcp(const char *at, struct listening *to)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int one = 1, err = parse_address(at, &address);

	if (err) {
		pr_error(
			"--listen: '%s' is not ADDR:PORT, [ADDR6]:PORT, :PORT or unix:PATH",
			at);
		return err;
	}
	to->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (to->fd >= 0 &&
	    !setsockopt(to->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) &&
	    !bind(to->fd, (struct sockaddr *)&address,
		  address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						  sizeof(struct sockaddr_in)) &&
	    !listen(to->fd, LISTEN_BACKLOG) &&
	    !getsockname(to->fd, (struct sockaddr *)&address, &size)) {
		to->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
		return 0;
	}
	err = -errno;
	pr_error("cannot listen at '%s': %s", at, error_text(err));
	return err;
}

/* ---- unix:PATH ---- */

static int refuse(const char *path, int err, const char *why)
{
	pr_error("cannot listen at '%s': %s", path, why);
	return err;
}

/* Does nobody listen at this socket any more? 0, or why it is not to be touched. */
static int check_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? -errno : 0;

	if (!err &&
	    !connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		err = -EADDRINUSE;
	else if (!err && errno != ECONNREFUSED)
		err = errno == EAGAIN ? -EADDRINUSE : -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* What a killed monitor left may be replaced; whatever else is there stays. */
static int check_place(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat st;
	int err;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 :
					 refuse(path, -errno, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return refuse(path, -EEXIST,
			      "something that is no socket is there");
	err = check_stale(address);
	if (err == -EADDRINUSE)
		return refuse(path, err, "another process listens there");
	if (err)
		return refuse(path, err, error_text(err));
	if (st.st_uid != geteuid())
		return refuse(
			path, -EPERM,
			"the socket that is there belongs to another user");
	return 0;
}

/* Binds to a name beside it. Returns 0, or negative errno after a message. */
static int bind_beside(const char *path, int fd, struct sockaddr_un *address)
{
	mode_t before;
	int err = 0;

	if (snprintf(address->sun_path, sizeof(address->sun_path), "%s.tmp.%d",
		     path, (int)getpid()) >= (int)sizeof(address->sun_path))
		return refuse(
			path, -ENAMETOOLONG,
			"the path is too long for PATH.tmp.PID beside it");
	before = umask(UNIX_UMASK);
	if (bind(fd, (struct sockaddr *)address, sizeof(*address)))
		err = -errno;
	umask(before);
	return err ? refuse(address->sun_path, err, error_text(err)) : 0;
}

/*
 * One monitor at a time looks at a place and takes it: who looks while another one
 * takes it would replace a socket that is not stale any more. Anybody who may read
 * the directory can lock it, too: then, and where we may not, without. Returns the
 * directory's descriptor, or -1.
 */
static int lock_directory(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	int fd, tries = LOCK_TRIES;

	/* dirname() writes into what it gets. */
	strcpy(directory, path);
	fd = open(dirname(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK && tries--) {
			usleep(LOCK_TRY_US);
			continue;
		}
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * It listens before it has its name: whoever looks there from now on finds one
 * that is not stale. Returns 0, or negative errno after a message.
 */
static int take_place(const struct sockaddr_un *address,
		      struct sockaddr_un *beside, struct listening *to)
{
	const char *path = address->sun_path;
	int directory = lock_directory(path), err;

	err = bind_beside(path, to->fd, beside);
	if (err)
		goto unlock;
	if (lstat(beside->sun_path, &to->made) ||
	    listen(to->fd, LISTEN_BACKLOG))
		err = refuse(path, -errno, strerror(errno));
	if (!err)
		err = check_place(address);
	if (!err && rename(beside->sun_path, path))
		err = refuse(path, -errno, strerror(errno));
	if (err)
		unlink(beside->sun_path);
unlock:
	if (directory >= 0)
		close(directory);
	return err;
}

static int listen_unix(const char *path, struct listening *to)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockaddr_un beside = { .sun_family = AF_UNIX };
	int err;

	if (!*path || strlen(path) >= sizeof(address.sun_path)) {
		pr_error("--listen: the path of a socket has 1 to %zu bytes",
			 sizeof(address.sun_path) - 1);
		return -EINVAL;
	}
	strcpy(address.sun_path, path);
	to->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (to->fd < 0)
		return refuse(path, -errno, strerror(errno));
	err = take_place(&address, &beside, to);
	if (!err)
		to->path = path;
	return err;
}

/* ---- both ---- */

int listen_open(const char *at, struct listening *to)
{
	size_t length = strlen(UNIX_PREFIX);
	int err;

	*to = (struct listening){ .fd = -1 };
	if (strncmp(at, UNIX_PREFIX, length))
		err = listen_tcp(at, to);
	else
		err = listen_unix(at + length, to);
	if (!err)
		return 0;
	if (to->fd >= 0)
		close(to->fd);
	listen_remove(to);
	return err;
}

/* Another one may have been made there since. */
void listen_remove(struct listening *listening)
{
	struct stat st;

	if (listening->path && !lstat(listening->path, &st) &&
	    st.st_ino == listening->made.st_ino &&
	    st.st_dev == listening->made.st_dev)
		unlink(listening->path);
	listening->path = NULL;
}
