/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The test module's words: cases, checks, and pools whose end is observed.
 *
 * A case judges by the pool's own books: pages held and released so far, and
 * what lies in cache and ring. What is in neither is out, and must be what the
 * case has taken.
 */
#ifndef TEST_H
#define TEST_H

#include <linux/completion.h>
#include <linux/skbuff.h>
#include <net/page_pool.h>
#include <net/xdp.h>

#define GFP_TEST (GFP_ATOMIC | __GFP_NOWARN)

struct kase {
	const char *name;
	void (*run)(struct kase *t);
	/* what the first failed check said, and why the case was skipped */
	char failed[160];
	const char *skipped;
	int failures;
};

/* All cases, ended by an empty one. */
extern struct kase pool_cases[];
extern struct kase frag_cases[];
extern struct kase skb_cases[];
extern struct kase xdp_cases[];
extern struct kase dma_cases[];
extern struct kase netmem_cases[];

/* expect(t, got, want): a check; says false when it failed. */
#define expect(t, got, want) \
	expect_at(t, __func__, __LINE__, #got, (long)(got), (long)(want))
bool expect_at(struct kase *t, const char *func, int line, const char *what,
	       long got, long want);

/*
 * A pool and the moment when the kernel frees it. Cases run one after the
 * other, none with more than two pools.
 */
struct test_pool {
	struct page_pool *pool;
	/* what the pool's owner (xdp) wants to be told; called before us */
	void (*disconnect)(void *pool);
	struct completion gone;
	u32 held;
	u32 released;
};

struct page_pool *pool_new(struct kase *t, unsigned int flags,
			   unsigned int order, unsigned int pool_size);
struct page_pool *pool_new_params(struct kase *t,
				  const struct page_pool_params *params);
/* After xdp has made the pool's end its own business. */
void pool_watch_again(struct page_pool *pool);
/* Destroys a pool with all pages back: it must go at once, books balanced. */
void pool_done(struct kase *t, struct page_pool *pool);
/* The same in steps, for a pool with pages out. */
void pool_destroy(struct page_pool *pool);
bool pool_gone(struct page_pool *pool);
void pool_expect_gone(struct kase *t, struct page_pool *pool,
		      unsigned long timeout);

static inline u32 held(struct page_pool *pool)
{
	return READ_ONCE(pool->pages_state_hold_cnt);
}

static inline u32 released(struct page_pool *pool)
{
	return atomic_read(&pool->pages_state_release_cnt);
}

static inline u32 cached(struct page_pool *pool)
{
	return pool->alloc.count;
}

u32 in_ring(struct page_pool *pool);

static inline u32 out(struct page_pool *pool)
{
	return held(pool) - released(pool) - cached(pool) - in_ring(pool);
}

/* As a driver does it: the allocation side runs with softirqs off. */
struct page *pool_page(struct page_pool *pool);
void pool_put_napi(struct page_pool *pool, struct page *page);

/* The pool that a page says it belongs to; NULL when it has none. */
static inline struct page_pool *page_owner_pool(struct page *page)
{
#ifdef HAVE_NETMEM
	return page_netmem(page)->pp;
#else
	return page->pp;
#endif
}

static inline bool page_is_signed(struct page *page)
{
#ifdef HAVE_NETMEM
	return (page_netmem(page)->pp_magic & ~3UL) == PP_SIGNATURE;
#else
	return (page->pp_magic & ~3UL) == PP_SIGNATURE;
#endif
}

/* A user's address of a huge page of 2 MiB; 0 when there is none. */
extern unsigned long test_huge_page;

/* Same numbers in each run, so that a failure can be repeated. */
u32 test_random(u32 below);

#endif /* TEST_H */
