// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <sys/socket.h>

#include "user/kernel/netlink.h"
#include "user/kernel/pool_events.h"

/* include/uapi/linux/netdev.h: ABI */
#define NETDEV_CMD_PAGE_POOL_CHANGE_NTF 8
#define DATAGRAM_SIZE 8192
/* A storm of them must not keep who takes them. */
#define TAKEN_AT_ONCE 256

static int join(struct pool_events *events)
{
	struct netdev_family family;
	int err = netlink_netdev_family(events->socket, &family);

	if (err)
		return err;
	if (!family.page_pool_group)
		return -EOPNOTSUPP;
	events->family = family.id;
	return mnl_socket_setsockopt(events->socket, NETLINK_ADD_MEMBERSHIP,
				     &family.page_pool_group,
				     sizeof(family.page_pool_group)) ?
		       -errno :
		       0;
}

int pool_events_open(struct pool_events *events)
{
	int err;

	*events = (struct pool_events){};
	err = netlink_open(NETLINK_GENERIC, &events->socket);
	if (!err)
		err = join(events);
	if (err)
		pool_events_close(events);
	return err;
}

void pool_events_close(struct pool_events *events)
{
	if (events->socket)
		mnl_socket_close(events->socket);
	events->socket = NULL;
}

int pool_events_fd(const struct pool_events *events)
{
	return events->socket ? mnl_socket_get_fd(events->socket) : -1;
}

static bool says_detached(struct pool_events *events,
			  const struct nlmsghdr *message)
{
	const struct genlmsghdr *generic = mnl_nlmsg_get_payload(message);
	struct netlink_pool pool;

	if (message->nlmsg_type != events->family ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*generic))
		return false;
	events->taken++;
	return generic->cmd == NETDEV_CMD_PAGE_POOL_CHANGE_NTF &&
	       !netlink_parse_pool(message, &pool) && pool.has_detach_time;
}

bool pool_events_read(struct pool_events *events, const char *buffer,
		      size_t length)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
	bool detached = false;
	int left = length;

	if (!netlink_lengths_fit(buffer, length))
		return false;
	for (; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		detached |= says_detached(events, message);
	return detached;
}

bool pool_events_take(struct pool_events *events)
{
	_Alignas(struct nlmsghdr) char buffer[DATAGRAM_SIZE];
	bool detached = false;
	ssize_t length;
	int i;

	for (i = 0; i < TAKEN_AT_ONCE; i++) {
		/* What poll() told of may be dropped by now. */
		length = netlink_receive(events->socket, buffer, sizeof(buffer),
					 MSG_DONTWAIT);
		if (length >= 0)
			detached |= pool_events_read(events, buffer, length);
		else if (errno == ENOBUFS)
			detached = true;
		else
			break;
	}
	return detached;
}

int pool_events_probe(void)
{
	struct pool_events events;
	int err = pool_events_open(&events);

	pool_events_close(&events);
	return err;
}
