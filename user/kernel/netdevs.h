/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Net devices by the bus device that they hang on. A page pool may know the
 * latter only: before 6.8 its parameters have no net_device.
 */
#ifndef NETMEM_NETDEVS_H
#define NETMEM_NETDEVS_H

#include <net/if.h>
#include <stdbool.h>

#define SYSFS_NET "/sys/class/net"

struct netdev {
	char name[IF_NAMESIZE];
	unsigned int ifindex;
};

/*
 * Is this the bus device of that net device? @parent is a name that has been
 * cut when it is @cut_length long: then its beginning must be the same.
 */
bool netdev_hangs_on(const char *sysfs_net, const char *netdev,
		     const char *parent, size_t cut_length);

/*
 * The one net device on a bus device; false when there is none or another one
 * beside it, and when a cut name stands for several bus devices.
 */
bool netdev_of_parent(const char *sysfs_net, const char *parent,
		      size_t cut_length, struct netdev *found);

#endif
