/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types of the running kernel, by which every program of ours is relocated:
 * those that the kernel shows, else a file that libbpf finds below /boot,
 * /lib/modules or /usr/lib/debug, else the file of --btf.
 */
#ifndef NETMEM_KERNEL_BTF_H
#define NETMEM_KERNEL_BTF_H

#include <bpf/btf.h>
#include <stdbool.h>

/**
 * kernel_btf_use() - take the types from this file: BTF, or ELF with it
 *
 * Before anything else of this header; @path has to stay.
 */
void kernel_btf_use(const char *path);

/**
 * kernel_btf_check() - can the file of kernel_btf_use() be this kernel's?
 *
 * Returns 0, also where none is in use; else, after a message, the error of
 * reading it, or -EOPNOTSUPP where it is no BTF, or of another architecture or
 * kernel (as far as the running one shows its own types).
 */
int kernel_btf_check(void);

/*
 * Was there nothing to compare the file of --btf with? kernel_btf_check() gave
 * a message.
 */
#define KERNEL_BTF_UNVERIFIED \
	"types not verified against the running kernel, which shows none"
bool kernel_btf_is_unverified(void);

/* For btf__free(). NULL with errno set: -ESRCH if there is no file. */
struct btf *kernel_btf_load(void);

/*
 * For bpf_object_open_opts. NULL: libbpf finds it by itself. It would give up
 * where the types of the kernel's modules cannot be listed (CAP_SYS_ADMIN is
 * missing), and gets the kernel's file by name then.
 */
const char *kernel_btf_path(void);

#endif
