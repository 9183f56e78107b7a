// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/scan.h"
#include "user/kernel/demand.h"
#include "user/kernel/skeletons.h"
#include "user/util/util.h"

static int scan_range(struct loader *loader, const struct pfn_range *range)
{
	uint64_t pfn = range->first & ~(uint64_t)(SCAN_BATCH - 1);
	uint64_t end = range->first + range->count;
	int err;

	for (; pfn < end; pfn += SCAN_STEP) {
		err = loader_run(loader, DEMAND_SCAN, pfn,
				 end - pfn < SCAN_STEP ? end - pfn : SCAN_STEP);
		if (err)
			return err;
	}
	return 0;
}

/* Net_iovs, of which only those are known that the hooks met. */
static int scan_net_iovs(struct loader *loader)
{
	uint64_t netmem, previous, *key = NULL;
	int err = 0;

	while (!err && !bpf_map_get_next_key(loader->map_fds[MAP_SHADOW_HASH],
					     key, &netmem)) {
		if (frame_is_net_iov(netmem))
			err = loader_run(loader, DEMAND_SCAN, netmem, 1);
		previous = netmem;
		key = &previous;
	}
	return err;
}

int scan_run(struct loader *loader, enum scan_mode mode)
{
	size_t i;
	int err = 0;

	if (!loader->vmemmap.has_mark)
		return -EOPNOTSUPP;
	memset(loader->scan_counts, 0,
	       SLOT_COUNT * sizeof(*loader->scan_counts));
	loader->bss->scan_only_unknown = mode == SCAN_COUNT;
	loader->bss->scan_found_count = 0;
	loader->bss->scan_stray_count = 0;
	for (i = 0; !err && i < loader->vmemmap.range_count; i++)
		err = scan_range(loader, &loader->vmemmap.ranges[i]);
	if (!err)
		err = scan_net_iovs(loader);
	return err;
}

/* The word says that the slot's present incarnation holds the page. */
static bool word_is_of(const struct loader *loader, uint64_t word,
		       uint32_t slot)
{
	uint32_t state = word_state(word);

	if (word_slot(word) != slot || slot == SLOT_NONE)
		return false;
	if (!state_is_held(state) && state != STATE_UNKNOWN)
		return false;
	return word_pool_gen(word) ==
	       (loader->pools[slot].generation & WORD_MASK(WORD_POOL_GEN_BITS));
}

typedef void (*word_visitor)(const struct loader *loader, uint64_t netmem,
			     uint64_t word, void *data);

static void visit_hashed(const struct loader *loader, word_visitor visit,
			 void *data)
{
	uint64_t netmem, previous = 0, word, *key = NULL;

	while (!bpf_map_get_next_key(loader->map_fds[MAP_SHADOW_HASH], key,
				     &netmem)) {
		if (!bpf_map_lookup_elem(loader->map_fds[MAP_SHADOW_HASH],
					 &netmem, &word))
			visit(loader, netmem, word, data);
		previous = netmem;
		key = &previous;
	}
}

/* Most words are zero: they are passed over without a call. */
static void visit_words(const struct loader *loader, word_visitor visit,
			void *data)
{
	uint64_t i, word;

	visit_hashed(loader, visit, data);
	for (i = 0; loader->shadow && i < loader->frame_count; i++) {
		word = *(volatile uint64_t *)&loader->shadow[i];
		if (word)
			visit(loader, loader->frame_first + i, word, data);
	}
}

static void count_word(const struct loader *loader, uint64_t netmem,
		       uint64_t word, void *data)
{
	struct tally *tally = data;
	uint32_t slot = word_slot(word);

	if (!word_is_of(loader, word, slot))
		return;
	tally->net_iov[slot] += frame_is_net_iov(netmem);
	if (!tally->held[slot]++ ||
	    tick_before(word_age(word), tally->oldest[slot]))
		tally->oldest[slot] = word_age(word);
	tally->out[slot] += word_state(word) == STATE_OUT;
	tally->unsure[slot] += word_state(word) == STATE_UNKNOWN;
}

void tally_take(const struct loader *loader, struct tally *tally)
{
	memset(tally, 0, sizeof(*tally));
	visit_words(loader, count_word, tally);
}

static uint64_t read_word(const struct loader *loader, uint64_t netmem)
{
	uint64_t i = netmem - loader->frame_first, word;

	if (loader->shadow && !frame_is_net_iov(netmem))
		return i < loader->frame_count ?
			       *(volatile uint64_t *)&loader->shadow[i] :
			       0;
	if (bpf_map_lookup_elem(loader->map_fds[MAP_SHADOW_HASH], &netmem,
				&word))
		return 0;
	return word;
}

uint32_t tally_state(const struct loader *loader, uint32_t slot,
		     uint64_t netmem)
{
	uint64_t word = read_word(loader, netmem);

	if (word_state(word) == STATE_FREE)
		return word_slot(word) == slot &&
				       word_pool_gen(word) ==
					       (loader->pools[slot].generation &
						WORD_MASK(WORD_POOL_GEN_BITS)) ?
			       STATE_FREE :
			       STATE_UNKNOWN;
	return word_is_of(loader, word, slot) ? word_state(word) :
						STATE_UNKNOWN;
}

struct page_search {
	uint32_t slot;
	struct tally_page *pages;
	size_t count, max;
};

/* Keeps the oldest pages, oldest first. */
static void collect_page(const struct loader *loader, uint64_t netmem,
			 uint64_t word, void *data)
{
	struct page_search *search = data;
	size_t at;

	if (!word_is_of(loader, word, search->slot))
		return;
	for (at = search->count; at > 0; at--)
		if (!tick_before(word_age(word),
				 word_age(search->pages[at - 1].word)))
			break;
	if (at >= search->max)
		return;
	if (search->count < search->max)
		search->count++;
	memmove(&search->pages[at + 1], &search->pages[at],
		(search->count - at - 1) * sizeof(*search->pages));
	search->pages[at] = (struct tally_page){ netmem, word };
}

size_t tally_pages(const struct loader *loader, uint32_t slot,
		   struct tally_page *pages, size_t max)
{
	struct page_search search = { slot, pages, 0, max };

	visit_words(loader, collect_page, &search);
	return search.count;
}

struct page_list {
	struct tally_page *pages;
	size_t count, room;
	bool failed;
};

static void append_page(struct page_list *list, uint64_t netmem, uint64_t word)
{
	struct tally_page *grown;

	if (list->failed)
		return;
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 4096;
		grown = realloc(list->pages, list->room * sizeof(*grown));
		list->failed = !grown;
		if (!grown)
			return;
		list->pages = grown;
	}
	list->pages[list->count++] = (struct tally_page){ netmem, word };
}

static void list_page(const struct loader *loader, uint64_t netmem,
		      uint64_t word, void *data)
{
	if (word_is_of(loader, word, word_slot(word)))
		append_page(data, netmem, word);
}

static void list_referenced(const struct loader *loader, uint64_t netmem,
			    uint64_t word, void *data)
{
	(void)loader;
	if (word_is_referenced(word))
		append_page(data, netmem, word);
}

static int list_words(const struct loader *loader, word_visitor visit,
		      struct tally_page **pages, size_t *count)
{
	struct page_list list = {};

	visit_words(loader, visit, &list);
	if (list.failed) {
		free(list.pages);
		return -ENOMEM;
	}
	*pages = list.pages;
	*count = list.count;
	return 0;
}

int tally_list(const struct loader *loader, struct tally_page **pages,
	       size_t *count)
{
	return list_words(loader, list_page, pages, count);
}

int tally_referenced(const struct loader *loader, struct tally_page **pages,
		     size_t *count)
{
	return list_words(loader, list_referenced, pages, count);
}

static void list_named(const struct loader *loader, uint64_t netmem,
		       uint64_t word, void *data)
{
	uint32_t slot = word_slot(word), state = word_state(word);

	if (slot != SLOT_NONE &&
	    (state_is_held(state) || state == STATE_UNKNOWN) &&
	    loader->pools[slot].status >= POOL_ACTIVE)
		pagelist_add(data, slot, netmem);
}

void tally_named(const struct loader *loader, struct pagelist *list)
{
	visit_words(loader, list_named, list);
}

/* Jiffies against the clock, from the first call to the latest. */
static struct {
	uint64_t first_ns, first_jiffies, last_ns, last_jiffies;
} tick_clock;

static uint64_t read_jiffies(const struct loader *loader)
{
	if (loader_run(loader, DEMAND_READ_POOL, SLOT_NONE, 0))
		return 0;
	return loader->bss->jiffies_now;
}

void ticks_calibrate(const struct loader *loader)
{
	tick_clock.last_jiffies = read_jiffies(loader);
	tick_clock.last_ns = now_ns();
	if (!tick_clock.first_ns) {
		tick_clock.first_ns = tick_clock.last_ns;
		tick_clock.first_jiffies = tick_clock.last_jiffies;
	}
}

uint64_t ticks_to_ms(uint32_t ticks)
{
	uint64_t jiffies = tick_clock.last_jiffies - tick_clock.first_jiffies;
	uint64_t ns = tick_clock.last_ns - tick_clock.first_ns;

	ticks &= WORD_MASK(WORD_AGE_BITS);
	/* Before any interval was measured: the usual 250 Hz. */
	if (jiffies < 8)
		return ((uint64_t)ticks << AGE_SHIFT) * 4;
	return (double)((uint64_t)ticks << AGE_SHIFT) * ns / jiffies / 1e6;
}

uint32_t ticks_now(const struct loader *loader)
{
	return read_jiffies(loader) >> AGE_SHIFT & WORD_MASK(WORD_AGE_BITS);
}
