/* SPDX-License-Identifier: GPL-2.0 */
/* Arming the pinned mode, as attach and monitor do. */
#ifndef NETMEM_ARM_H
#define NETMEM_ARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/loader.h"

/* What was armed. */
struct armed {
	uint64_t shadow_bytes, memory_bytes; /* of the kernel's memory */
	size_t pools; /* that were there */
	const char *tier;
};

/* May this process pin? If not, a message was given. */
bool may_pin(void);

/* The exit code for an error of pins.h; refuse_pinned() says it first. */
int pinned_exit_code(int err);
int refuse_pinned(int err);

/*
 * With pin_lock(), and nothing attached: loads, arms and pins the hooks, which
 * then go on without us. What a killed attach left is removed first. Returns an
 * enum exit_code, after a message if it is not EXIT_PASS; then nothing is pinned.
 */
int pinned_arm(const struct loader_options *options, struct armed *armed);

#endif
