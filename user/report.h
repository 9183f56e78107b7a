/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports: take a finished session and its verdict, and never look at the
 * kernel. The three formats say the same.
 */
#ifndef NETMEM_REPORT_H
#define NETMEM_REPORT_H

#include <stdio.h>

#include "user/judge/verdict.h"

/*
 * For people: plain text, with colour when @to is a terminal (NO_COLOR is
 * respected), as wide as COLUMNS or the terminal says, within limits. Returns
 * 0 or a negative errno.
 */
int report_text(FILE *to, const struct session *session,
		const struct verdict *verdict);

/* The documented JSON (docs/json.md); a new reference, NULL without memory. */
json_t *report_json(const struct session *session,
		    const struct verdict *verdict);

/* KTAP version 1: one line a check, and one for the verdict. */
int report_ktap(FILE *to, const struct session *session,
		const struct verdict *verdict);

/* Of a snapshot: its pools, or with a holder walk who has their pages. */
int report_snapshot(FILE *to, const struct session *session);

/* What probe found (its JSON) for people. Returns 0 or a negative errno. */
int report_probe(FILE *to, json_t *probe);
/* Does the kernel have what a watch takes? Else hooks were not even tried. */
bool probe_can_run(json_t *probe);

/*
 * The tables of the text report, for other commands as well. Pools that went
 * without anything to tell are one line where there are many. Returns 0 or a
 * negative errno.
 */
int report_pools(FILE *to, const struct session *session);
int report_xdp(FILE *to, const struct session *session);
/* Where pages went, where the function tier ran; nothing without it. */
int report_flows(FILE *to, const struct session *session);

/*
 * The holders of all judged pools, biggest first; below them how many pages of
 * each pool have one, what the walk cost, and where it could not look.
 */
int report_holders(FILE *to, const struct session *session);
/* The biggest holders of one pool; nothing without any. */
int report_pool_holders(FILE *to, const struct session *session,
			const struct pool_fact *pool);
/* Number and cost of the holder walks. */
const char *walks_text(const struct session *session, char *text, size_t size);
/* "128 pages out, 126 named; 2 without a holder" */
const char *held_text(const struct pool_fact *pool, char *text, size_t size);

/* Text from the kernel or a file: control bytes must not reach a terminal. */
void put_clean(FILE *to, const char *text, size_t length);

/* A number for people: "1,234,567". */
const char *format_number(uint64_t number, char *buffer, size_t size);

/*
 * --min-age: whether something of this age (ms; below 0: unknown) is listed.
 * Whoever lists asks here, and says how many were left out.
 */
bool is_old_enough(const struct session *session, int64_t age_ms);
bool is_listed_holder(const struct session *session, json_t *holder);
size_t count_listed_pages(const struct session *session,
			  const struct pool_fact *pool);

/* The pool that a finding's evidence names, NULL when it is unknown. */
const struct pool_fact *finding_pool(const struct session *session,
				     const struct finding *finding);

#endif
