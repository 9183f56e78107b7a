/* SPDX-License-Identifier: GPL-2.0 */
/* Looks into a pool's alloc cache and ptr_ring. */
#ifndef NETMEM_AUDIT_H
#define NETMEM_AUDIT_H

#include "user/loader.h"

struct audit_suspicion {
	enum model_check check;
	uint32_t index; /* below AUDIT_CACHE_MAX: cache, else ring */
	struct audit_page page;
	uint32_t state; /* of its word; STATE_UNKNOWN: nobody follows it */
};

#define AUDIT_SUSPICIONS 32 /* that are described; all are counted */

struct audit_result {
	struct audit_look look;
	int error; /* negative errno: nothing could be run */
	bool readable; /* the pool was alive and its memory could be read */
	bool stable; /* two looks saw the same: then suspicions count */
	uint32_t in_cache, in_ring;
	struct audit_suspicion suspicions[AUDIT_SUSPICIONS];
	size_t suspicion_count; /* confirmed ones */
	uint32_t confirmed[CHECK_COUNT]; /* all of them, by check */
};

/*
 * The same for several pools at once, which so share the time between two
 * looks: @results has one for each, which says by itself when it failed.
 */
#define AUDIT_GROUP 64
void audit_pools(struct loader *loader, const uint32_t *slots, size_t count,
		 struct audit_result *results);

/* Looks at least twice. */
void audit_pool(struct loader *loader, uint32_t slot,
		struct audit_result *result);

/*
 * The entries of a pool's ring, and of its cache where @cache says so, in one
 * look, for the caller to free. None where they cannot be read: the pool may
 * have gone.
 */
int audit_list(struct loader *loader, uint32_t slot, bool cache,
	       struct audit_page **pages, uint32_t *count);

#endif
