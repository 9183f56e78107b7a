/* SPDX-License-Identifier: GPL-2.0 */
/* What text for people is made with, of a session (report/) and of a store (history/). */
#ifndef NETMEM_REPORT_TEXT_H
#define NETMEM_REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "user/judge/verdict.h"
#include "user/util/strings.h"

#define LABEL_WIDTH 13
#define WIDTH_MIN 60 /* narrower pages get lines that are too long */

/* ---- out.c: lines on a terminal or in a file ---- */

struct out {
	FILE *to;
	int width;
	bool colour;
	bool html; /* elements of a page (page.h) */
};

void open_out(struct out *out, FILE *to);

/* Prints words from column @at on, wrapped to the width and indented. */
void print_wrapped(const struct out *out, int indent, int at, const char *text);

/* "label        text", wrapped; an empty label continues the one before. */
void __attribute__((format(printf, 3, 4)))
print_fact(const struct out *out, const char *label, const char *format, ...);

/* One line a function; the first has the label. */
void print_stack(const struct out *out, const char *label,
		 const struct strings *stack);

/* A text that others chose, without control characters. */
void print_text(FILE *to, const char *text);

/* "1 pool", "2,310 pools" */
const char *count_of(uint64_t count, const char *what, char *text, size_t size);

/* ---- names.c ---- */

/* A share in per cent, with one place, never rounded up: 100 means all. */
double percent_down(double share);

/* A text under construction; what does not fit is cut. */
struct text {
	char *buffer;
	size_t size, at;
};

void __attribute__((format(printf, 2, 3)))
append(struct text *text, const char *format, ...);

/* ---- text.c ---- */

/* One line why, under the headline; of a PASS what was looked at. */
void print_summary(const struct out *out, const struct session *session,
		   const struct verdict *verdict);
/* Coverage, walks, losses, and what lies around the watch. */
void print_watch(const struct out *out, const struct session *session,
		 const struct verdict *verdict);

/* ---- summary.c ---- */

/* Of a PASS: each device, what agreed, and what was not followed. */
void print_passed(const struct out *out, const struct session *session,
		  const struct verdict *verdict);

/* ---- search.c ---- */

/* What pages without a holder begin with, a line each. */
void print_peeked(FILE *to, const struct pool *pool);
/* What refers to pages of a pool, a line each. */
void print_containers(FILE *to, const struct pool *pool);
/* What the search met, and what it could not say anything about. */
void print_search(FILE *to, const struct session *session);

/* ---- devices.c ---- */

/* What was asked for, and whose pools are judged: kind, XDP mode, packets. */
void print_devices(const struct out *out, const struct session *session);

/* ---- finding.c ---- */

void print_findings(const struct out *out, const struct session *session);

/* Of one: what was seen, where, and by whom. */
void print_seen(const struct out *out, const struct session *session,
		const struct finding *finding);

/* Allocations and puts are followed: the function tier ran. */
bool is_followed(const struct session *session);

/* ---- pages.c: pages of a finding's pool, and who has them ---- */

/* A stack of a page's allocations or puts, and how old it is. */
struct sample {
	const struct strings *stack;
	bool counted; /* `since` is known */
	uint64_t since; /* how many came after it */
	const char *what; /* "allocation", "put" */
};

/* "the last one", "sampled: 3 allocations since" */
const char *sampled_text(const struct sample *sample, char *text, size_t size);

/* The pages that a stalled pool waits for. */
void print_pages(const struct out *out, const struct session *session,
		 const struct pool *pool);

/* Pages of the pool that nobody holds, without the first: the evidence. */
void print_unheld(const struct out *out, const struct session *session,
		  const struct pool *pool);

/* Who has the pages of the pools that wait: of each a table. */
void print_holders(const struct out *out, const struct session *session);

#endif
