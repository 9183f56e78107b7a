/* SPDX-License-Identifier: GPL-2.0 */
/* The programs without compare-and-swap (bpf/compat/plain.h), packed by gzip. */
#ifndef NETMEM_PLAIN_OBJECT_H
#define NETMEM_PLAIN_OBJECT_H

#include <stddef.h>

/* The bytes of their object; the caller frees them. NULL: no memory. */
void *plain_object(size_t *size);

#endif
