// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs on a page's count of fragments. Half of the fragments come back
 * through skbs, which a watch can see; of the others only a page's last can be
 * seen.
 */
#include <linux/delay.h>

#include "fault.h"

/* A page holds so many fragments of SIZE. */
#define FRAGS 4
#define SIZE (PAGE_SIZE / FRAGS)

struct fragments {
	struct page *page[FRAGS];
	unsigned int offset[FRAGS];
	int count;
};

static struct page *take_frag(struct fault_pool *fp, unsigned int *offset,
			      unsigned int size)
{
	struct page *page;

	local_bh_disable();
	page = page_pool_dev_alloc_frag(fp->pool, offset, size);
	local_bh_enable();
	return page;
}

/* The next @count fragments, of one page. */
static int take_some(struct fault_pool *fp, struct fragments *frags, int count)
{
	struct page *page;

	for (; count; count--) {
		page = take_frag(fp, &frags->offset[frags->count], SIZE);
		if (!page)
			return -ENOMEM;
		frags->page[frags->count++] = page;
		if (page != frags->page[0])
			return -EAGAIN;
	}
	return 0;
}

/* All fragments of one page: the pool begins with the next one after them. */
static int take_page(struct fault_pool *fp, struct fragments *frags)
{
	frags->count = 0;
	return take_some(fp, frags, FRAGS);
}

/* One fragment on its way through an skb, or put by a driver. */
static int give(struct fault_pool *fp, struct fragments *frags, int index,
		bool in_skb)
{
	struct sk_buff *skb = in_skb ? fault_skb() : NULL;

	if (!skb) {
		fault_put_ring(fp, frags->page[index]);
		return in_skb ? -ENOMEM : 0;
	}
	fault_skb_add(skb, frags->page[index], frags->offset[index], SIZE);
	kfree_skb(skb);
	return 0;
}

static int give_all(struct fault_pool *fp, struct fragments *frags)
{
	int err = 0, i;

	for (i = 0; i < frags->count; i++)
		err = give(fp, frags, i, i % 2) ?: err;
	frags->count = 0;
	return err;
}

/* Legal traffic of fragments. */
static int frag_traffic(struct fault_pool *fp, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	struct fragments frags[4] = {};
	int err = 0, i;

	while (!err && time_before(jiffies, end)) {
		for (i = 0; i < ARRAY_SIZE(frags) && !err; i++)
			err = take_page(fp, &frags[i]);
		for (i = 0; i < ARRAY_SIZE(frags); i++)
			err = give_all(fp, &frags[i]) ?: err;
		msleep(20);
	}
	return err;
}

static struct fault_pool *frag_pool(void)
{
	return fault_pool_new(PP_FLAG_PAGE_FRAG, 0, 0);
}

/* The count went below 0 with the pool's own part: the page is stuck. */
static void put_stuck(struct fault_pool *fp)
{
	atomic_long_set(compat_frag_count(fp->page), 1);
	fault_put_ring(fp, fp->page);
}

static int frag_underflow(bool wrong)
{
	struct fault_pool *fp = frag_pool();
	struct fragments frags, next;
	struct page *page;
	int err;

	if (!fp)
		return -ENOMEM;
	err = frag_traffic(fp, fault_half()) ?: take_page(fp, &frags);
	if (err)
		return fault_pool_end(fp) ?: err;
	page = frags.page[0];
	err = give_all(fp, &frags);
	if (wrong)
		err = give(fp, &frags, 0, true) ?: err;
	/* now the pool takes its own part off */
	err = take_page(fp, &next) ?: err;
	err = give_all(fp, &next) ?: err;
	err = frag_traffic(fp, fault_half()) ?: err;
	if (!wrong)
		return fault_pool_end(fp) ?: err;
	fault_pool_destroy(fp);
	return fault_pool_keep(fp, put_stuck, page) ?: err;
}

static int frag_overflow(bool wrong)
{
	const long extra = 1000;
	struct fault_pool *fp = frag_pool();
	struct fragments frags = {};
	int err, i;

	if (!fp)
		return -ENOMEM;
	err = frag_traffic(fp, fault_half()) ?:
					       take_some(fp, &frags, FRAGS / 2);
	if (err)
		return fault_pool_end(fp) ?: err;
	/* as references that somebody takes and nobody needs */
	if (wrong)
		atomic_long_add(extra, compat_frag_count(frags.page[0]));
	err = take_some(fp, &frags, FRAGS / 2);
	for (i = 0; i < frags.count; i++)
		err = give(fp, &frags, i, true) ?: err;
	if (wrong)
		atomic_long_sub(extra, compat_frag_count(frags.page[0]));
	err = frag_traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

static int frag_undrained(bool wrong)
{
	struct fault_pool *fp = frag_pool();
	struct fragments frags, next;
	int err;

	if (!fp)
		return -ENOMEM;
	err = frag_traffic(fp, fault_half()) ?: take_page(fp, &frags);
	/* now the pool has taken its own part off: what is left is out */
	err = err ?: take_page(fp, &next);
	if (err)
		return fault_pool_end(fp) ?: err;
	if (wrong) {
		/* as the last one, with all that the others have */
		compat_put_last(fp->pool, frags.page[0]);
		atomic_long_set(compat_frag_count(frags.page[0]), 1);
	} else {
		err = give_all(fp, &frags);
	}
	err = give_all(fp, &next) ?: err;
	err = frag_traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

static int frag_bounds(bool wrong)
{
	struct fault_pool *fp = frag_pool();
	struct fragments frags = {};
	int err;

	if (!fp)
		return -ENOMEM;
	err = frag_traffic(fp, fault_half()) ?:
					       take_some(fp, &frags, FRAGS / 2);
	if (err)
		return fault_pool_end(fp) ?: err;
	/* the pool forgets where the last one ends */
	if (wrong)
		fp->pool->frag_offset -= SIZE / 2;
	err = take_some(fp, &frags, FRAGS / 2);
	err = give_all(fp, &frags) ?: err;
	err = frag_traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

/*
 * Four of a page again and again: of an odd size, as a driver takes them that
 * rounds nothing up. Where the pool itself rounds sizes up (to what DMA needs, or
 * more), it is made to forget that.
 */
static int frag_misaligned(bool wrong)
{
	unsigned int size = wrong ? SIZE - 4 : SIZE - 8, offset;
	struct fault_pool *fp = frag_pool();
	struct page *page[FRAGS] = {};
	int err, round, i;

	if (!fp)
		return -ENOMEM;
	err = frag_traffic(fp, fault_half());
	for (round = 0; round < 20 && !err; round++) {
		for (i = 0; i < FRAGS && !err; i++) {
			page[i] = take_frag(fp, &offset, size);
			if (!page[i])
				err = -ENOMEM;
			else if (wrong && fp->pool->frag_offset % SIZE == 0)
				fp->pool->frag_offset -= 4;
		}
		for (i = 0; i < FRAGS && page[i]; i++) {
			fault_put_ring(fp, page[i]);
			page[i] = NULL;
		}
	}
	err = frag_traffic(fp, fault_half()) ?: err;
	return fault_pool_end(fp) ?: err;
}

/*
 * Several pages' fragments of mixed sizes at a time, by skbs that have one to
 * many of them, and by drivers; as fast as it goes, then at a modest rate.
 */
#define MIXED 40

struct mixed {
	struct page *page[MIXED];
	unsigned int offset[MIXED];
	unsigned int size[MIXED];
};

static int mixed_take(struct fault_pool *fp, struct mixed *m, u32 round)
{
	static const unsigned int sizes[] = { 64,  1536, 256, 2048, 704,
					      128, 3000, 512, 1024, 40 };
	int i;

	for (i = 0; i < MIXED; i++) {
		m->size[i] = sizes[(i + round) % ARRAY_SIZE(sizes)];
		m->page[i] = take_frag(fp, &m->offset[i], m->size[i]);
		if (!m->page[i])
			return -ENOMEM;
	}
	return 0;
}

/* Every third by a driver, the rest in skbs of one to five fragments. */
static int mixed_give(struct fault_pool *fp, struct mixed *m, u32 round)
{
	struct sk_buff *skb = NULL;
	int i, err = 0;

	for (i = 0; i < MIXED && m->page[i]; i++) {
		if (i % 3 == 0) {
			if (round % 2)
				fault_put_direct(fp, m->page[i]);
			else
				fault_put_ring(fp, m->page[i]);
			continue;
		}
		if (!skb)
			skb = fault_skb();
		if (!skb) {
			fault_put_ring(fp, m->page[i]);
			err = -ENOMEM;
			continue;
		}
		fault_skb_add(skb, m->page[i], m->offset[i], m->size[i]);
		if (skb_shinfo(skb)->nr_frags > (i + round) % 5) {
			kfree_skb(skb);
			skb = NULL;
		}
	}
	kfree_skb(skb);
	return err;
}

static int frag_clean(bool wrong)
{
	unsigned long fast = jiffies + msecs_to_jiffies(fault_ms);
	unsigned long end = jiffies + msecs_to_jiffies(3 * fault_ms);
	unsigned long renew = jiffies + HZ / 2;
	struct fault_pool *fp = frag_pool();
	int err = fp ? 0 : -ENOMEM;
	struct mixed m = {};
	u32 round;

	for (round = 0; !err && time_before(jiffies, end); round++) {
		err = mixed_take(fp, &m, round);
		err = mixed_give(fp, &m, round) ?: err;
		memset(&m, 0, sizeof(m));
		if (time_after(jiffies, fast))
			msleep(20);
		else
			cond_resched();
		/* a pool that only recycles makes no events: have another */
		if (err || time_before(jiffies, renew))
			continue;
		renew = jiffies + HZ / 2;
		err = fault_pool_end(fp);
		fp = err ? NULL : frag_pool();
		if (!fp)
			return err ?: -ENOMEM;
	}
	return fp ? fault_pool_end(fp) ?: err : err;
}

const struct knob frag_knobs[] = {
	KNOB(frag_underflow, "a fragment is given back once too often",
	     "each fragment is given back once"),
	KNOB(frag_overflow, "a page has more references than it began with",
	     "all fragments of a page are given back in skbs"),
	KNOB(frag_bounds,
	     "one fragment begins in the middle of the one before it",
	     "each fragment begins where the one before it ends"),
	KNOB(frag_misaligned,
	     "fragments of a size that is no multiple of 8, one behind the other",
	     "fragments of a size that is a multiple of 8"),
	KNOB(frag_undrained,
	     "a page goes back to its pool while fragments are out",
	     "a page goes back with its last fragment"),
	{ "frag_clean", NULL,
	  "fragments of mixed sizes, in skbs and by the driver, fast and slow",
	  frag_clean },
	{},
};
