/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows that kernels differ. Kbuild looks into the headers
 * and says what they have.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/ptr_ring.h>
#include <linux/skbuff.h>
#ifdef HAVE_HELPERS_H
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif
#include <net/xdp.h>

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

static inline void compat_sign(struct page *page, struct page_pool *pool)
{
#ifdef HAVE_SIGNATURE
	pool_page(page)->pp = pool;
	pool_page(page)->pp_magic |= PP_SIGNATURE;
#endif
}

static inline void compat_unsign(struct page *page)
{
#ifdef HAVE_SIGNATURE
	pool_page(page)->pp_magic = 0;
	pool_page(page)->pp = NULL;
#endif
}

/* Without it nobody but the driver returns a page. */
static inline void compat_mark_for_recycle(struct sk_buff *skb)
{
#ifdef HAVE_SKB_RECYCLE
	skb_mark_for_recycle(skb);
#endif
}

#ifdef HAVE_FRAGS
static inline atomic_long_t *compat_frag_count(struct page *page)
{
#ifdef HAVE_PP_REF_COUNT
	return &pool_page(page)->pp_ref_count;
#else
	return &pool_page(page)->pp_frag_count;
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
#endif /* HAVE_FRAGS */

/* Before 6.7 a whole page of a pool with fragments has no count. */
static inline void compat_set_whole(struct page *page)
{
#ifdef HAVE_FRAGS
	atomic_long_set(compat_frag_count(page), 1);
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

/* Overwrites @pages. */
static inline void compat_put_bulk(struct page_pool *pool, struct page **pages,
				   int count)
{
#if defined(HAVE_PUT_NETMEM_BULK)
	BUILD_BUG_ON(sizeof(netmem_ref) != sizeof(*pages));
	page_pool_put_netmem_bulk((netmem_ref *)pages, count);
#elif defined(HAVE_PUT_PAGE_BULK)
	void **data = (void **)pages;
	int i;

	for (i = 0; i < count; i++)
		data[i] = page_address(pages[i]);
	page_pool_put_page_bulk(pool, data, count);
#else
	int i;

	for (i = 0; i < count; i++)
		page_pool_put_full_page(pool, pages[i], false);
#endif
}

static inline int compat_rxq_reg(struct xdp_rxq_info *rxq,
				 struct net_device *dev)
{
#ifdef HAVE_XDP_NAPI_ID
	return xdp_rxq_info_reg(rxq, dev, 0, 0);
#else
	return xdp_rxq_info_reg(rxq, dev, 0);
#endif
}

/* Under their later names, what earlier kernels do not need. */
#ifndef HAVE_BPF_NET_CONTEXT
struct bpf_net_context {
};

static inline struct bpf_net_context *
bpf_net_ctx_set(struct bpf_net_context *context)
{
	return NULL;
}

static inline void bpf_net_ctx_clear(struct bpf_net_context *context)
{
}
#endif

#ifndef HAVE_XDP_FEATURES
#define NETDEV_XDP_ACT_BASIC 0
#define NETDEV_XDP_ACT_RX_SG 0

static inline void xdp_set_features_flag(struct net_device *dev, u32 features)
{
}
#endif

#ifndef HAVE_FRAG_FILL
static inline void skb_frag_fill_page_desc(skb_frag_t *frag, struct page *page,
					   int offset, int size)
{
	__skb_frag_set_page(frag, page);
	skb_frag_off_set(frag, offset);
	skb_frag_size_set(frag, size);
}
#endif

#endif /* COMPAT_H */
