/* SPDX-License-Identifier: GPL-2.0 */
/* What a descriptor of bpf() refers to. */
#ifndef NETMEM_OBJECT_KIND_H
#define NETMEM_OBJECT_KIND_H

enum object_kind { OBJECT_OTHER, OBJECT_MAP, OBJECT_PROGRAM, OBJECT_LINK };

/* By the name that the kernel gives its inode; OBJECT_OTHER: none, or unknown. */
enum object_kind object_kind(int fd);

#endif
