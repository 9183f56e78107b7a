// SPDX-License-Identifier: GPL-2.0
/* Who has the pages that are out: the holder walk in the text report. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/facts/netmem.h"
#include "user/report.h"
#include "user/report/tables.h"
#include "user/report/text.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

/* Rows of one pool in the report of a run; more say nothing new. */
#define POOL_ROWS_MAX 10

enum holder_column {
	COLUMN_POOL,
	COLUMN_PAGES,
	COLUMN_BYTES,
	COLUMN_OLDEST,
	COLUMN_HOLDER,
	COLUMN_PLACE,
	COLUMN_CONFIDENCE,
	COLUMN_COUNT
};

static const struct {
	const char *name;
	int flags;
	unsigned char rank; /* the order is in docs/validate-your-driver.md */
} columns[COLUMN_COUNT] = {
	[COLUMN_POOL] = { "POOL", SCOLS_FL_HIDDEN, 0 },
	[COLUMN_PAGES] = { "PAGES", SCOLS_FL_RIGHT, 0 },
	[COLUMN_BYTES] = { "BYTES", SCOLS_FL_RIGHT, 3 },
	[COLUMN_OLDEST] = { "OLDEST", SCOLS_FL_RIGHT | SCOLS_FL_HIDDEN, 1 },
	[COLUMN_HOLDER] = { "HOLDER", 0, 0 },
	[COLUMN_PLACE] = { "PLACE", 0, 2 },
	[COLUMN_CONFIDENCE] = { "CONFIDENCE", 0, 4 },
};

static int open_holder_table(struct table *table, FILE *to)
{
	size_t i;
	int err;

	_Static_assert(COLUMN_COUNT <= TABLE_COLUMNS_MAX, "table too small");
	err = open_table(table, to);
	for (i = 0; !err && i < COLUMN_COUNT; i++)
		add_column(table, columns[i].name, columns[i].flags,
			   columns[i].rank);
	return err;
}

/* Without a pool the column of pools stays hidden. */
static void add_holder(struct table *table, const struct pool *pool,
		       const struct holder_fact *holder)
{
	char name[256], age[32];

	add_row(table);
	if (pool)
		add_cell(table, COLUMN_POOL,
			 pool_name(pool, name, sizeof(name)));
	add_number(table, COLUMN_PAGES, holder->pages);
	add_number(table, COLUMN_BYTES, holder->bytes);
	if (holder->oldest_ms >= 0)
		add_cell(table, COLUMN_OLDEST,
			 format_time(holder->oldest_ms, age, sizeof(age)));
	add_cell(table, COLUMN_HOLDER, holder_name(holder, name, sizeof(name)));
	add_cell(table, COLUMN_PLACE, holder->place);
	add_cell(table, COLUMN_CONFIDENCE, sureness_name(holder->confidence));
}

/* Holders that get no row of their own. */
struct unlisted {
	size_t holders;
	uint64_t pages, bytes;
};

static void add_unlisted(struct unlisted *unlisted,
			 const struct holder_fact *holder)
{
	unlisted->holders++;
	unlisted->pages += holder->pages;
	unlisted->bytes += holder->bytes;
}

/* All of them in one row: "and 3 more". */
static void add_others(struct table *table, const struct unlisted *unlisted,
		       const char *what)
{
	char text[80];

	if (!unlisted->holders)
		return;
	snprintf(text, sizeof(text), "and %zu %s", unlisted->holders, what);
	add_row(table);
	add_number(table, COLUMN_PAGES, unlisted->pages);
	add_number(table, COLUMN_BYTES, unlisted->bytes);
	add_cell(table, COLUMN_HOLDER, text);
}

/* "younger than 1.0 h" */
static const char *younger_text(const struct session *session, char *text,
				size_t size)
{
	char age[32];

	snprintf(text, size, "younger than %s",
		 format_time(session->min_age_ms, age, sizeof(age)));
	return text;
}

int report_pool_holders(FILE *to, const struct session *session,
			const struct pool *pool, int indent)
{
	struct unlisted more = {}, younger = {};
	const struct holder_fact *holder;
	size_t rows = 0, i;
	struct table table;
	char text[64];
	int err;

	if (!pool->holders.count)
		return 0;
	err = open_holder_table(&table, to);
	if (err)
		return err;
	table.indent = indent;
	for (i = 0; i < pool->holders.count; i++) {
		holder = &pool->holders.items[i];
		if (!is_old_enough(session, holder->oldest_ms))
			add_unlisted(&younger, holder);
		else if (rows++ < POOL_ROWS_MAX)
			add_holder(&table, NULL, holder);
		else
			add_unlisted(&more, holder);
	}
	add_others(&table, &more, "more");
	add_others(&table, &younger, younger_text(session, text, sizeof(text)));
	return print_table(&table);
}

const char *walks_text(const struct session *session, char *text, size_t size)
{
	const struct walk_fact *walk = &session->walk;
	char sockets[48], packets[48], namespaces[48];

	snprintf(text, size,
		 "%u; %s %.1f ms (%.1f ms in the kernel) for %s and %s in %s",
		 session->walk_count,
		 session->walk_count > 1 ? "the last one took" : "it took",
		 walk->took_us / 1000.0, walk->kernel_us / 1000.0,
		 count_of(walk->sockets, "socket", sockets, sizeof(sockets)),
		 count_of(walk->packets, "packet", packets, sizeof(packets)),
		 count_of(walk->namespaces, "network namespace", namespaces,
			  sizeof(namespaces)));
	return text;
}

/* ---- all pools in one table ---- */

struct holder_row {
	const struct pool *pool;
	const struct holder_fact *holder;
};

static int compare_rows(const void *a, const void *b)
{
	return holder_compare(((const struct holder_row *)a)->holder,
			      ((const struct holder_row *)b)->holder);
}

/*
 * Holders of all judged pools, biggest first, their number in *count; the
 * others are only counted.
 */
static struct holder_row *collect_rows(const struct session *session,
				       size_t *count, struct unlisted *younger)
{
	const struct holder_fact *holder;
	const struct pool *pool;
	struct holder_row *rows;
	size_t i, k;

	*count = 0;
	for (i = 0; i < session->pool_count; i++)
		*count += session->pools[i]->holders.count;
	rows = calloc(*count + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	*count = 0;
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		for (k = 0; pool->judged && k < pool->holders.count; k++) {
			holder = &pool->holders.items[k];
			if (is_old_enough(session, holder->oldest_ms))
				rows[(*count)++] =
					(struct holder_row){ pool, holder };
			else
				add_unlisted(younger, holder);
		}
	}
	qsort(rows, *count, sizeof(*rows), compare_rows);
	return rows;
}

static void print_younger(FILE *to, const struct session *session,
			  const struct unlisted *younger)
{
	char text[64];

	if (younger->holders)
		fprintf(to,
			"not listed: %zu holder%s of %" PRIu64
			" page%s, %s\n\n",
			younger->holders, younger->holders == 1 ? "" : "s",
			younger->pages, younger->pages == 1 ? "" : "s",
			younger_text(session, text, sizeof(text)));
}

static int print_rows(FILE *to, const struct session *session)
{
	struct unlisted younger = {};
	struct holder_row *rows;
	struct table table;
	size_t count, i;
	int err = 0;

	rows = collect_rows(session, &count, &younger);
	if (!rows)
		return -ENOMEM;
	if (count) {
		err = open_holder_table(&table, to);
		for (i = 0; !err && i < count; i++)
			add_holder(&table, rows[i].pool, rows[i].holder);
		if (!err)
			err = print_table(&table);
		putc('\n', to);
	}
	free(rows);
	print_younger(to, session, &younger);
	return err;
}

/* Places that were not walked; those that a sweep made up for are no blind spots. */
static void print_blind_spots(FILE *to, const struct session *session)
{
	const struct place_fact *place;
	size_t i;

	for (i = 0; i < session->places.count; i++) {
		place = &session->places.items[i];
		if (place->walked)
			continue;
		fputs(session_is_blind_spot(session, place) ? "blind spot: " :
							      "only swept: ",
		      to);
		print_text(to, place->place);
		fputs(": ", to);
		print_text(to, place->why ? place->why : "");
		putc('\n', to);
	}
}

const char *sweep_text(const struct session *session, char *text, size_t size)
{
	const struct sweep_fact *sweep = &session->sweep;
	char pages[48], passes[48], slabs[48];

	snprintf(
		text, size,
		"%" PRIu64
		" of %s in packets; %s over %s took %.1f ms (%.1f ms of CPU)%s%s",
		sweep->met,
		count_of(sweep->wanted, "page", pages, sizeof(pages)),
		count_of(sweep->passes, "sweep", passes, sizeof(passes)),
		count_of(sweep->slabs, "slab", slabs, sizeof(slabs)),
		sweep->took_us / 1000.0, sweep->cpu_us / 1000.0,
		sweep->whole ? "" : "; no proof: ",
		sweep->whole || !sweep->why ? "" : sweep->why);
	return text;
}

const char *held_text(const struct pool *pool, char *text, size_t size)
{
	const struct held *held = &pool->held;
	int64_t without = pool_unheld(pool);
	int64_t moved = held->out - held->attributed - without;
	char out[32], named[32], rest[80] = "";

	if (without)
		snprintf(rest, sizeof(rest), "; %" PRId64 " without", without);
	else if (moved > 0)
		snprintf(rest, sizeof(rest), "; %" PRId64 " %s", moved,
			 held->walks > 1 ? "moved between the walks" :
					   "not found in the only walk");
	snprintf(text, size, "%s page%s out, %s with a holder%s",
		 format_number(held->out, out, sizeof(out)),
		 held->out == 1 ? "" : "s",
		 format_number(held->attributed, named, sizeof(named)), rest);
	return text;
}

/* What returned when idle CPUs were kicked; nothing without a kick. */
static void print_nudge(FILE *to, const struct session *session)
{
	const struct nudge_fact *kick = &session->kick;
	const struct pool *pool;
	char name[128], number[48];
	bool freed = false;
	size_t i;

	if (!session->was_nudged)
		return;
	fprintf(to, "kick: %s",
		count_of(kick->cpus, "CPU", number, sizeof(number)));
	if (kick->why) {
		fputs(": ", to);
		print_text(to, kick->why);
	}
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool->kicked ||
		    pool->kicked_before <= pool->kicked_after)
			continue;
		freed = true;
		fprintf(to, "; %s of ",
			count_of(pool->kicked_before - pool->kicked_after,
				 "page", number, sizeof(number)));
		print_text(to, pool_name(pool, name, sizeof(name)));
		fputs(" returned", to);
	}
	fputs(freed ? "\n" : "; no page returned\n", to);
}

int report_holders(FILE *to, const struct session *session)
{
	const struct blind_fact *blind = session_blind(session, CHECK_leaked);
	const struct pool *pool;
	char text[512];
	size_t i;
	int err;

	if (!session->walk_count) {
		fprintf(to, "no holder walk was done%s", blind ? ": " : "");
		if (blind)
			print_text(to, blind_text(session, blind, text,
						  sizeof(text)));
		putc('\n', to);
		return 0;
	}
	err = print_rows(to, session);
	if (err)
		return err;
	print_nudge(to, session);
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || !pool->held.walks)
			continue;
		print_text(to, pool_name(pool, text, sizeof(text)));
		fprintf(to, ": %s\n", held_text(pool, text, sizeof(text)));
		print_containers(to, pool);
		print_peeked(to, pool);
	}
	report_forgotten(to, session);
	fprintf(to, "walks: %s\n", walks_text(session, text, sizeof(text)));
	if (session->sweep.walk) {
		fputs("sweep: ", to);
		print_text(to, sweep_text(session, text, sizeof(text)));
		putc('\n', to);
	}
	print_search(to, session);
	print_blind_spots(to, session);
	return 0;
}
