/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of `status`. */
#ifndef NETMEM_STATUS_H
#define NETMEM_STATUS_H

#include <stdio.h>

#include "user/judge/verdict.h"

/* A finished session of the pinned state in a few lines. */
void status_print(FILE *to, const struct session *session,
		  const struct verdict *verdict);

#endif
