/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queues of a physical device that are leased to a virtual one (netkit, Linux
 * 7.0+): their pools are the physical device's.
 */
#ifndef NETMEM_LEASES_H
#define NETMEM_LEASES_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct queue_lease {
	uint32_t owner; /* ifindex of the physical device */
	uint32_t user; /* of the virtual one, of this namespace as well */
};

/*
 * Those of the network namespace that the calling thread is in. The caller
 * frees *@leases, which is NULL when there are none. Returns 0, -EOPNOTSUPP
 * when this kernel lists no queues, or a negative errno.
 */
int leases_read(struct queue_lease **leases, size_t *count);

/* Reads one message: 1, 0 for a queue without a lease, or -EBADMSG. */
int lease_parse(const struct nlmsghdr *message, struct queue_lease *lease);

#endif
