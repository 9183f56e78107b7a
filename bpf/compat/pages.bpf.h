/* SPDX-License-Identifier: GPL-2.0 */
/* What a page is in use for, by a copy of its struct page. */
#ifndef NETMEM_COMPAT_PAGES_BPF_H
#define NETMEM_COMPAT_PAGES_BPF_H

#include "bpf/compat/slab.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

/* 5.16: "mm: Introduce struct folio"; overlays struct page. */
struct folio {
	void *mapping;
};

struct page___mapping {
	void *mapping;
};

struct xa_node {
	struct xarray *array;
};

struct vm_struct {
	void *addr;
	unsigned long size;
	unsigned int nr_pages;
	const void *caller;
};

struct vmap_area {
	unsigned long va_start, va_end;
	struct vm_struct *vm;
};

/* CONFIG_VMAP_STACK */
struct task_struct___stack {
	struct vm_struct *stack_vm_area;
};

enum pageflags___reserved {
	PG_reserved = 13,
};

/* 6.12: "mm: rework accept memory helpers" has the types as an enumeration. */
enum pagetype___search {
	PGTY_buddy = 0xf0,
	PGTY_table = 0xf2,
	PGTY_large_kmalloc = 0xf8,
};

#pragma clang attribute pop

static __always_inline bool compat_has_areas(void)
{
	return bpf_core_field_exists(struct task_struct___stack,
				     stack_vm_area) &&
	       bpf_core_field_exists(struct vm_struct, caller) &&
	       bpf_core_field_exists(struct vmap_area, vm);
}

/* The vm_struct of a task's stack; 0: not known. */
static __always_inline __u64 compat_stack_area(__u64 address)
{
	struct task_struct___stack *task = (void *)address;

	return compat_has_areas() ? (__u64)BPF_CORE_READ(task, stack_vm_area) :
				    0;
}

/* Where a node has the xarray that it is of; 0: not known. */
static __always_inline __u64 compat_node_array(__u64 node)
{
	if (!bpf_core_field_exists(struct xa_node, array))
		return 0;
	return node + bpf_core_field_offset(struct xa_node, array);
}

/* Who else has an address space in it: user memory, page cache. */
static __always_inline bool compat_has_mapping(const void *page)
{
	const struct folio *folio = page;
	const struct page___mapping *old = page;

	if (bpf_core_field_exists(folio->mapping))
		return folio->mapping != NULL;
	return bpf_core_field_exists(old->mapping) && old->mapping != NULL;
}

/* The flags are the first word of each struct page. */
static __always_inline bool compat_is_reserved(const void *page)
{
	return bpf_core_enum_value_exists(enum pageflags___reserved,
					  PG_reserved) &&
	       *(const __u64 *)page >>
			       bpf_core_enum_value(enum pageflags___reserved,
						   PG_reserved) &
		       1;
}

/* Types until 6.11: a bit that is cleared (include/linux/page-flags.h). */
#define COMPAT_OLD_TYPE 0xf0000000U
#define COMPAT_OLD_BUDDY 0x80U
#define COMPAT_OLD_TABLE 0x200U

/* Of a page without a type the same member counts its mappings. */
static __always_inline bool compat_is_typed(__u32 type)
{
	if (compat_has_slab_type())
		return type >> 28 == 0xf && type >> 24 != 0xff;
	return type >> 28 == 0xf && type != ~0U;
}

static __always_inline bool compat_is_buddy(__u32 type)
{
	if (!compat_has_slab_type())
		return !(type & COMPAT_OLD_BUDDY);
	return bpf_core_enum_value_exists(enum pagetype___search, PGTY_buddy) &&
	       type >> 24 ==
		       bpf_core_enum_value(enum pagetype___search, PGTY_buddy);
}

static __always_inline bool compat_is_table(__u32 type)
{
	if (!compat_has_slab_type())
		return !(type & COMPAT_OLD_TABLE);
	return bpf_core_enum_value_exists(enum pagetype___search, PGTY_table) &&
	       type >> 24 ==
		       bpf_core_enum_value(enum pagetype___search, PGTY_table);
}

static __always_inline bool compat_is_large_kmalloc(__u32 type)
{
	return bpf_core_enum_value_exists(enum pagetype___search,
					  PGTY_large_kmalloc) &&
	       type >> 24 == bpf_core_enum_value(enum pagetype___search,
						 PGTY_large_kmalloc);
}

#endif
