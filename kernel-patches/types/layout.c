// SPDX-License-Identifier: GPL-2.0
/*
 * struct netmem as it is compiles; check-types moves one member at a time in
 * a copy of net/page_pool.h, and then this file must not compile.
 */
#include <net/page_pool.h>

struct netmem *layout(struct page *page)
{
	return page_netmem(page);
}
