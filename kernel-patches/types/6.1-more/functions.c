// SPDX-License-Identifier: GPL-2.0
/* As ../functions.c, for what 6.1-more adds. */
#include <net/page_pool.h>

/* bad netmem_get_page: argument 1 of 'netmem_get' from incompatible pointer type */
void netmem_get_page(struct netmem *nmem, struct page *page)
{
#ifdef BAD_netmem_get_page
	netmem_get(page);
#else
	netmem_get(nmem);
#endif
}

/* bad netmem_get_const: argument 1 of 'netmem_get' discards 'const' qualifier */
void netmem_get_const(const struct netmem *nmem, struct netmem *own)
{
#ifdef BAD_netmem_get_const
	netmem_get(nmem);
#else
	netmem_get(own);
#endif
}

/* bad netmem_address_page: argument 1 of 'netmem_address' from incompatible pointer type */
void *netmem_address_page(const struct netmem *nmem, struct page *page)
{
#ifdef BAD_netmem_address_page
	return netmem_address(page);
#else
	return netmem_address(nmem);
#endif
}
