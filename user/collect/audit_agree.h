/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What two looks at a pool's cache and ring agree on. It takes what was read,
 * and looks at no kernel.
 */
#ifndef NETMEM_AUDIT_AGREE_H
#define NETMEM_AUDIT_AGREE_H

#include <stdbool.h>

#include "user/collect/audit.h"

struct audit_entries {
	struct audit_page *pages;
	uint32_t *index; /* place of each: cache slot, or ring slot + offset */
	uint32_t *states; /* of the word of each; NULL: nobody follows them */
	uint32_t count, in_cache;
};

/*
 * Adds to @result the suspicions that both looks have of the same page in the
 * same place; its pool is that of @result->look. What one look alone shows is
 * dropped: GUP-fast and page cache lookups take a reference on any page for a
 * moment. @has_mark: this kernel's pages say whose they are. -ENOMEM.
 */
int audit_agree(const struct audit_entries *first,
		const struct audit_entries *second, bool has_mark,
		struct audit_result *result);

#endif
