/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching the XDP object, which is part of the program, to a device.
 */
#ifndef NETMEM_XDP_ATTACH_H
#define NETMEM_XDP_ATTACH_H

#include <linux/types.h>
#include <stdbool.h>

#include "user/kernel/xdp.h"

enum xdp_attach_mode {
	XDP_ATTACH_BEST, /* native where the driver can, else generic */
	XDP_ATTACH_NATIVE,
	XDP_ATTACH_GENERIC,
};

struct xdp_attach_options {
	int ifindex; /* in this net namespace */
	struct xdp_target target;
	enum xdp_attach_mode mode;
	bool replace; /* take the place of a program that is there */
	__u32 replace_only; /* with @replace: of this one only; 0: of any */
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
 * Of this net namespace; any mode; natively attached ones first. Returns 0 or
 * negative errno, where nobody knows.
 */
int xdp_attached_program(int ifindex, __u32 *program);

/**
 * xdp_attach() - load the object and attach one of its programs
 *
 * The program for fragments where the MTU asks for it or the driver does. It
 * hangs on a bpf_link: it goes when this process goes. xdp_detach() brings a
 * replaced program back; of a process that is killed, the one that @hold told.
 *
 * Returns NULL and in *err: -EBUSY if a program is there and must stay (see
 * xdp_attached_program(); even with @replace, one that hangs on a bpf_link
 * of somebody else), -ENODEV, -EPERM, -EINVAL for options, or the driver's
 * error.
 */
struct xdp_attachment *xdp_attach(const struct xdp_attach_options *options,
				  int *err);

/**
 * xdp_attach_lasting() - the same as `ip link` does it: it outlives this process
 *
 * A replaced program is gone for good, in one step where the mode stays the same;
 * where ours cannot be attached it stays. 0, or an error as of xdp_attach().
 */
int xdp_attach_lasting(const struct xdp_attach_options *options);

/**
 * xdp_detach() - undo xdp_attach(); NULL is allowed
 *
 * Statistics of it stay readable through an xdp_find() list.
 */
void xdp_detach(struct xdp_attachment *attachment);

/**
 * xdp_put_back() - attach a program that was replaced, where none is now
 * @mode: XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE, as it was attached with
 *
 * Returns 0, or negative errno after a message.
 */
int xdp_put_back(int ifindex, int program, __u32 mode);

#endif
