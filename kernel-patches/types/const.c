// SPDX-License-Identifier: GPL-2.0
/*
 * Conversions keep const, and take one of the two types only. For `bad` lines
 * see functions.c.
 */
#include <net/page_pool.h>

/* bad netmem_page_const: initialization discards 'const' qualifier */
const void *netmem_page_const(const struct netmem *nmem, struct netmem *own)
{
#ifdef BAD_netmem_page_const
	struct page *page = netmem_page(nmem);
#else
	const struct page *page = netmem_page(nmem);
	struct page *owned = netmem_page(own);

	page = owned;
#endif
	return page;
}

/* bad page_netmem_const: initialization discards 'const' qualifier */
const void *page_netmem_const(const struct page *page, struct page *own)
{
#ifdef BAD_page_netmem_const
	struct netmem *nmem = page_netmem(page);
#else
	const struct netmem *nmem = page_netmem(page);
	struct netmem *owned = page_netmem(own);

	nmem = owned;
#endif
	return nmem;
}

/* bad set_dma_addr_const: argument 1 of 'netmem_set_dma_addr' discards 'const' qualifier */
dma_addr_t set_dma_addr_const(const struct netmem *nmem, struct netmem *own)
{
#ifdef BAD_set_dma_addr_const
	netmem_set_dma_addr(nmem, 0);
#else
	netmem_set_dma_addr(own, 0);
#endif
	return netmem_get_dma_addr(nmem);
}

/* bad netmem_page_of_page: '_Generic' selector of type 'struct page \*' is not compatible */
void *netmem_page_of_page(struct netmem *nmem, struct page *page)
{
#ifdef BAD_netmem_page_of_page
	return netmem_page(page);
#else
	return netmem_page(nmem);
#endif
}

/* bad page_netmem_of_netmem: '_Generic' selector of type 'struct netmem \*' is not compatible */
void *page_netmem_of_netmem(struct netmem *nmem, struct page *page)
{
#ifdef BAD_page_netmem_of_netmem
	return page_netmem(nmem);
#else
	return page_netmem(page);
#endif
}

/* bad page_netmem_of_void: '_Generic' selector of type 'void \*' is not compatible */
void *page_netmem_of_void(void *mem, struct page *page)
{
#ifdef BAD_page_netmem_of_void
	return page_netmem(mem);
#else
	return page_netmem(page);
#endif
}

/* bad virt_to_netmem_page: initialization of 'struct page \*' from incompatible pointer type 'struct netmem \*' */
void *virt_to_netmem_page(const void *addr)
{
#ifdef BAD_virt_to_netmem_page
	struct page *mem = virt_to_netmem(addr);
#else
	struct netmem *mem = virt_to_netmem(addr);
#endif
	return mem;
}

/* bad recycle_char: '_Generic' selector of type 'char \*' is not compatible */
void recycle_char(struct page_pool *pool, char *mem, struct netmem *nmem)
{
#ifdef BAD_recycle_char
	page_pool_recycle_direct(pool, mem);
#else
	page_pool_recycle_direct(pool, nmem);
#endif
}

/* bad recycle_void: '_Generic' selector of type 'void \*' is not compatible */
void recycle_void(struct page_pool *pool, void *mem, struct page *page)
{
#ifdef BAD_recycle_void
	page_pool_recycle_direct(pool, mem);
#else
	page_pool_recycle_direct(pool, page);
#endif
}

/* bad recycle_void_ptr_ptr: '_Generic' selector of type 'void \*\*' is not compatible */
void recycle_void_ptr_ptr(struct page_pool *pool, void **mem, struct page *page)
{
#ifdef BAD_recycle_void_ptr_ptr
	page_pool_recycle_direct(pool, mem);
#else
	page_pool_recycle_direct(pool, page);
#endif
}

/* bad recycle_const: '_Generic' selector of type 'const struct netmem \*' is not compatible */
void recycle_const(struct page_pool *pool, const struct netmem *mem,
		   struct netmem *nmem)
{
#ifdef BAD_recycle_const
	page_pool_recycle_direct(pool, mem);
#else
	page_pool_recycle_direct(pool, nmem);
#endif
}
