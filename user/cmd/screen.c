// SPDX-License-Identifier: GPL-2.0
/*
 * What a watch shows while it runs. On a terminal `watch` redraws one screen
 * and `run` one line; elsewhere both print a plain line now and then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "user/cmd/screen.h"
#include "user/facts/checks.h"
#include "user/report.h"
#include "user/util/util.h"

#define BAR_WIDTH 30
#define PLAIN_INTERVAL_NS 10000000000ULL
#define SOAK_INTERVAL_NS 60000000000ULL
/* A watch longer than this reports once a minute. */
#define SOAK_MS 120000

struct screen {
	FILE *to;
	bool terminal, table, dirty;
	uint64_t plain_ns;
};

struct screen *screen_open(bool table)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	/* Reports own standard output; only a live table goes there. */
	screen->to = table ? stdout : stderr;
	screen->terminal = isatty(fileno(screen->to));
	screen->table = table;
	return screen;
}

struct totals {
	uint64_t events, findings;
	double coverage;
	size_t pools, stalled;
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

static void format_line(const struct session *session,
			const struct run_progress *progress, char *line,
			size_t size)
{
	struct totals totals = sum(session);
	char elapsed[32], total[32] = "", events[32];

	if (progress->total_ms)
		snprintf(total, sizeof(total), " of %" PRIu64 " s",
			 progress->total_ms / 1000);
	snprintf(
		line, size,
		"%s %s%s: %zu pool%s (%zu stalled), %s event%s, %.1f %% conclusive, %" PRIu64
		" finding%s, %lu KiB",
		progress->phase,
		format_time(progress->elapsed_ms, elapsed, sizeof(elapsed)),
		total, totals.pools, totals.pools == 1 ? "" : "s",
		totals.stalled,
		format_number(totals.events, events, sizeof(events)),
		totals.events == 1 ? "" : "s", totals.coverage, totals.findings,
		totals.findings == 1 ? "" : "s", resident_kib());
}

static void draw_bar(FILE *to, const struct run_progress *progress)
{
	int i, done = 0;

	if (progress->total_ms)
		done = progress->elapsed_ms * BAR_WIDTH / progress->total_ms;
	fputc('[', to);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < done ? '#' : '.', to);
	fputs("] ", to);
}

static void draw_findings(FILE *to, const struct session *session)
{
	int check, found = 0;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		if (!session->findings[check].count)
			continue;
		found++;
		fprintf(to, "%s: %s (%" PRIu64 ")\n", check_infos[check].id,
			check_infos[check].headline,
			session->findings[check].count);
	}
	if (!found)
		fputs("no findings so far\n", to);
}

static struct winsize window_of(FILE *to)
{
	struct winsize window = {};

	ioctl(fileno(to), TIOCGWINSZ, &window);
	if (!window.ws_row || !window.ws_col)
		window = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	return window;
}

/* Cuts the picture to the terminal, so that it can be redrawn in place. */
static void print_cut(FILE *to, char *text, struct winsize window)
{
	char *line, *save = NULL;
	int row = 0;

	fputs("\033[H", to);
	for (line = strtok_r(text, "\n", &save);
	     line && row < window.ws_row - 1;
	     line = strtok_r(NULL, "\n", &save), row++)
		fprintf(to, "%.*s\033[K\n", window.ws_col, line);
	fputs("\033[J", to);
	fflush(to);
}

static void draw_table(struct screen *screen, const struct session *session,
		       const struct run_progress *progress)
{
	struct winsize window = window_of(screen->to);
	char line[256], *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	draw_bar(memory, progress);
	format_line(session, progress, line, sizeof(line));
	fprintf(memory, "%s\n \n", line);
	draw_findings(memory, session);
	fputs(" \n", memory);
	report_pools(memory, session, window.ws_col);
	report_stats(memory, session, window.ws_col);
	fclose(memory);
	if (!screen->dirty)
		fputs("\033[2J", screen->to);
	screen->dirty = true;
	print_cut(screen->to, text, window);
	free(text);
}

static void print_plain(struct screen *screen, const struct session *session,
			const struct run_progress *progress)
{
	bool soak = !progress->total_ms || progress->total_ms > SOAK_MS;
	uint64_t interval = soak ? SOAK_INTERVAL_NS : PLAIN_INTERVAL_NS;
	char line[256];

	if (screen->table)
		interval = 1;
	/* the first line at once: it says that everything is attached */
	if (screen->plain_ns && now_ns() - screen->plain_ns < interval)
		return;
	screen->plain_ns = now_ns();
	format_line(session, progress, line, sizeof(line));
	fprintf(screen->to, "%s\n", line);
	fflush(screen->to);
}

void screen_show(struct screen *screen, const struct session *session,
		 const struct run_progress *progress)
{
	char line[256];

	if (!screen)
		return;
	if (!screen->terminal) {
		print_plain(screen, session, progress);
	} else if (screen->table) {
		draw_table(screen, session, progress);
	} else {
		format_line(session, progress, line, sizeof(line));
		fprintf(screen->to, "\r%s\033[K", line);
		fflush(screen->to);
		screen->dirty = true;
	}
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	if (screen->dirty)
		fputs(screen->table ? "\033[H\033[J" : "\r\033[K", screen->to);
	fflush(screen->to);
	free(screen);
}
