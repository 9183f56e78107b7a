/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of variables of the kernel that BTF does not lead to. */
#ifndef NETMEM_COMPAT_SYMBOLS_BPF_H
#define NETMEM_COMPAT_SYMBOLS_BPF_H

#include "bpf/compat/types.bpf.h"

/* As kallsyms has them, set before the load; 0 where data symbols are hidden. */
const volatile __u64 symbol_preempt_count __weak = 0;
const volatile __u64 symbol_pcpu_hot __weak = 0;
const volatile __u64 symbol_per_cpu_offset __weak = 0;

#endif
