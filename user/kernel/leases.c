// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/leases.h"
#include "user/kernel/netlink.h"

/*
 * include/uapi/linux/netdev.h, queues from Linux 6.8, leases from 7.0; Debian
 * 12's headers are older. Numbers are ABI and never change.
 */
#define NETDEV_CMD_QUEUE_GET 10

enum { NETDEV_A_QUEUE_IFINDEX = 2, NETDEV_A_QUEUE_LEASE = 8 };

enum { NETDEV_A_LEASE_IFINDEX = 1, NETDEV_A_LEASE_NETNS_ID = 3 };

struct lease_list {
	struct queue_lease *leases;
	size_t count;
	int error;
};

static uint32_t read_u32(const struct nlattr *attribute)
{
	return mnl_attr_validate(attribute, MNL_TYPE_U32) ?
		       0 :
		       mnl_attr_get_u32(attribute);
}

/* The user of the queue; 0: of another namespace. */
static uint32_t read_user(const struct nlattr *nest)
{
	const struct nlattr *attribute;
	uint32_t ifindex = 0;
	bool elsewhere = false;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (mnl_attr_get_type(attribute) == NETDEV_A_LEASE_IFINDEX)
			ifindex = read_u32(attribute);
		elsewhere |= mnl_attr_get_type(attribute) ==
			     NETDEV_A_LEASE_NETNS_ID;
	}
	return elsewhere ? 0 : ifindex;
}

int lease_parse(const struct nlmsghdr *message, struct queue_lease *lease)
{
	const struct nlattr *attribute;

	memset(lease, 0, sizeof(*lease));
	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		return -EBADMSG;
	mnl_attr_for_each (attribute, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) == NETDEV_A_QUEUE_IFINDEX)
			lease->owner = read_u32(attribute);
		else if (mnl_attr_get_type(attribute) == NETDEV_A_QUEUE_LEASE)
			lease->user = read_user(attribute);
	}
	/* The loop ends silently at an attribute that leaves its message. */
	if ((const char *)attribute <
	    (const char *)mnl_nlmsg_get_payload_tail(message))
		return -EBADMSG;
	return lease->owner && lease->user;
}

static int append_lease(const struct nlmsghdr *message, void *data)
{
	struct lease_list *list = data;
	struct queue_lease lease, *grown;

	list->error = lease_parse(message, &lease);
	if (list->error < 0)
		return MNL_CB_ERROR;
	if (!list->error)
		return MNL_CB_OK;
	grown = realloc(list->leases, (list->count + 1) * sizeof(*grown));
	list->error = grown ? 0 : -ENOMEM;
	if (!grown)
		return MNL_CB_ERROR;
	list->leases = grown;
	grown[list->count++] = lease;
	return MNL_CB_OK;
}

int leases_read(struct queue_lease **leases, size_t *count)
{
	struct lease_list list = {};
	int err;

	*leases = NULL;
	*count = 0;
	/* One that a torn dump gives twice is one all the same. */
	err = netlink_dump_netdev(NETDEV_CMD_QUEUE_GET, append_lease, &list);
	if (list.error < 0)
		err = list.error;
	if (err) {
		free(list.leases);
		return err;
	}
	*leases = list.leases;
	*count = list.count;
	return 0;
}
