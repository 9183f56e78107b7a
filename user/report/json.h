/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the JSON report share. */
#ifndef NETMEM_REPORT_JSON_H
#define NETMEM_REPORT_JSON_H

#include "user/report.h"
#include "user/util/build.h"

/* For the two below: leaves no member out. */
extern const char *const all_members[];

/* A fact without the members that name what it is of; NULL ends them. */
json_t *encode_without(enum fact_type type, const void *fact,
		       const char *const *names);
/* Each fact of a list, without the members in @names. */
json_t *encode_list(enum fact_type type, const void *items, size_t count,
		    const char *const *names);

/* json_pools.c: pools, their devices, and those that went. */
json_t *build_pools(const struct session *session);
json_t *build_devices(const struct session *session);
json_t *build_gone(const struct gone_pools *gone);

#endif
