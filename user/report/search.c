// SPDX-License-Identifier: GPL-2.0
/* What the search of memory met, and what pages without a holder begin with. */
#include <inttypes.h>
#include <stdio.h>

#include "user/facts/netmem.h"
#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"

#define CONTAINERS_NAMED 3 /* in a reason */
#define MIB (1024.0 * 1024)

const char *search_text(const struct session *session, char *text, size_t size)
{
	const struct search_fact *search = &session->search;
	const struct searched_facts *searched = &session->searched;
	uint64_t bytes = 0;
	char pages[48];
	size_t i;

	if (!search->wanted) {
		snprintf(text, size, "no page without a holder to search for");
		return text;
	}
	for (i = 0; i < searched->count; i++)
		if (!searched->items[i].why)
			bytes += searched->items[i].bytes;
	snprintf(text, size,
		 "memory refers to %" PRIu64
		 " of %s; %.1f MiB took %.1f ms (%.1f ms of CPU)%s%s",
		 search->met,
		 count_of(search->wanted, "page", pages, sizeof(pages)),
		 bytes / MIB, search->took_us / 1000.0, search->cpu_us / 1000.0,
		 search->whole ? "" : "; no proof: ",
		 search->whole || !search->why ? "" : search->why);
	return text;
}

const char *container_name(const struct container_fact *container, char *text,
			   size_t size)
{
	char last[32] = "", objects[48] = "", number[32];

	if (container->last_offset > container->offset)
		snprintf(last, sizeof(last), "..0x%" PRIx64,
			 container->last_offset);
	if (container->objects > 1)
		snprintf(objects, sizeof(objects), " in %s",
			 count_of(container->objects, "object", number,
				  sizeof(number)));
	snprintf(text, size, "%s %s +0x%" PRIx64 "%s%s",
		 container_kind_name(container->kind), container->what,
		 container->offset, last, objects);
	return text;
}

const char *containers_text(const struct pool *pool, char *text, size_t size)
{
	const struct container_facts *containers = &pool->containers;
	size_t i, at;
	char name[160];

	text[0] = 0;
	if (!containers->count || !pool->held.referenced)
		return text;
	at = utf8_print(text, size, "; memory refers to %" PRId64 " of them",
			pool->held.referenced);
	for (i = 0; i < containers->count && i < CONTAINERS_NAMED && at < size;
	     i++)
		at += utf8_print(text + at, size - at, "%s%s", i ? ", " : ": ",
				 container_name(&containers->items[i], name,
						sizeof(name)));
	if (i < containers->count && at < size)
		snprintf(text + at, size - at, " and %zu more",
			 containers->count - i);
	return text;
}

/* What pages without a holder begin with, a line each. */
void print_peeked(FILE *to, const struct pool *pool)
{
	const struct page_fact *page;
	char name[64];
	size_t i;

	for (i = 0; i < pool->unheld_pages.count; i++) {
		page = &pool->unheld_pages.items[i];
		if (!page->peek)
			continue;
		fprintf(to, "  %s: ",
			netmem_name(page->netmem, name, sizeof(name)));
		print_text(to, page->peek);
		putc('\n', to);
	}
}

/* What refers to pages of a pool, a line each. */
void print_containers(FILE *to, const struct pool *pool)
{
	const struct container_fact *container;
	char text[160], pages[48];
	size_t i;

	for (i = 0; i < pool->containers.count; i++) {
		container = &pool->containers.items[i];
		fprintf(to, "  %s: ",
			count_of(container->pages, "page", pages,
				 sizeof(pages)));
		print_text(to, container_name(container, text, sizeof(text)));
		fprintf(to, " (%s)\n", reference_kind_name(container->by));
	}
}

/* What the search could not say anything about. */
void print_search(FILE *to, const struct session *session)
{
	const struct searched_fact *searched;
	char text[512];
	size_t i;

	if (!session->search.walk)
		return;
	fputs("search: ", to);
	print_text(to, search_text(session, text, sizeof(text)));
	putc('\n', to);
	for (i = 0; i < session->searched.count; i++) {
		searched = &session->searched.items[i];
		if (!searched->why)
			continue;
		fputs("not searched: ", to);
		print_text(to, searched->memory);
		fprintf(to, " (%.1f MiB): ", searched->bytes / MIB);
		print_text(to, searched->why);
		putc('\n', to);
	}
}
