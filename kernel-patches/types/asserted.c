// SPDX-License-Identifier: GPL-2.0
/*
 * Ways from a page to a netmem: with CONFIG_DEBUG_VM each asserts that it was
 * not given a tail page, and without it none costs anything. tools/check-types
 * reads the `asserts` and `silent` lines and compiles one way at a time.
 */
#include <linux/skbuff.h>
#include <net/page_pool.h>

/* asserts page_netmem */
#ifdef WAY_page_netmem
void *way(struct page *page)
{
	return page_netmem(page);
}
#endif

/* asserts page_netmem_const */
#ifdef WAY_page_netmem_const
const void *way(const struct page *page)
{
	return page_netmem(page);
}
#endif

/* asserts get_dma_addr */
#ifdef WAY_get_dma_addr
dma_addr_t way(const struct page *page)
{
	return page_pool_get_dma_addr(page);
}
#endif

/* asserts set_dma_addr */
#ifdef WAY_set_dma_addr
void way(struct page *page)
{
	page_pool_set_dma_addr(page, 0);
}
#endif

/* asserts release_page */
#ifdef WAY_release_page
void way(struct page_pool *pool, struct page *page)
{
	page_pool_release_page(pool, page);
}
#endif

/* asserts put_page */
#ifdef WAY_put_page
void way(struct page_pool *pool, struct page *page)
{
	page_pool_put_page(pool, page, 0, false);
}
#endif

/* asserts put_full_page */
#ifdef WAY_put_full_page
void way(struct page_pool *pool, struct page *page)
{
	page_pool_put_full_page(pool, page, false);
}
#endif

/* asserts recycle_direct */
#ifdef WAY_recycle_direct
void way(struct page_pool *pool, struct page *page)
{
	page_pool_recycle_direct(pool, page);
}
#endif

/* asserts fragment_page */
#ifdef WAY_fragment_page
void way(struct page *page)
{
	page_pool_fragment_page(page, 2);
}
#endif

/* asserts skb_frag_netmem */
#ifdef WAY_skb_frag_netmem
void *way(const skb_frag_t *frag)
{
	return skb_frag_netmem(frag);
}
#endif

/* A tail page is what this one is for, and a fake head may come in an skb. */
/* silent page_head_netmem */
#ifdef WAY_page_head_netmem
void *way(struct page *page)
{
	return page_head_netmem(page);
}
#endif
