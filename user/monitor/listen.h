/* SPDX-License-Identifier: GPL-2.0 */
/* The socket that a monitor serves at: of an address, or of a path. */
#ifndef NETMEM_LISTEN_H
#define NETMEM_LISTEN_H

#include <sys/stat.h>

#define LISTEN_BACKLOG 64

struct listening {
	int fd;
	unsigned int port; /* of an address */
	const char *path; /* of a socket in the file system; else NULL */
	struct stat made; /* that socket */
};

/*
 * ADDR:PORT, [ADDR6]:PORT, :PORT of the loopback address, or unix:PATH, a socket of
 * mode 0660. A socket that nobody listens at any more is replaced. 0, or a negative
 * errno after a message: -EINVAL for what is none of these. @at is the caller's.
 */
int listen_open(const char *at, struct listening *to);

/* Takes a socket away from its path; who has the descriptor closes it. */
void listen_remove(struct listening *listening);

#endif
