/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching xdp_netmem_stats.bpf.o to a device.
 */
#ifndef NETMEM_XDP_ATTACH_H
#define NETMEM_XDP_ATTACH_H

#include <linux/types.h>
#include <stdbool.h>

#include "user/kernel/xdp.h"

struct xdp_attach_options {
	const char *object; /* path of xdp_netmem_stats.bpf.o */
	int ifindex; /* in this net namespace */
	struct xdp_target target;
	bool replace; /* take the place of a program that is there */
	__u32 sample; /* one frame in this many, a power of two; 0: default */
	/*
	 * Told of a program before it is taken off, for xdp_put_back() by a
	 * process that outlives this one; NULL: nobody is. An error keeps it.
	 */
	int (*hold)(void *data, int ifindex, int program, __u32 mode);
	void *hold_data;
};

struct xdp_attachment;

/**
 * xdp_attached_program() - id of the program on a device, 0: none
 *
 * Of this net namespace; any mode; natively attached ones first.
 */
__u32 xdp_attached_program(int ifindex);

/**
 * xdp_attach() - load the object and attach one of its programs
 *
 * Native where the driver can, else generic; the program for fragments where
 * the MTU asks for it or the driver does. It hangs on a bpf_link: it goes when
 * this process goes. xdp_detach() brings a replaced program back; of a process
 * that is killed, the one that @hold told.
 *
 * Returns NULL and in *err: -EBUSY if a program is there and must stay (see
 * xdp_attached_program(); even with @replace, one that hangs on a bpf_link
 * of somebody else), -ENOENT without the object, -ENODEV, -EPERM, -EINVAL for
 * options, or the driver's error.
 */
struct xdp_attachment *xdp_attach(const struct xdp_attach_options *options,
				  int *err);

/**
 * xdp_detach() - undo xdp_attach(); NULL is allowed
 *
 * Statistics of it stay readable through an xdp_find() list.
 */
void xdp_detach(struct xdp_attachment *attachment);

/**
 * xdp_put_back() - attach a program that was replaced, where none is now
 * @mode: XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE, as it was attached with
 */
void xdp_put_back(int ifindex, int program, __u32 mode);

#endif
