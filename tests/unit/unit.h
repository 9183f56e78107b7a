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

/* JSON given as text with ' in place of ". */
static inline json_t *parse(const char *text)
{
	char *copy = strdup(text), *at;
	json_t *json;

	for (at = copy; (at = strchr(at, '\''));)
		*at = '"';
	json = json_loads(copy, 0, NULL);
	free(copy);
	assert_non_null(json);
	return json;
}

/* Decodes a fact and feeds it; what refuses it first gives the error. */
static inline int feed_json(struct session *session, json_t *json)
{
	struct fact fact;
	char why[200];
	int err;

	err = fact_from_json(json, &fact, why, sizeof(why));
	if (err)
		return err;
	err = session_feed(session, &fact);
	fact_clear(fact.type, &fact.has);
	return err;
}

/* The same with its text. */
static inline int feed(struct session *session, const char *text)
{
	json_t *json = parse(text);
	int err = feed_json(session, json);

	json_decref(json);
	return err;
}

#endif
