/* SPDX-License-Identifier: GPL-2.0 */
/* What the unit tests share: cmocka in its order of headers, and feeding. */
#ifndef NETMEM_UNIT_H
#define NETMEM_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/judge/session.h"

/* Feeds a frame given as JSON text with ' in place of ". */
static inline int feed(struct session *session, const char *text)
{
	char *copy = strdup(text), *at;
	json_t *frame;
	int err;

	for (at = copy; (at = strchr(at, '\''));)
		*at = '"';
	frame = json_loads(copy, 0, NULL);
	free(copy);
	assert_non_null(frame);
	err = session_feed(session, frame);
	json_decref(frame);
	return err;
}

#endif
