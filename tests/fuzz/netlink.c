// SPDX-License-Identifier: GPL-2.0
/*
 * Answers of netlink: links, leased queues, page pools and their statistics. The
 * input is a byte that says which are asked for, then datagrams, each behind its
 * length in two bytes. They take the place of the kernel's.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include "user/kernel/leases.h"
#include "user/kernel/links.h"
#include "user/kernel/netlink.h"

static const uint8_t *left;
static size_t left_size;

/* ---- in place of libmnl's ---- */

struct mnl_socket *mnl_socket_open(int bus)
{
	static char one;

	return (struct mnl_socket *)&one;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *opened)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	return 0;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *request,
			  size_t size)
{
	return size;
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags,
		 struct sockaddr *from, socklen_t *from_size)
{
	size_t length;

	if (left_size < 2) {
		errno = EAGAIN;
		return -1;
	}
	length = left[0] | left[1] << 8;
	left += 2;
	left_size -= 2;
	if (length > left_size)
		length = left_size;
	memcpy(buffer, left, length < size ? length : size);
	left += length;
	left_size -= length;
	return length;
}

/* Whatever is read behind the datagram is read behind an allocation. */
int mnl_cb_run(const void *buffer, size_t length, unsigned int sequence,
	       unsigned int port, mnl_cb_t callback, void *data)
{
	void *exact = malloc(length);
	int result, err;

	MUST(exact || !length);
	if (length)
		memcpy(exact, buffer, length);
	result = mnl_cb_run2(exact, length, sequence, port, callback, data,
			     NULL, 0);
	err = errno;
	free(exact);
	errno = err;
	return result;
}

/* ---- what is tested ---- */

static void read_links(void)
{
	struct net_links links;
	size_t i, k;

	if (links_read(&links))
		return;
	for (i = 0; i < links.count; i++) {
		MUST(links.items[i].ifindex);
		MUST(memchr(links.items[i].name, 0, IF_NAMESIZE));
		MUST(links_find(&links, links.items[i].ifindex));
		for (k = 0; k < links.count && k < 8; k++)
			link_is_below(&links, &links.items[i], &links.items[k]);
	}
	links_clear(&links);
}

static void read_pools(void)
{
	struct netlink_pool *pools;
	size_t count, i;

	if (netlink_pools(&pools, &count))
		MUST(!pools);
	else
		MUST(!pools == !count);
	for (i = 0; pools && i < count; i++)
		MUST(pools[i].id);
	free(pools);
}

static void read_stats(void)
{
	struct netlink_stats *stats;
	size_t count, i;

	if (netlink_pool_stats(&stats, &count))
		MUST(!stats);
	for (i = 0; stats && i < count; i++)
		MUST(stats[i].id);
	free(stats);
}

static void read_leases(void)
{
	struct queue_lease *leases;
	size_t count;

	if (!leases_read(&leases, &count))
		free(leases);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(void) = { read_links, read_pools,
						 read_stats, read_leases };

	if (!size)
		return 0;
	left = data + 1;
	left_size = size - 1;
	readers[data[0] % (sizeof(readers) / sizeof(*readers))]();
	return 0;
}
