// SPDX-License-Identifier: GPL-2.0
/* Pages that a finding's pool waits for, and who has them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/facts/netmem.h"
#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define PAGES_MAX 8
#define HOLDER_POOLS_MAX 4 /* pools with a table of holders */
#define SITE_DEPTH 3 /* functions in the one-line form of a stack */

bool is_followed(const struct session *session)
{
	return session->meta.tier && !strcmp(session->meta.tier, "function");
}

/* ---- one page ---- */

/*
 * A stack in one line: "mvneta_rx_refill+0x48 < mvneta_poll+0x1b4", without
 * page_pool's own functions and those of kretprobes. False: no stack.
 */
static bool site_text(const struct strings *stack, char *text, size_t size)
{
	static const char *const inner[] = {
		"page_pool_", "__page_pool_", "napi_pp_put_page",
		"kretprobe",  "__kretprobe",  "arch_rethook"
	};
	size_t i, k, at = 0, shown = 0;
	const char *name;

	text[0] = 0;
	for (i = 0; i < stack->count && shown < SITE_DEPTH && at < size; i++) {
		name = stack->items[i];
		for (k = 0; k < ARRAY_LEN(inner); k++)
			if (!strncmp(name, inner[k], strlen(inner[k])))
				break;
		/* When all are: the last one. */
		if (k < ARRAY_LEN(inner) && i + 1 < stack->count)
			continue;
		if (k < ARRAY_LEN(inner) && shown)
			break;
		at += utf8_print(text + at, size - at, "%s%s",
				 shown++ ? " < " : "", name);
	}
	return shown > 0;
}

const char *sampled_text(const struct sample *sample, char *text, size_t size)
{
	char number[48];

	if (sample->since)
		snprintf(text, size, "sampled: %s since",
			 count_of(sample->since, sample->what, number,
				  sizeof(number)));
	else
		snprintf(text, size, "%s",
			 sample->counted ? "the last one" : "sampled");
	return text;
}

/* The site of a sampled stack; nothing without one. */
static void print_site(const struct out *out, const char *by,
		       const struct sample *sample)
{
	char site[512], since[64];

	if (site_text(sample->stack, site, sizeof(site)))
		print_fact(out, "", "%s by %s (%s)", by, site,
			   sampled_text(sample, since, sizeof(since)));
}

/* XDP_VERDICT_COUNT: none is known. */
static enum xdp_verdict last_verdict(const struct page_fact *page)
{
	return fact_has(page, page, xdp_verdict) ? page->xdp_verdict :
						   XDP_VERDICT_COUNT;
}

static const char *verdict_text(enum xdp_verdict verdict, char *text,
				size_t size)
{
	text[0] = 0;
	if (verdict != XDP_VERDICT_COUNT)
		snprintf(text, size, ", last XDP verdict %s",
			 xdp_verdict_name(verdict));
	return text;
}

/* "frame 0x1234, out for 4.2 s, recycled 3 times, XDP pass" and its sites. */
static void print_page(const struct out *out, const char *label,
		       const struct page_fact *page, bool followed)
{
	const struct sample allocated = { &page->handed_out,
					  fact_has(page, page, hand_outs_since),
					  page->hand_outs_since, "allocation" };
	const struct sample put = { &page->returned,
				    fact_has(page, page, returns_since),
				    page->returns_since, "put" };
	char name[40], age[32], times[48], again[64] = "", verdict[48];

	if (fact_has(page, page, recycled))
		snprintf(again, sizeof(again), ", recycled %s",
			 count_of(page->recycled, "time", times,
				  sizeof(times)));
	print_fact(out, label, "%s, %s for %s%s%s",
		   netmem_name(page->netmem, name, sizeof(name)),
		   followed && page->state == STATE_OUT ?
			   "out" :
			   state_name(page->state),
		   format_time(page->age_ms, age, sizeof(age)), again,
		   verdict_text(last_verdict(page), verdict, sizeof(verdict)));
	print_site(out, "allocated", &allocated);
	print_site(out, "before that returned", &put);
}

/* ---- the pages of a pool ---- */

/* Pages of a stalled pool that were allocated in one place, with one verdict. */
struct site {
	char text[512];
	enum xdp_verdict verdict;
	size_t count;
	uint64_t oldest_ms;
	uint64_t recycled; /* of the page that was most often */
};

static int compare_sites(const void *a, const void *b)
{
	const struct site *left = a, *right = b;

	return (left->count < right->count) - (left->count > right->count);
}

/* Returns the sites, most pages first, their number in *count. */
static struct site *group_pages(const struct session *session,
				const struct pool *pool, size_t *count)
{
	const struct page_fact *page;
	struct site *sites, *site;
	enum xdp_verdict verdict;
	char text[512];
	size_t i, at;

	*count = 0;
	sites = calloc(pool->pages.count, sizeof(*sites));
	for (i = 0; sites && i < pool->pages.count; i++) {
		page = &pool->pages.items[i];
		if (!is_old_enough(session, page->age_ms))
			continue;
		if (!site_text(&page->handed_out, text, sizeof(text)))
			strcpy(text, "an unknown caller (no stack was taken)");
		verdict = last_verdict(page);
		for (at = 0; at < *count; at++)
			if (!strcmp(sites[at].text, text) &&
			    sites[at].verdict == verdict)
				break;
		site = &sites[at];
		if (at == *count) {
			strcpy(site->text, text);
			(*count)++;
		}
		site->verdict = verdict;
		site->count++;
		if (page->recycled > site->recycled)
			site->recycled = page->recycled;
		if (page->age_ms > site->oldest_ms)
			site->oldest_ms = page->age_ms;
	}
	if (sites)
		qsort(sites, *count, sizeof(*sites), compare_sites);
	return sites;
}

static void print_page_groups(const struct out *out,
			      const struct session *session,
			      const struct pool *pool)
{
	char age[32], pages[48], times[48], verdict[48];
	struct site *sites;
	size_t count, i;

	sites = group_pages(session, pool, &count);
	for (i = 0; i < count; i++)
		print_fact(
			out, i ? "" : "pages",
			"%s, out for up to %s, recycled up to %s%s, allocated by %s",
			count_of(sites[i].count, "page", pages, sizeof(pages)),
			format_time(sites[i].oldest_ms, age, sizeof(age)),
			count_of(sites[i].recycled, "time", times,
				 sizeof(times)),
			verdict_text(sites[i].verdict, verdict,
				     sizeof(verdict)),
			sites[i].text);
	free(sites);
}

void print_pages(const struct out *out, const struct session *session,
		 const struct pool *pool)
{
	size_t listed = count_listed_pages(session, pool), shown = 0, i;
	const struct page_facts *pages = &pool->pages;
	size_t younger = pages->count - listed;
	size_t rest = pool->pages_unlisted;
	bool followed = is_followed(session);
	char age[32];

	if (followed && listed > PAGES_MAX) {
		print_page_groups(out, session, pool);
	} else {
		for (i = 0; i < pages->count && shown < PAGES_MAX; i++)
			if (is_old_enough(session, pages->items[i].age_ms))
				print_page(out, shown++ ? "" : "pages",
					   &pages->items[i], followed);
		rest += listed - shown;
	}
	if (younger)
		print_fact(out, listed ? "" : "pages",
			   "not listed: %zu younger than %s", younger,
			   format_time(session->min_age_ms, age, sizeof(age)));
	if (pages->count && rest)
		print_fact(out, "", "and %zu more", rest);
}

void print_unheld(const struct out *out, const struct session *session,
		  const struct pool *pool)
{
	/* Those that memory refers to stand last, and are no leak. */
	int64_t count = pool_unheld(pool) - pool->held.referenced, i;
	const struct page_facts *pages = &pool->unheld_pages;

	for (i = 1; i < (int64_t)pages->count && i < count && i < PAGES_MAX;
	     i++)
		print_page(out, i > 1 ? "" : "others", &pages->items[i],
			   is_followed(session));
	if (i < count)
		print_fact(out, i > 1 ? "" : "others",
			   "%s%" PRId64 " more of this pool",
			   i > 1 ? "and " : "", count - i);
}

/* ---- holders ---- */

/* Pages that have no holder, in one line: what is known of them. */
static void print_holderless(const struct out *out, const struct pool *pool)
{
	const struct held *held = &pool->held;
	int64_t moved = held->out - held->attributed - held->unaccounted;
	const struct container_fact *container;
	char pages[48], text[160];
	size_t i;

	for (i = 0; i < pool->containers.count; i++) {
		container = &pool->containers.items[i];
		print_fact(out, "", "memory: %s in %s",
			   count_of(container->pages, "page", pages,
				    sizeof(pages)),
			   container_name(container, text, sizeof(text)));
	}
	if (held->unaccounted > 0)
		print_fact(out, "", "no holder: %s, not found in two walks%s",
			   count_of(held->unaccounted, "page", pages,
				    sizeof(pages)),
			   pool->leak_reason ? "" : " of all places");
	if (moved > 0)
		print_fact(out, "", "no holder: %s, %s",
			   count_of(moved, "page", pages, sizeof(pages)),
			   held->walks > 1 ? "moved between the walks" :
					     "not found in the only walk");
}

void print_holders(const struct out *out, const struct session *session)
{
	size_t shown = 0, more = 0, i;
	char name[128], text[160];
	const struct pool *pool;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool_waits(pool) || !pool->held.walks)
			continue;
		if (shown == HOLDER_POOLS_MAX) {
			more++;
			continue;
		}
		print_fact(out, shown++ ? "" : "holders", "%s: %s",
			   pool_name(pool, name, sizeof(name)),
			   held_text(pool, text, sizeof(text)));
		report_pool_holders(out->to, session, pool, LABEL_WIDTH);
		print_holderless(out, pool);
	}
	if (more)
		print_fact(out, "", "and those of %s, all in the JSON report",
			   count_of(more, "more pool", text, sizeof(text)));
}
