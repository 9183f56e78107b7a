/* SPDX-License-Identifier: GPL-2.0 */
/* What our BPF programs and maps take of the kernel's memory. */
#ifndef NETMEM_MEMORY_H
#define NETMEM_MEMORY_H

#include <stdint.h>

struct loader;

/*
 * Bytes of the hooks, the programs that run on demand and all maps that these
 * use, as the kernel says (memlock in fdinfo; before 6.4 an estimate of its
 * own). Maps are found by number: 0 without CAP_SYS_ADMIN.
 */
uint64_t loader_kernel_bytes(const struct loader *loader);

#endif
