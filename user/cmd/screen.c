// SPDX-License-Identifier: GPL-2.0
/*
 * What a watch shows while it runs. On a terminal `watch` has a screen
 * (terminal.c) and `run` one line; elsewhere both print a plain line now and
 * then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/rates.h"
#include "user/cmd/screen.h"
#include "user/cmd/terminal.h"
#include "user/facts/checks.h"
#include "user/report.h"
#include "user/util/util.h"

#define PLAIN_INTERVAL_NS 10000000000ULL
#define SOAK_INTERVAL_NS 60000000000ULL
/* A watch longer than this reports once a minute. */
#define SOAK_MS 120000

struct screen {
	FILE *to;
	bool is_terminal, table, dirty;
	uint64_t plain_ns;
	struct rates *rates; /* NULL without memory: none are shown */
	struct terminal *terminal; /* the table, on a terminal */
};

struct screen *screen_open(bool table)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	/* Reports own standard output; only a live table goes there. */
	screen->to = table ? stdout : stderr;
	screen->is_terminal = isatty(fileno(screen->to));
	screen->table = table;
	screen->rates = rates_new();
	if (table && screen->is_terminal && screen->rates)
		screen->terminal = terminal_open();
	return screen;
}

struct totals {
	uint64_t events, findings;
	double coverage;
	size_t pools, stalled, others; /* others: not judged */
};

static struct totals sum(const struct session *session)
{
	uint64_t conclusive = session->gone.conclusive;
	struct totals totals = { .events = session->gone.events };
	const struct pool *pool;
	size_t i;
	int check;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged) {
			totals.others += pool->state != POOL_STATE_GONE;
			continue;
		}
		totals.events += pool->events;
		conclusive += pool->conclusive;
		totals.pools += pool->state != POOL_STATE_GONE;
		totals.stalled += pool->state == POOL_STATE_STALLED;
	}
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		totals.findings += session->findings[check].count;
	if (totals.events)
		totals.coverage = 100.0 * conclusive / totals.events;
	return totals;
}

unsigned long resident_kib(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[128];

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "RssAnon: %lu kB", &kib) == 1)
			break;
	if (status)
		fclose(status);
	return kib;
}

/* "340 frames/s"; nothing where it is not known */
static const char *format_rate(double rate, const char *what, char *text,
			       size_t size)
{
	char number[32];

	text[0] = 0;
	if (rate >= 0)
		snprintf(text, size, ", %s %s/s",
			 format_number(rate, number, sizeof(number)), what);
	return text;
}

static void format_line(const struct screen *screen,
			const struct session *session,
			const struct run_progress *progress, char *line,
			size_t size)
{
	struct totals totals = sum(session);
	char elapsed[32], total[32] = "", events[32], others[48] = "";
	char event_rate[48] = "", frame_rate[48] = "";

	if (progress->total_ms)
		snprintf(total, sizeof(total), " of %" PRIu64 " s",
			 progress->total_ms / 1000);
	if (totals.others)
		snprintf(others, sizeof(others), ", %zu not judged",
			 totals.others);
	if (screen->rates) {
		format_rate(rates_events(screen->rates), "events", event_rate,
			    sizeof(event_rate));
		format_rate(rates_frames(screen->rates), "XDP frames",
			    frame_rate, sizeof(frame_rate));
	}
	snprintf(
		line, size,
		"%s %s%s: %zu pool%s (%zu stalled%s), %s event%s%s%s, %.1f %% conclusive, %" PRIu64
		" finding%s, %lu KiB",
		progress->phase,
		format_time(progress->elapsed_ms, elapsed, sizeof(elapsed)),
		total, totals.pools, totals.pools == 1 ? "" : "s",
		totals.stalled, others,
		format_number(totals.events, events, sizeof(events)),
		totals.events == 1 ? "" : "s", event_rate, frame_rate,
		totals.coverage, totals.findings,
		totals.findings == 1 ? "" : "s", resident_kib());
}

static void print_plain(struct screen *screen, const struct session *session,
			const struct run_progress *progress)
{
	bool soak = !progress->total_ms || progress->total_ms > SOAK_MS;
	uint64_t interval = soak ? SOAK_INTERVAL_NS : PLAIN_INTERVAL_NS;
	char line[512];

	if (screen->table)
		interval = 1;
	/* the first line at once: it says that everything is attached */
	if (screen->plain_ns && now_ns() - screen->plain_ns < interval)
		return;
	screen->plain_ns = now_ns();
	format_line(screen, session, progress, line, sizeof(line));
	print_clean(screen->to, line, strlen(line));
	putc('\n', screen->to);
	fflush(screen->to);
}

void screen_show(struct screen *screen, const struct session *session,
		 const struct run_progress *progress)
{
	char line[512];

	if (!screen)
		return;
	if (screen->rates)
		rates_sample(screen->rates, session, now_ns());
	if (!screen->is_terminal || (screen->table && !screen->terminal)) {
		print_plain(screen, session, progress);
		return;
	}
	format_line(screen, session, progress, line, sizeof(line));
	if (screen->terminal) {
		terminal_draw(screen->terminal, screen->rates, session,
			      progress, line);
		return;
	}
	putc('\r', screen->to);
	print_clean(screen->to, line, strlen(line));
	fputs("\033[K", screen->to);
	fflush(screen->to);
	screen->dirty = true;
}

bool screen_has_keys(const struct screen *screen)
{
	return screen && screen->terminal && isatty(STDIN_FILENO);
}

bool screen_keys(struct screen *screen)
{
	return screen && screen->terminal && terminal_keys(screen->terminal);
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	terminal_close(screen->terminal);
	if (screen->dirty)
		fputs("\r\033[K", screen->to);
	fflush(screen->to);
	rates_free(screen->rates);
	free(screen);
}
