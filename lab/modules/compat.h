/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows that kernels differ. Kbuild looks into the headers
 * and says what they have.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <linux/mm.h>
#include <linux/ptr_ring.h>
#include <linux/skbuff.h>
#ifdef HAVE_HELPERS_H
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* From 6.7 on every pool can give out fragments. */
#ifndef PP_FLAG_PAGE_FRAG
#define PP_FLAG_PAGE_FRAG 0
#endif

/* What has the members pp_magic and pp of a pool's page. */
#if defined(HAVE_NETMEM)
#define pool_page(page) page_netmem(page)
#elif defined(HAVE_NMDESC)
#define pool_page(page) pp_page_to_nmdesc(page)
#else
#define pool_page(page) (page)
#endif

static inline atomic_long_t *compat_frag_count(struct page *page)
{
#ifdef HAVE_PP_REF_COUNT
	return &pool_page(page)->pp_ref_count;
#else
	return &pool_page(page)->pp_frag_count;
#endif
}

static inline struct page *compat_cached(struct page_pool *pool, u32 index)
{
#if defined(HAVE_NETMEM_REF)
	return netmem_to_page(pool->alloc.cache[index]);
#elif defined(HAVE_NETMEM)
	return netmem_page(pool->alloc.cache[index]);
#else
	return pool->alloc.cache[index];
#endif
}

static inline void compat_set_cached(struct page_pool *pool, u32 index,
				     struct page *page)
{
#if defined(HAVE_NETMEM_REF)
	pool->alloc.cache[index] = page_to_netmem(page);
#elif defined(HAVE_NETMEM)
	pool->alloc.cache[index] = page_netmem(page);
#else
	pool->alloc.cache[index] = page;
#endif
}

/* The page that a pool cuts fragments from. */
static inline struct page *compat_frag_page(struct page_pool *pool)
{
#if defined(HAVE_NETMEM_REF)
	return pool->frag_page ? netmem_to_page(pool->frag_page) : NULL;
#elif defined(HAVE_NETMEM)
	return pool->frag_nmem ? netmem_page(pool->frag_nmem) : NULL;
#else
	return pool->frag_page;
#endif
}

/* The last return of a page, whatever its count of fragments says. */
static inline void compat_put_last(struct page_pool *pool, struct page *page)
{
#if defined(HAVE_PUT_UNREFED)
	page_pool_put_unrefed_page(pool, page, -1, false);
#elif defined(HAVE_NETMEM)
	page_pool_put_defragged_netmem(pool, page_netmem(page), -1, false);
#else
	page_pool_put_defragged_page(pool, page, -1, false);
#endif
}

/* Overwrites @pages. */
static inline void compat_put_bulk(struct page_pool *pool, struct page **pages,
				   int count)
{
#ifdef HAVE_PUT_NETMEM_BULK
	BUILD_BUG_ON(sizeof(netmem_ref) != sizeof(*pages));
	page_pool_put_netmem_bulk((netmem_ref *)pages, count);
#else
	void **data = (void **)pages;
	int i;

	for (i = 0; i < count; i++)
		data[i] = page_address(pages[i]);
	page_pool_put_page_bulk(pool, data, count);
#endif
}

#endif /* COMPAT_H */
