/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the store of a monitor (docs/store.md) says of a stretch of time, as
 * data: read once, and written by each format. Nothing is judged anew: verdicts
 * and findings are those that monitors reached.
 */
#ifndef NETMEM_HISTORY_H
#define NETMEM_HISTORY_H

#include <jansson.h>
#include <stdio.h>

#include "user/judge/verdict.h"

/* What is plotted of a pool: name, unit, label for people. */
#define HISTORY_VALUES(X)                                   \
	X(INFLIGHT, "inflight", "in flight")                \
	X(OUT, "out", "out")                                \
	X(CACHE, "cache", "cache")                          \
	X(RING, "ring", "ring")                             \
	X(EVENTS, "events_per_s", "events a second")        \
	X(LOST, "lost_per_s", "events lost a second")       \
	X(COVERAGE, "coverage_percent", "conclusive, in %") \
	X(OLDEST, "oldest_ms", "age of the oldest page")

enum history_value {
#define HISTORY_VALUE(name, code, label) HISTORY_##name,
	HISTORY_VALUES(HISTORY_VALUE)
#undef HISTORY_VALUE
		HISTORY_VALUE_COUNT
};

const char *history_value_code(enum history_value value);

/* Lowest and highest of a bucket of time; NAN: nothing is known of it. */
struct history_range {
	double low, high;
};

#define HISTORY_BUCKETS 1000
/* Of all pools together, which bounds the size of a page. */
#define HISTORY_BUCKETS_SUM 20000
/* Pools that have series; all are in the tables. */
#define HISTORY_PLOTTED 64

/* A numbered row of `epochs'. */
struct history_epoch {
	int64_t id, first;
	char *boot_id;
	const struct history_run *last_run; /* in all its time; NULL: none */
	int code; /* its verdict; -1: its last run reached none */
};

struct history_run {
	int64_t id, epoch, started, last;
	int64_t ended; /* 0: it was killed, or runs */
	char *version, *kernel, *machine;
	int code; /* PASS, FAIL or INCONCLUSIVE; -1: none yet */
};

/* Why there are no samples: code in the store, text for people. */
#define HISTORY_GAPS(X)                                                      \
	X(NOT_RUNNING, "not_running", "no monitor wrote; the hooks went on") \
	X(NOT_STORED, "not_stored",                                          \
	  "the store could not be written; the watch went on")               \
	X(NOT_SAMPLED, "not_sampled",                                        \
	  "the monitor took no sample; the hooks went on")                   \
	X(CLOCK, "clock", "the clock on the wall was set back")

enum history_gap_why {
#define HISTORY_GAP(name, code, text) HISTORY_GAP_##name,
	HISTORY_GAPS(HISTORY_GAP)
#undef HISTORY_GAP
		HISTORY_GAP_COUNT
};

struct history_gap {
	int64_t run, first, last;
	enum history_gap_why why;
	bool unwatched; /* another attach began after it: no hook was there */
};

struct history_holder {
	char *kind, *place, *name;
	int64_t pid; /* 0: none */
	int64_t first, last; /* times of looks that named it */
	int64_t looks;
	int64_t pages, most; /* of the last look, and of any */
	int64_t bytes, oldest_ms; /* of the last look; -1: unknown */
	float *series; /* most pages of each bucket; NULL: none is kept */
};

struct history_pool {
	int64_t id, epoch, first;
	uint32_t slot, life;
	char *address, *device, *driver;
	int64_t queue, netns, ifindex, kernel_id; /* -1: unknown */

	uint64_t samples; /* of the time; 0: the rest is empty */
	int64_t since, until; /* first and last of these */
	bool gone; /* others have later samples */
	bool was_stalled; /* in some sample: it may have holders */
	bool stalled; /* by the last sample; so with the next four */
	int64_t inflight, cache, ring, oldest_ms; /* -1: unknown */
	int64_t peak, peak_at; /* most in flight; -1: unknown */
	uint64_t events, conclusive, lost; /* of the time */
	bool has_finding;

	struct history_range *series[HISTORY_VALUE_COUNT]; /* NULL: none */
	struct history_holder *holders;
	size_t holder_count;
	uint64_t holders_more; /* rows of holders beyond those kept */
};

struct history_finding {
	int64_t epoch, count, first, last;
	enum model_check check;
	enum check_severity severity;
	const struct history_pool *pool; /* NULL: none, or unknown */
	struct evidence_fact evidence;
};

struct history_loss {
	int64_t run, count, last;
	char *kind, *why;
};

struct history_reason {
	int64_t run, looks, first, last;
	bool warning;
	char *code, *text;
};

/* Of a command line, in seconds since 1970. */
struct history_span {
	bool has_from, has_to;
	int64_t from, to;
};

/* Lists of rows in the order of the store. */
struct history {
	char *path;
	struct history_span asked;
	int64_t from, to; /* what is shown: from <= time < to */
	int64_t bucket_s; /* of series */
	size_t bucket_count;

	struct history_epoch *epochs;
	struct history_run *runs;
	struct history_gap *gaps;
	struct history_pool *pools;
	struct history_finding *findings;
	struct history_loss *losses;
	struct history_reason *reasons;
	size_t epoch_count, run_count, gap_count, pool_count, finding_count,
		loss_count, reason_count;
	/* Pools with samples, the most interesting first. */
	struct history_pool **shown;
	size_t shown_count, plotted_count;

	enum exit_code code; /* of all epochs: PASS, FAIL or INCONCLUSIVE */
};

/* Does the file begin like a database of SQLite? False as well if nobody can read it. */
bool history_is_store(const char *path);

/*
 * Reads a store. Returns 0, or a negative errno with the reason in @why: -ENOENT
 * where it has nothing of that time, else it cannot be read. @history is to be
 * cleared in each case.
 */
int history_read(struct history *history, const char *path,
		 const struct history_span *span, char *why, size_t size);
void history_clear(struct history *history);

/* "PASS", "FAIL", "INCONCLUSIVE" */
const char *history_verdict(const struct history *history);

/*
 * Calls @line with each reason of the verdict in words, warnings behind the
 * others.
 */
void history_explain(const struct history *history,
		     void (*line)(void *context, bool warning,
				  const char *text),
		     void *context);

/* The verdict of a run; NULL: it reached none. */
const char *history_run_verdict(const struct history_run *run);
/* The epoch's verdict; NULL: its last run reached none. */
const char *history_epoch_verdict(const struct history_epoch *epoch);

/* "eth0/2 id 17", "pool 0xffff..." */
const char *history_pool_name(const struct history_pool *pool, char *text,
			      size_t size);
/* "active", "stalled" or "gone" */
const char *history_pool_state(const struct history_pool *pool);
/* Neither in the cache nor in the ring; -1: unknown */
int64_t history_out(const struct history_pool *pool);
/* In the store, and for people: why nothing was observed. */
const char *history_gap_code(const struct history_gap *gap);
const char *history_gap_text(const struct history_gap *gap);

/*
 * A session that knows the pools of a finding's evidence, and the finding in
 * *@finding, for what prints evidence. NULL: no memory.
 */
struct session *history_session(const struct history *history,
				const struct history_finding *row,
				struct finding *finding);

/* ---- formats: each writes and flushes; 0, a negative errno, or BUILD_FAILED ---- */

/* In the format of this name, one of report_formats. */
int history_write(FILE *to, const struct history *history, const char *format);

int history_write_text(FILE *to, const struct history *history);
int history_write_json(FILE *to, const struct history *history);
int history_write_ktap(FILE *to, const struct history *history);
int history_write_html(FILE *to, const struct history *history);

/* Names, numbers and series of the plotted pools. */
json_t *history_build_series(const struct history *history);

#endif
