/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HTML pages: one file that needs no network. What is text goes through
 * page_text() and nothing else; markup is literals of ours. A browser runs no
 * script but the one of user/report/page/, which it knows by its hash.
 */
#ifndef NETMEM_REPORT_PAGE_H
#define NETMEM_REPORT_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Text of any bytes: markup is escaped, control characters are "?". */
void page_text(FILE *to, const char *text);
void __attribute__((format(printf, 2, 3)))
page_format(FILE *to, const char *format, ...);
/* "<NAME>TEXT</NAME>"; @name is ours, and may have attributes. */
void page_element(FILE *to, const char *name, const char *text);

/* ---- tables; the first character of a column's name says how it is shown ---- */

/* '>': to the right, for numbers; '_': a long text, in lines; else as it is */
struct page_table {
	FILE *to;
	const char *const *names;
	size_t count, column, rows;
	bool in_row;
};

/* Rows of a table; it says how many more there are. */
#define PAGE_ROWS 1000

void page_table_open(struct page_table *table, FILE *to, const char *caption,
		     const char *const *names, size_t count);
void page_row(struct page_table *table);
/* The next cell of the row; "" and NULL leave it empty. */
void page_cell(struct page_table *table, const char *text);
void page_cell_number(struct page_table *table, int64_t number);
/* Below 0: "?" */
void page_cell_known(struct page_table *table, int64_t number);
/* Below 0: empty */
void page_cell_age(struct page_table *table, int64_t ms);
void page_cell_when(struct page_table *table, int64_t seconds);
/* A share in per cent, rounded down; empty of nothing. */
void page_cell_share(struct page_table *table, uint64_t part, uint64_t whole);
/* A link within the page, with a number behind its name. */
void page_cell_link(struct page_table *table, const char *place, int64_t id,
		    const char *text);
void page_table_close(struct page_table *table);
/* "And 3 rows more, all in JSON." */
void page_more(FILE *to, size_t count, const char *what);

/* ---- the page ---- */

struct page {
	const char *title;
	const void *context; /* of the next two */
	void (*head)(FILE *to, const void *context);
	int (*body)(FILE *to, const void *context); /* 0 or a negative errno */
	/* What its script plots, which is taken over; NULL: there is no script. */
	json_t *plots;
};

/* Writes and flushes; 0, a negative errno, or BUILD_FAILED. */
int page_write(FILE *to, const struct page *page);

/* "PASS" in its colour, and a title below. */
void page_verdict(FILE *to, const char *verdict, const char *title);
/* The class of a severity or verdict. */
const char *page_class(const char *verdict);

/* Heading of a finding, with a link to what its check means. */
void page_finding_open(FILE *to, const char *check, const char *headline,
		       const char *severity);

#endif
