/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a BPF program is attached to a hook, and the name that JSON, pins and
 * people know it by. Where more ways are open the later one is taken. Names are
 * for ever, numbers are not.
 */
#ifndef NETMEM_ATTACH_H
#define NETMEM_ATTACH_H

#define ATTACH_WAYS(X)                         \
	X(NONE, "none")                        \
	X(RAW_TP, "raw tracepoint")            \
	X(TP_BTF, "typed tracepoint")          \
	X(KPROBE, "kprobe") /* or kretprobe */ \
	X(FENTRY, "fentry") /* or fexit */

#define ATTACH_VALUE(name, text) ATTACH_##name,
enum attach_way { ATTACH_WAYS(ATTACH_VALUE) ATTACH_COUNT };
#undef ATTACH_VALUE

const char *attach_way_name(enum attach_way way);

#endif
