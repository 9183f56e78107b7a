// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <zlib.h>

#include "user/kernel/plain_object.h"

#include "netmem_plain.gz.h"

void *plain_object(size_t *size)
{
	const unsigned char *packed = netmem_plain_gz;
	const unsigned char *tail = packed + sizeof(netmem_plain_gz) - 4;
	z_stream stream = { .next_in = (unsigned char *)packed,
			    .avail_in = sizeof(netmem_plain_gz) };
	void *bytes;

	/* gzip ends with the length. */
	*size = tail[0] | tail[1] << 8 | tail[2] << 16 | (size_t)tail[3] << 24;
	bytes = malloc(*size);
	stream.next_out = bytes;
	stream.avail_out = *size;
	if (!bytes || inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK ||
	    inflate(&stream, Z_FINISH) != Z_STREAM_END) {
		free(bytes);
		bytes = NULL;
	}
	inflateEnd(&stream);
	return bytes;
}
