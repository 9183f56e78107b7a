// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/records.h"
#include "user/facts/netmem.h"
#include "user/util/build.h"

const char *netmem_key(uint64_t netmem)
{
	return frame_is_net_iov(netmem) ? "net_iov" : "frame";
}

json_t *netmem_value(uint64_t netmem)
{
	return frame_is_net_iov(netmem) ? build_address(netmem) :
					  build_integer(netmem);
}

int netmem_named(json_t *object, uint64_t *netmem)
{
	const char *text =
		json_string_value(json_object_get(object, "net_iov"));
	json_t *number = json_object_get(object, "frame");
	char *end;

	if (json_is_integer(number)) {
		*netmem = json_integer_value(number);
		return frame_is_net_iov(*netmem) ? -EINVAL : 0;
	}
	if (!text)
		return -EINVAL;
	errno = 0;
	*netmem = strtoull(text, &end, 16);
	return errno || *end || !frame_is_net_iov(*netmem) ? -EINVAL : 0;
}

const char *netmem_name(uint64_t netmem, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s 0x%" PRIx64, netmem_key(netmem), netmem);
	return buffer;
}
