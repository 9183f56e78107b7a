/* SPDX-License-Identifier: GPL-2.0 */
/* Packets, and the two ways in which lists have them. */
#ifndef NETMEM_COMPAT_PACKETS_BPF_H
#define NETMEM_COMPAT_PACKETS_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

/* Its list, rbnode and ll_node lie at its beginning, where next does. */
struct sk_buff {
	struct sk_buff *next;
	unsigned int len, data_len;
	unsigned int end; /* an offset on 64-bit kernels */
	unsigned char *head;
};

struct sk_buff_head {
	struct sk_buff *next;
	__u32 qlen;
};

#pragma clang attribute pop

#endif
