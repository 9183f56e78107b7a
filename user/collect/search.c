// SPDX-License-Identifier: GPL-2.0
/* The search of memory for the pages that no walk and no sweep met. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/collect/pass.h"
#include "user/util/testing.h"
#include "user/util/util.h"

/* ---- what is searched for ---- */

static int add_page(struct live *live, struct pass *pass, uint32_t slot,
		    uint64_t netmem)
{
	struct search_page *grown;

	if (frame_is_net_iov(netmem) || netmem == FRAME_NONE)
		return 0;
	grown = realloc(pass->searched,
			(pass->searched_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	pass->searched = grown;
	grown[pass->searched_count++] = (struct search_page){
		.pfn = netmem,
		.slot = slot,
		.count = 1U << (live->loader.pools[slot].id.order & 15),
	};
	return 0;
}

static int add_unmet(struct live *live, struct pass *pass,
		     const struct pass *before)
{
	const struct tally_page *page;
	int err = 0;
	size_t i;

	for (i = 0; !err && before && i < pass->count; i++) {
		page = &pass->pages[i];
		if (live->loader.pools[word_slot(page->word)].status ==
			    POOL_DESTROYED &&
		    pass_is_unmet(pass, before, page))
			err = add_page(live, pass, word_slot(page->word),
				       page->netmem);
	}
	return err;
}

/* A test option: pages that nobody but their pools refers to. */
static int add_pooled(struct live *live, struct pass *pass)
{
	uint32_t slot, count, i;
	struct audit_page *pages;
	int err = 0;

	for (slot = 1; !err && slot < SLOT_COUNT; slot++) {
		if (!live_is_alive(live, slot) || !live->watches[slot].judged)
			continue;
		err = audit_list(&live->loader, slot, true, &pages, &count);
		for (i = 0; !err && i < count; i++)
			err = add_page(live, pass, slot, pages[i].frame);
		free(pages);
	}
	return err;
}

/* A test option: all that are out, with a known holder as well. */
static int add_out(struct live *live, struct pass *pass)
{
	uint32_t slot;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < pass->count; i++) {
		slot = word_slot(pass->pages[i].word);
		if (live->watches[slot].judged)
			err = add_page(live, pass, slot, pass->pages[i].netmem);
	}
	return err;
}

static int compare_page(const void *left, const void *right)
{
	const struct search_page *a = left, *b = right;

	return (a->pfn > b->pfn) - (a->pfn < b->pfn);
}

bool pass_is_referenced(const struct pass *pass, uint64_t netmem)
{
	const struct search_page key = { .pfn = netmem }, *found;

	found = pass->searched_count ?
			bsearch(&key, pass->searched, pass->searched_count,
				sizeof(key), compare_page) :
			NULL;
	return found && found->met;
}

static int list_pools(const struct live *live, uint64_t *pools)
{
	uint32_t slot;
	int count = 0;

	for (slot = 1; slot < SLOT_COUNT; slot++)
		if (live_is_alive(live, slot))
			pools[count++] = live->loader.pools[slot].id.pool;
	return count;
}

static int search(struct live *live, struct pass *pass)
{
	const struct live_search *options = live->options.search;
	uint64_t pools[SLOT_COUNT];
	const struct search_request request = {
		.pages = pass->searched,
		.count = pass->searched_count,
		.pools = pools,
		.pool_count = list_pools(live, pools),
		.longest_ms = options->longest_ms,
		.is_cut = options->is_cut,
		.progress = options->progress,
		.data = options->data,
	};
	int err;

	sort_list(pass->searched, pass->searched_count, sizeof(*pass->searched),
		  compare_page);
	err = holders_search(live->holders, &request, &pass->search);
	pass->has_search = !err;
	/* What came back meanwhile has another word. */
	if (!err)
		err = pass_list_pages(live, pass);
	if (!err)
		pass_drop_pooled(live, pass);
	return err;
}

int pass_search(struct live *live, struct pass *pass, const struct pass *before)
{
	int err;

	if (testing_flag("search-pooled"))
		err = add_pooled(live, pass);
	else if (testing_flag("search-out"))
		err = add_out(live, pass);
	else
		err = add_unmet(live, pass, before);
	return err || !pass->searched_count ? err : search(live, pass);
}

/* ---- facts ---- */

static void emit_searched(struct live *live, const struct pass *pass)
{
	static const struct {
		const char *text, *why;
	} kinds[] = {
#define SEARCH_KIND(id, text, why) { text, why },
		SEARCH_KINDS(SEARCH_KIND)
#undef SEARCH_KIND
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		struct fact fact = { .type = FACT_searched };

		/* Nothing of the kernel is in memory of others. */
		if (!pass->search.bytes[i] || (kinds[i].why && !*kinds[i].why))
			continue;
		fact.searched.walk = pass->number;
		fact.searched.memory = kinds[i].text;
		fact.searched.bytes = pass->search.bytes[i];
		if (kinds[i].why)
			fact_set(&fact.searched, searched, why, kinds[i].why);
		live_emit(live, &fact);
	}
}

static void emit_container(struct live *live, const struct pass *pass,
			   const struct container *container)
{
	struct fact fact = { .type = FACT_container };

	if (!live->watches[container->slot].seq)
		return;
	fact.container.walk = pass->number;
	fact.container.slot = container->slot;
	fact.container.seq = live->watches[container->slot].seq;
	fact.container.kind = container->kind;
	fact.container.what = container->what;
	fact.container.by = container->by;
	fact.container.offset = container->first;
	fact.container.last_offset = container->last;
	fact.container.objects = container->objects;
	fact.container.pages = container->pages;
	live_emit(live, &fact);
}

void pass_emit_search(struct live *live, const struct pass *pass)
{
	const struct search_result *result = &pass->search;
	struct fact fact = { .type = FACT_search };
	size_t i;

	fact.search.walk = pass->number;
	fact.search.whole = result->whole;
	if (!result->whole)
		fact_set(&fact.search, search, why, result->why);
	fact.search.wanted = pass->searched_count;
	fact.search.met = result->met;
	fact.search.took_us = result->took_us;
	fact.search.cpu_us = result->cpu_us;
	fact.search.longest_us = result->longest_us;
	live_emit(live, &fact);
	emit_searched(live, pass);
	for (i = 0; i < result->container_count; i++)
		emit_container(live, pass, &result->containers[i]);
}
