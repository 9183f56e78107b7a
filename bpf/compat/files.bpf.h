/* SPDX-License-Identifier: GPL-2.0 */
/* Open files, by which a program reaches what its descriptors stand for. */
#ifndef NETMEM_COMPAT_FILES_BPF_H
#define NETMEM_COMPAT_FILES_BPF_H

#include "bpf/compat/types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct fdtable {
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct inode {
	__u16 i_mode;
	unsigned long i_ino;
	__u32 i_rdev;
	void *i_private; /* of a namespace's file: its ns_common */
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

/* An open file of /proc/sys knows its table entry. */
struct ctl_table {
	void *data;
};

struct proc_inode {
	struct ctl_table *sysctl_entry;
	struct inode vfs_inode;
};

#pragma clang attribute pop

#endif
