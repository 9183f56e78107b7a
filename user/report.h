/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports: take a finished session and its verdict, and never look at the
 * kernel. Every text that a person reads about a session is built below
 * report/, from facts and codes.
 */
#ifndef NETMEM_REPORT_H
#define NETMEM_REPORT_H

#include <stdio.h>

#include "user/diff/compare.h"
#include "user/judge/verdict.h"

/* A format of the whole report. All say the same. */
struct report_format {
	const char *name; /* "text", for --format */
	const char *about; /* for --help */
	/* Writes and flushes; 0, a negative errno, or BUILD_FAILED. */
	int (*write)(FILE *to, const struct session *session,
		     const struct verdict *verdict);
	/* The same for what probe found; NULL: this format cannot say it. */
	int (*write_probe)(FILE *to, const struct probe_fact *probe);
};

/* Ends with a name of NULL. The first is for people. */
extern const struct report_format report_formats[];

/* The format of this name, or NULL. */
const struct report_format *report_format(const char *name);

/*
 * For people: plain text, with colour when @to is a terminal (NO_COLOR is
 * respected), as wide as COLUMNS or the terminal says, within limits. Of a
 * snapshot what report_snapshot() says.
 */
int report_text(FILE *to, const struct session *session,
		const struct verdict *verdict);

/* The documented JSON (docs/json.md), indented. */
int report_json(FILE *to, const struct session *session,
		const struct verdict *verdict);

/* KTAP version 1: one line a check, and one for the verdict. */
int report_ktap(FILE *to, const struct session *session,
		const struct verdict *verdict);

/* TAP version 13: the same for those who take one SKIP for that of the whole. */
int report_tap(FILE *to, const struct session *session,
	       const struct verdict *verdict);

/*
 * For all that report_tap() writes: its first line stands here already, above
 * the tests of a command.
 */
void report_tap_begin(FILE *to);

/* The same: a verdict of INCONCLUSIVE is a failure, and not a SKIP. */
void report_tap_strict(void);

/* The same, of a watched command that did not end by itself: @why, which stays. */
void report_tap_unended(bool failed, const char *why);

/* Instead of report_tap(), after report_tap_begin(): there is no result. */
void report_tap_end_early(FILE *to, bool skip, const char *why);

/* A page for a browser, in one file that needs no network. */
int report_html(FILE *to, const struct session *session,
		const struct verdict *verdict);

/*
 * Of a snapshot: its pools, or with a holder walk who has their pages; and why
 * its verdict is INCONCLUSIVE, if it is.
 */
int report_snapshot(FILE *to, const struct session *session,
		    const struct verdict *verdict);

/* Two reports compared, for people (0 or a negative errno), and as JSON. */
int report_diff(FILE *to, const struct diff *diff);
json_t *report_diff_json(const struct diff *diff);

/* What probe found, for people and as JSON. Return as a format's write(). */
int report_probe(FILE *to, const struct probe_fact *probe);
int report_probe_json(FILE *to, const struct probe_fact *probe);
/* Does the kernel have what a watch takes? Else hooks were not even tried. */
bool probe_can_run(const struct probe_fact *probe);

/*
 * The tables of the text report, for other commands as well. Pools that went
 * without anything to tell are one line where there are many. Columns are left
 * out where a table is wider than text_columns() of @to, or @width when it is
 * not 0. Returns 0 or a negative errno.
 */
int report_pools(FILE *to, const struct session *session, int width);
/*
 * Stalled pools whose device is no longer known, a line each: what is known of
 * them; nothing without any.
 */
void report_forgotten(FILE *to, const struct session *session);
int report_xdp(FILE *to, const struct session *session);
/* The kernel's statistics, where it keeps some; nothing without them. */
int report_stats(FILE *to, const struct session *session, int width);
/* Where pages went, where the function tier ran; nothing without it. */
int report_flows(FILE *to, const struct session *session);

/*
 * The holders of all judged pools, biggest first; below them how many pages of
 * each pool have one, what the walk cost, and where it could not look.
 */
int report_holders(FILE *to, const struct session *session);
/* The biggest holders of one pool, indented; nothing without any. */
int report_pool_holders(FILE *to, const struct session *session,
			const struct pool *pool, int indent);
/* Number and cost of the holder walks. */
const char *walks_text(const struct session *session, char *text, size_t size);
/* "128 pages out, 126 with a holder; 2 without" */
const char *held_text(const struct pool *pool, char *text, size_t size);

/*
 * --min-age: whether something of this age (ms; below 0: unknown) is listed.
 * Whoever lists asks here, and says how many were left out.
 */
bool is_old_enough(const struct session *session, int64_t age_ms);
size_t count_listed_pages(const struct session *session,
			  const struct pool *pool);

/* ---- words for people; all return @buffer ---- */

/* A reason or warning in one sentence, without a full stop. */
const char *reason_text(const struct session *session,
			const struct reason *reason, char *buffer, size_t size);

/*
 * The line of one reason in a list; where one thing is said of many pools, the
 * line of the others, and then NULL: that line stands for it.
 */
const char *reason_line(const struct session *session,
			const struct reasons *reasons, size_t index,
			char *buffer, size_t size);

/* What usually causes a finding, and what to do next. */
const char *finding_causes(const struct session *session,
			   const struct finding *finding);
const char *finding_next(const struct session *session,
			 const struct finding *finding);
/* Is its stack that of a pool's end? */
bool finding_is_at_teardown(const struct finding *finding);

/* "expected recycled >= 95 %, got 91.2 %" */
const char *expectation_text(const struct expected *expected, char *text,
			     size_t size);

/* Where the kernel's statistics were not read from memory; NULL: they were. */
const char *stats_source_text(const struct session *session);
/* What they contradict; only where they do. */
const char *stats_difference_text(const struct session *session,
				  const struct pool *pool, char *text,
				  size_t size);

/* Of those about no pool, and about pools that we did not find. */
const char *no_pool_text(const struct session *session,
			 const struct reason *reason, char *buffer,
			 size_t size);
/* The filter that no pool meets, and some of those that there are. */
const char *no_match_text(const struct session *session, char *buffer,
			  size_t size);
const char *missed_pools_text(const struct session *session,
			      const struct reason *reason, char *buffer,
			      size_t size);

/* Why a check did not run. */
const char *blind_text(const struct session *session,
		       const struct blind_fact *blind, char *buffer,
		       size_t size);

/* Why pages without a holder are not reported as leaked. */
const char *leak_reason_text(const struct session *session,
			     enum leak_reason reason);

/*
 * "eth0/2 id 17", with its namespace where another one has a device of that
 * name; "eth0", "pool id 17" or "pool 0xffff..." where less is known; "system
 * pool of CPU 3 id 4"; "unknown pool" for NULL.
 */
const char *pool_name(const struct pool *pool, char *buffer, size_t size);

/*
 * "tcp 10.0.0.1:5201 < 10.0.0.2:40312  iperf3[1234]", "tbf on eth0, queue 2"
 */
const char *holder_name(const struct holder_fact *holder, char *buffer,
			size_t size);

/* "slab kmalloc-2k +0x10", "slab kmalloc-4k +0x0..0x7f8 in 3 objects" */
const char *container_name(const struct container_fact *container, char *text,
			   size_t size);

/* "; memory refers to 12 of them: slab kmalloc-2k +0x10, ..."; or "". */
const char *containers_text(const struct pool *pool, char *text, size_t size);

/* What the search met, and how much it searched. */
const char *search_text(const struct session *session, char *text, size_t size);

/* What the last sweep met, and whether it is a proof. */
const char *sweep_text(const struct session *session, char *text, size_t size);

/* Names of blind spots: "qdiscs, receive ring of eth0 and 3 more", or "". */
const char *blind_spots_text(const struct session *session, char *buffer,
			     size_t size);

/* A number: "1,234,567". */
const char *format_number(uint64_t number, char *buffer, size_t size);

/* ---- redirects.c ---- */

/* "eth0: 12 redirected frames dropped, target eth1: ENETDOWN: ..." */
const char *redirect_error_text(const struct redirect_error_fact *error,
				char *text, size_t size);

/* "eth0", or "NETNS/eth0" in another namespace. */
const char *netdev_name(const char *netns, const char *device, char *text,
			size_t size);

#endif
