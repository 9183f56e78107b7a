/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xdp_netmem_stats.bpf.o, part of the program: whoever loads it needs no file.
 */
#ifndef NETMEM_XDP_OBJECT_H
#define NETMEM_XDP_OBJECT_H

#include <stddef.h>

/* What libbpf makes the names of its maps of. */
#define XDP_OBJECT_NAME "xdp_netmem_stats"

/* The bytes of the ELF file: the same that `make install` installs. */
const void *xdp_object(size_t *size);

#endif
