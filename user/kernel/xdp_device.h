/* SPDX-License-Identifier: GPL-2.0 */
/* What XDP program one device has, and taking ours off it. */
#ifndef NETMEM_XDP_DEVICE_H
#define NETMEM_XDP_DEVICE_H

#include <linux/types.h>
#include <stdbool.h>

#include "user/kernel/xdp.h"

struct xdp_device {
	__u32 program; /* id; 0: none, and all below is empty */
	char name[XDP_PROGRAM_NAME]; /* "": not known */
	const char *mode; /* "native", "generic", "offloaded" */
	bool ours; /* of xdp_netmem_stats.bpf.o, whoever loaded it */
	__u32 link; /* id of the bpf_link that attaches it; 0: by netlink */
	__u64 packets[XDP_ACTIONS]; /* of ours: every frame since it was loaded */
	__u64 bytes[XDP_ACTIONS];
};

/**
 * xdp_device_read() - what is attached to a device of this net namespace
 *
 * Needs CAP_SYS_ADMIN where a program is attached: -EPERM, with @program set.
 */
int xdp_device_read(int ifindex, struct xdp_device *device);

/**
 * xdp_device_clear() - take off the program that xdp_device_read() told
 *
 * Returns -EBUSY if it hangs on a bpf_link, or another program is there by now.
 */
int xdp_device_clear(int ifindex, const struct xdp_device *device);

#endif
