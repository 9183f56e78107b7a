/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How facts name a page ("frame", its number) or a net_iov
 * ("net_iov", its reference in hexadecimal). In C both are one number
 * (model/records.h).
 */
#ifndef NETMEM_NETMEM_H
#define NETMEM_NETMEM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Key and value, for set_member() (util/build.h). */
const char *netmem_key(uint64_t netmem);
json_t *netmem_value(uint64_t netmem);

/* What an object names; FRAME_NONE: a pool as a whole. 0 or -EINVAL. */
int netmem_named(json_t *object, uint64_t *netmem);

/* For people: "frame 0x10a3", "net_iov 0xffff888104c1d001". */
const char *netmem_name(uint64_t netmem, char *buffer, size_t size);

#endif
