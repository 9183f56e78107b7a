/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Takes addresses of networks out of a text. Each gets a name ("ip1", "mac2"),
 * the same one wherever it stands, so that what belongs together still does.
 */
#ifndef NETMEM_REDACT_H
#define NETMEM_REDACT_H

#include <stddef.h>

#include "user/util/strings.h"

/* Addresses so far: their names are their places. Empty to begin with. */
struct redaction {
	struct strings ips, macs;
};

/*
 * A copy of @text, which may have bytes of 0, without IP and MAC addresses;
 * those of no host (0.0.0.0, ::) and of the loopback stay. Returns 0 or
 * -ENOMEM; *@to is to be freed.
 */
int redact(struct redaction *redaction, const char *text, size_t size,
	   char **to, size_t *to_size);

void redaction_clear(struct redaction *redaction);

#endif
