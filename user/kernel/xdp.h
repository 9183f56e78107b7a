/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XDP's actions: their names, and what the command line asks for. As in all
 * files of XDP here, functions return 0 or a negative errno, and print nothing.
 */
#ifndef NETMEM_USER_XDP_H
#define NETMEM_USER_XDP_H

#include <linux/types.h>
#include <stdbool.h>

#include "model/xdp_records.h"

#define XDP_PROGRAM_NAME 32

/* What to do with frames: `pass|drop|tx|redirect:DEV|cpu:N|aborted`. */
struct xdp_target {
	int action; /* enum xdp_action */
	bool to_cpu; /* redirect to a CPU, else to a device */
	__u32 device; /* ifindex, of a redirect to a device */
	__u32 cpu; /* of a redirect to a CPU */
};

/**
 * xdp_action_name() - "aborted", "drop", "pass", "tx", "redirect"
 *
 * "unknown" for any other number.
 */
const char *xdp_action_name(int action);

/**
 * xdp_memory_type_name() - name of an enum xdp_mem_type, "unknown" if newer
 */
const char *xdp_memory_type_name(__u32 type);

/**
 * xdp_parse_target() - read an action as the command line has it
 *
 * Returns -EINVAL for text that is no action, -ENODEV for a device that is not
 * in this net namespace, -ERANGE for a CPU that this system does not have.
 */
int xdp_parse_target(const char *text, struct xdp_target *target);

#endif
