/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the kernel's memory: words, struct pages, files of the own task. */
#ifndef NETMEM_MEMORY_BPF_H
#define NETMEM_MEMORY_BPF_H

#include "bpf/compat/context.bpf.h"
#include "bpf/compat/files.bpf.h"
#include "bpf/compat/page_pool.bpf.h"

const volatile __u64 vmemmap_base = 0; /* struct page of pfn 0 */
const volatile __u64 page_offset_base = 0; /* pfn 0 in the direct map */
const volatile __u64 frame_end = 0; /* behind the last pfn */
const volatile __u32 page_shift = 12;

static __always_inline __u64 read_word(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)address);
	return word;
}

static __always_inline __u32 read_half(__u64 address)
{
	__u32 half = 0;

	bpf_probe_read_kernel(&half, sizeof(half), (void *)address);
	return half;
}

/* The struct page of an address in the direct map; 0: it is elsewhere. */
static __always_inline __u64 page_of_address(__u64 address)
{
	__u64 pfn = (address - page_offset_base) >> page_shift;

	if (address < page_offset_base || pfn >= frame_end)
		return 0;
	return vmemmap_base + pfn * compat_page_size();
}

/* The page at @page, of a compound page its head, if a pool's; else 0. */
static __always_inline __u64 pool_page(__u64 page)
{
	__u64 head;

	if (!page || compat_is_net_iov(page))
		return 0;
	head = compat_head_page(page, read_word(page + compat_magic_offset()));
	if (compat_has_mark() &&
	    !compat_is_marked(read_word(head + compat_mark_offset())))
		return 0;
	if (head < vmemmap_base ||
	    (head - vmemmap_base) / compat_page_size() >= frame_end)
		return 0;
	return head;
}

static __always_inline struct file *own_file(struct task_struct *task, __u32 fd)
{
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);

	return (void *)read_word((__u64)(files + fd));
}

#endif
