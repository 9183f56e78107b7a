// SPDX-License-Identifier: GPL-2.0
#include "model/xdp_records.h"
#include "user/kernel/xdp_object.h"

#include "xdp_netmem_stats.skel.h"

const void *xdp_object(size_t *size)
{
	return xdp_netmem_stats_bpf__elf_bytes(size);
}
