// SPDX-License-Identifier: GPL-2.0
/*
 * Functions take their own type only. Of each case the BAD_ variant must not
 * compile, with the words of its `bad` line in every error; the other variant
 * is its legal twin. tools/check-types reads the `bad` lines.
 */
#include <linux/skbuff.h>
#include <net/page_pool.h>

/* bad put_full_netmem: argument 2 of 'page_pool_put_full_netmem' from incompatible pointer type */
void put_full_netmem(struct page_pool *pool, struct netmem *nmem,
		     struct page *page)
{
#ifdef BAD_put_full_netmem
	page_pool_put_full_netmem(pool, page, false);
#else
	page_pool_put_full_netmem(pool, nmem, false);
	page_pool_put_full_page(pool, page, false);
#endif
}

/* bad put_netmem: argument 2 of 'page_pool_put_netmem' from incompatible pointer type */
void put_netmem(struct page_pool *pool, struct netmem *nmem, struct page *page)
{
#ifdef BAD_put_netmem
	page_pool_put_netmem(pool, page, 0, false);
#else
	page_pool_put_netmem(pool, nmem, 0, false);
	page_pool_put_page(pool, page, 0, false);
#endif
}

/* bad put_defragged_netmem: argument 2 of 'page_pool_put_defragged_netmem' from incompatible pointer type */
void put_defragged_netmem(struct page_pool *pool, struct netmem *nmem,
			  struct page *page)
{
#ifdef BAD_put_defragged_netmem
	page_pool_put_defragged_netmem(pool, page, 0, false);
#else
	page_pool_put_defragged_netmem(pool, nmem, 0, false);
#endif
}

/* bad release_netmem: argument 2 of 'page_pool_release_netmem' from incompatible pointer type */
void release_netmem(struct page_pool *pool, struct netmem *nmem,
		    struct page *page)
{
#ifdef BAD_release_netmem
	page_pool_release_netmem(pool, page);
#else
	page_pool_release_netmem(pool, nmem);
	page_pool_release_page(pool, page);
#endif
}

/* bad fragment_netmem: argument 1 of 'page_pool_fragment_netmem' from incompatible pointer type */
void fragment_netmem(struct netmem *nmem, struct page *page)
{
#ifdef BAD_fragment_netmem
	page_pool_fragment_netmem(page, 2);
#else
	page_pool_fragment_netmem(nmem, 2);
	page_pool_fragment_page(page, 2);
#endif
}

/* bad defrag_netmem: argument 1 of 'page_pool_defrag_netmem' from incompatible pointer type */
long defrag_netmem(struct netmem *nmem, struct page *page)
{
#ifdef BAD_defrag_netmem
	return page_pool_defrag_netmem(page, 1);
#else
	return page_pool_defrag_netmem(nmem, 1);
#endif
}

/* bad get_dma_addr: argument 1 of 'netmem_get_dma_addr' from incompatible pointer type */
dma_addr_t get_dma_addr(struct netmem *nmem, struct page *page)
{
#ifdef BAD_get_dma_addr
	return netmem_get_dma_addr(page);
#else
	return netmem_get_dma_addr(nmem) + page_pool_get_dma_addr(page);
#endif
}

/* bad set_dma_addr: argument 1 of 'netmem_set_dma_addr' from incompatible pointer type */
void set_dma_addr(struct netmem *nmem, struct page *page)
{
#ifdef BAD_set_dma_addr
	netmem_set_dma_addr(page, 0);
#else
	netmem_set_dma_addr(nmem, 0);
	page_pool_set_dma_addr(page, 0);
#endif
}

/* bad to_virt: argument 1 of 'netmem_to_virt' from incompatible pointer type */
void *to_virt(struct netmem *nmem, struct page *page)
{
#ifdef BAD_to_virt
	return netmem_to_virt(page);
#else
	return netmem_to_virt(nmem);
#endif
}

/* bad pfn: argument 1 of 'netmem_pfn' from incompatible pointer type */
unsigned long pfn(struct netmem *nmem, struct page *page)
{
#ifdef BAD_pfn
	return netmem_pfn(page);
#else
	return netmem_pfn(nmem) + page_to_pfn(page);
#endif
}

/* bad nid: argument 1 of 'netmem_nid' from incompatible pointer type */
int nid(struct netmem *nmem, struct page *page)
{
#ifdef BAD_nid
	return netmem_nid(page);
#else
	return netmem_nid(nmem) + page_to_nid(page);
#endif
}

/* bad ref_count: argument 1 of 'netmem_ref_count' from incompatible pointer type */
int ref_count(struct netmem *nmem, struct page *page)
{
#ifdef BAD_ref_count
	return netmem_ref_count(page);
#else
	return netmem_ref_count(nmem) + page_ref_count(page);
#endif
}

/* bad netmem_put_page: argument 1 of 'netmem_put' from incompatible pointer type */
void netmem_put_page(struct netmem *nmem, struct page *page)
{
#ifdef BAD_netmem_put_page
	netmem_put(page);
#else
	netmem_put(nmem);
#endif
}

/* bad pfmemalloc: argument 1 of 'netmem_is_pfmemalloc' from incompatible pointer type */
bool pfmemalloc(struct netmem *nmem, struct page *page)
{
#ifdef BAD_pfmemalloc
	return netmem_is_pfmemalloc(page);
#else
	return netmem_is_pfmemalloc(nmem) || page_is_pfmemalloc(page);
#endif
}

/* bad alloc_netmem: initialization of 'struct page \*' from incompatible pointer type 'struct netmem \*' */
void *alloc_netmem(struct page_pool *pool)
{
#ifdef BAD_alloc_netmem
	struct page *mem = page_pool_alloc_netmem(pool, GFP_ATOMIC);
#else
	struct netmem *mem = page_pool_alloc_netmem(pool, GFP_ATOMIC);
#endif
	return mem;
}

/* bad alloc_pages_netmem: initialization of 'struct netmem \*' from incompatible pointer type 'struct page \*' */
void *alloc_pages_netmem(struct page_pool *pool)
{
#ifdef BAD_alloc_pages_netmem
	struct netmem *mem = page_pool_dev_alloc_pages(pool);
#else
	struct page *mem = page_pool_dev_alloc_pages(pool);
#endif
	return mem;
}

/* bad put_full_page: argument 2 of 'page_pool_put_full_page' from incompatible pointer type */
void put_full_page(struct page_pool *pool, struct netmem *nmem,
		   struct page *page)
{
#ifdef BAD_put_full_page
	page_pool_put_full_page(pool, nmem, false);
#else
	page_pool_put_full_page(pool, page, false);
#endif
}

/* bad release_page: argument 2 of 'page_pool_release_page' from incompatible pointer type */
void release_page(struct page_pool *pool, struct netmem *nmem,
		  struct page *page)
{
#ifdef BAD_release_page
	page_pool_release_page(pool, nmem);
#else
	page_pool_release_page(pool, page);
#endif
}

/* bad page_get_dma_addr: argument 1 of 'page_pool_get_dma_addr' from incompatible pointer type */
dma_addr_t page_get_dma_addr(struct netmem *nmem, struct page *page)
{
#ifdef BAD_page_get_dma_addr
	return page_pool_get_dma_addr(nmem);
#else
	return page_pool_get_dma_addr(page);
#endif
}

/* bad address: argument 1 of '(lowmem_)?page_address' from incompatible pointer type */
void *address(struct netmem *nmem, struct page *page)
{
#ifdef BAD_address
	return page_address(nmem);
#else
	return page_address(page);
#endif
}

/* bad put: argument 1 of 'put_page' from incompatible pointer type */
void put(struct netmem *nmem, struct page *page)
{
#ifdef BAD_put
	put_page(nmem);
#else
	put_page(page);
#endif
}

/* bad get: argument 1 of 'get_page' from incompatible pointer type */
void get(struct netmem *nmem, struct page *page)
{
#ifdef BAD_get
	get_page(nmem);
#else
	get_page(netmem_page(nmem));
#endif
}

/* bad return_skb_page: argument 1 of 'page_pool_return_skb_page' from incompatible pointer type */
bool return_skb_page(struct netmem *nmem, struct page *page)
{
#ifdef BAD_return_skb_page
	return page_pool_return_skb_page(nmem);
#else
	return page_pool_return_skb_page(page);
#endif
}

/* bad frag_netmem: initialization of 'struct page \*' from incompatible pointer type 'struct netmem \*' */
void *frag_netmem(const skb_frag_t *frag)
{
#ifdef BAD_frag_netmem
	struct page *mem = skb_frag_netmem(frag);
#else
	struct netmem *mem = skb_frag_netmem(frag);
#endif
	return mem;
}

/* bad frag_set_netmem: argument 2 of '__skb_frag_set_netmem' from incompatible pointer type */
void frag_set_netmem(skb_frag_t *frag, struct netmem *nmem, struct page *page)
{
#ifdef BAD_frag_set_netmem
	__skb_frag_set_netmem(frag, page);
#else
	__skb_frag_set_netmem(frag, nmem);
#endif
}

/* bad frag_set_page: argument 2 of '__skb_frag_set_page' from incompatible pointer type */
void frag_set_page(skb_frag_t *frag, struct netmem *nmem, struct page *page)
{
#ifdef BAD_frag_set_page
	__skb_frag_set_page(frag, nmem);
#else
	__skb_frag_set_page(frag, page);
#endif
}

static void __maybe_unused init_netmem(struct netmem *nmem, void *arg)
{
}

static void __maybe_unused init_page(struct page *page, void *arg)
{
}

/* bad init_callback: initialization of 'void \(\*\)\(struct netmem \*, .*from incompatible pointer type 'void \(\*\)\(struct page \*, */
struct page_pool *init_callback(void)
{
	struct page_pool_params params = {
#ifdef BAD_init_callback
		.init_callback = init_page,
#else
		.init_callback = init_netmem,
#endif
	};

	return page_pool_create(&params);
}
