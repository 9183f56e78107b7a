// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/monitor/metrics.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#ifndef NETMEM_VERSION
#define NETMEM_VERSION "unknown"
#endif

struct writer {
	FILE *to;
	enum metrics_format format;
	const struct view *view;
};

const char *metrics_type(enum metrics_format format)
{
	static const char *const types[METRICS_FORMATS] = {
		[METRICS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
		[METRICS_OPEN] =
			"application/openmetrics-text; version=1.0.0; charset=utf-8",
	};

	return types[format];
}

/* ---- lines ---- */

/* @name without "_total", which a counter's samples have. */
static void begin_family(const struct writer *writer, const char *name,
			 bool counter, const char *help)
{
	const char *suffix =
		counter && writer->format == METRICS_TEXT ? "_total" : "";

	fprintf(writer->to, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix,
		help, name, suffix, counter ? "counter" : "gauge");
}

/* A label's value: any bytes, as UTF-8 with what the format escapes. */
static void write_value(FILE *to, const char *bytes)
{
	char *text = utf8_escape(bytes);
	const char *at;

	for (at = text ? text : ""; *at; at++)
		switch (*at) {
		case '\\':
			fputs("\\\\", to);
			break;
		case '"':
			fputs("\\\"", to);
			break;
		case '\n':
			fputs("\\n", to);
			break;
		default:
			fputc(*at, to);
		}
	free(text);
}

static void write_label(FILE *to, const char *name, const char *value)
{
	fprintf(to, "%s=\"", name);
	write_value(to, value);
	fputc('"', to);
}

static void write_number(const struct writer *writer, const char *name,
			 uint64_t number)
{
	fprintf(writer->to, "%s %" PRIu64 "\n", name, number);
}

static void write_gauge(const struct writer *writer, const char *name,
			const char *help, uint64_t number)
{
	begin_family(writer, name, false, help);
	write_number(writer, name, number);
}

/* @name with "_total" */
static void write_counter(const struct writer *writer, const char *name,
			  const char *family, const char *help, uint64_t number)
{
	begin_family(writer, family, true, help);
	write_number(writer, name, number);
}

/* ---- pools ---- */

/*
 * What names a pool in all of its metrics. The kernel's number, else the
 * address, tells pools of one queue apart.
 */
static void write_pool_labels(FILE *to, const struct view_pool *pool)
{
	write_label(to, "device", pool->device);
	if (pool->queue >= 0)
		fprintf(to, ",queue=\"%d\"", pool->queue);
	else
		fputs(",queue=\"\"", to);
	fprintf(to, ",netns=\"%" PRIu64 "\"", pool->netns);
	if (pool->netlink_id)
		fprintf(to, ",pool=\"%u\"", pool->netlink_id);
	else
		fprintf(to, ",pool=\"0x%" PRIx64 "\"", pool->address);
}

static int64_t value_inflight(const struct view_pool *pool)
{
	return pool->inflight;
}

static int64_t value_cache(const struct view_pool *pool)
{
	return pool->cache;
}

static int64_t value_ring(const struct view_pool *pool)
{
	return pool->ring;
}

static int64_t value_oldest(const struct view_pool *pool)
{
	return pool->oldest_ms < 0 ? -1 : pool->oldest_ms / 1000;
}

static int64_t value_stalled(const struct view_pool *pool)
{
	return pool->stalled_ms < 0 ? -1 : pool->stalled_ms / 1000;
}

static int64_t value_events(const struct view_pool *pool)
{
	return pool->events;
}

static int64_t value_conclusive(const struct view_pool *pool)
{
	return pool->conclusive;
}

static int64_t value_lost(const struct view_pool *pool)
{
	return pool->lost;
}

/* A family with a sample for each pool; below 0 there is none. */
static const struct {
	const char *family, *name, *help;
	bool counter;
	int64_t (*value)(const struct view_pool *pool);
} families[] = {
	{ "netmem_pool_inflight_pages", "netmem_pool_inflight_pages",
	  "Pages in flight, by the kernel's own counters.", false,
	  value_inflight },
	{ "netmem_pool_out_pages", "netmem_pool_out_pages",
	  "Pages in flight that are neither in the cache nor in the ring.",
	  false, view_out },
	{ "netmem_pool_cache_pages", "netmem_pool_cache_pages",
	  "Pages in the cache, when it was last audited.", false, value_cache },
	{ "netmem_pool_ring_pages", "netmem_pool_ring_pages",
	  "Pages in the ring, when it was last audited.", false, value_ring },
	{ "netmem_pool_oldest_page_seconds", "netmem_pool_oldest_page_seconds",
	  "Age of the oldest page, at the last look.", false, value_oldest },
	{ "netmem_pool_stalled_seconds", "netmem_pool_stalled_seconds",
	  "Time that a destroyed pool has been waiting for its pages.", false,
	  value_stalled },
	{ "netmem_pool_events", "netmem_pool_events_total",
	  "Pages that entered or left the pool, in closed windows.", true,
	  value_events },
	{ "netmem_pool_conclusive_events",
	  "netmem_pool_conclusive_events_total",
	  "Those in windows without a loss.", true, value_conclusive },
	{ "netmem_pool_lost_events", "netmem_pool_lost_events_total",
	  "Events that the kernel did not deliver, since the monitor began.",
	  true, value_lost },
};

static void write_pools(const struct writer *writer)
{
	const struct view *view = writer->view;
	int64_t value;
	size_t i, at;

	for (i = 0; i < ARRAY_LEN(families); i++) {
		begin_family(writer, families[i].family, families[i].counter,
			     families[i].help);
		for (at = 0; at < view->pool_count; at++) {
			value = families[i].value(&view->pools[at]);
			if (value < 0)
				continue;
			fprintf(writer->to, "%s{", families[i].name);
			write_pool_labels(writer->to, &view->pools[at]);
			fprintf(writer->to, "} %" PRId64 "\n", value);
		}
	}
}

static void write_states(const struct writer *writer)
{
	const struct view *view = writer->view;
	size_t counts[POOL_STATE_COUNT] = {}, i;
	int state;

	for (i = 0; i < view->pool_count; i++)
		counts[view->pools[i].state]++;
	begin_family(writer, "netmem_pools", false,
		     "Judged page pools by state.");
	for (state = 0; state < POOL_STATE_GONE; state++)
		fprintf(writer->to, "netmem_pools{state=\"%s\"} %zu\n",
			pool_state_name(state), counts[state]);
}

/* ---- what a look says ---- */

static void write_findings(const struct writer *writer)
{
	int check;

	begin_family(writer, "netmem_findings", true,
		     "Violations by check, as many as were ever seen at once.");
	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++)
		fprintf(writer->to,
			"netmem_findings_total{check=\"%s\",severity=\"%s\"} %" PRIu64
			"\n",
			check_infos[check].id,
			severity_name(check_infos[check].severity),
			writer->view->findings[check]);
}

/* Pages of stalled pools by place: a bounded set, whatever holds them. */
static void write_holders(const struct writer *writer,
			  const struct session *session)
{
	uint64_t pages[PLACE_COUNT] = {};
	const struct pool *pool;
	size_t i, at;
	int place;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged || pool->state != POOL_STATE_STALLED)
			continue;
		for (at = 0; at < pool->holders.count; at++)
			pages[pool->holders.items[at].place_code] +=
				pool->holders.items[at].pages;
	}
	begin_family(
		writer, "netmem_stalled_held_pages", false,
		"Pages of stalled pools by the place that has them, at the last look.");
	for (place = 0; place < PLACE_COUNT; place++)
		if (pages[place])
			fprintf(writer->to,
				"netmem_stalled_held_pages{place=\"%s\"} %" PRIu64
				"\n",
				holder_place_code(place), pages[place]);
}

static void write_losses(const struct writer *writer,
			 const struct session *session)
{
	uint64_t counts[LOSS_COUNT] = {};
	size_t i;
	int loss;

	for (i = 0; i < session->losses.count; i++)
		counts[session->losses.items[i].what] +=
			session->losses.items[i].count;
	begin_family(
		writer, "netmem_unassigned_losses", false,
		"What was lost that no pool can be charged with, by kind, at the last look.");
	for (loss = 0; loss < LOSS_COUNT; loss++)
		if (counts[loss])
			fprintf(writer->to,
				"netmem_unassigned_losses{kind=\"%s\"} %" PRIu64
				"\n",
				loss_name(loss), counts[loss]);
}

static void write_look(const struct writer *writer)
{
	static const char *const verdicts[] = { "PASS", "FAIL",
						"INCONCLUSIVE" };
	const struct view_look *look = writer->view->look;
	size_t i;

	if (!look)
		return;
	begin_family(writer, "netmem_verdict", false,
		     "The verdict of the last look: 1 for the one that it is.");
	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		fprintf(writer->to, "netmem_verdict{verdict=\"%s\"} %d\n",
			verdicts[i],
			!strcmp(verdicts[i], verdict_name(&look->verdict)));
	begin_family(
		writer, "netmem_coverage_ratio", false,
		"Share of all events in conclusive windows, at the last look.");
	fprintf(writer->to, "netmem_coverage_ratio %.6f\n",
		look->verdict.coverage.share);
	write_gauge(writer, "netmem_last_look_time_seconds",
		    "When the last look was, since 1970.", look->time_s);
	write_losses(writer, look->session);
	write_holders(writer, look->session);
}

/* ---- the monitor itself ---- */

static void write_monitor(const struct writer *writer)
{
	const struct view *view = writer->view;

	begin_family(writer, "netmem_build_info", false,
		     "The netmem-check that watches.");
	fputs("netmem_build_info{", writer->to);
	write_label(writer->to, "version", NETMEM_VERSION);
	fputs("} 1\n", writer->to);
	write_gauge(writer, "netmem_monitor_start_time_seconds",
		    "When the monitor began, since 1970.", view->start_s);
	write_gauge(writer, "netmem_last_sample_time_seconds",
		    "When the last sample was taken, since 1970.",
		    view->time_s);
	begin_family(writer, "netmem_sample_duration_seconds", false,
		     "What the last sample took.");
	fprintf(writer->to, "netmem_sample_duration_seconds %.6f\n",
		view->tick_us / 1e6);
	write_gauge(writer, "netmem_monitor_resident_bytes",
		    "Memory of the monitor.", view->resident_kib * 1024);
	write_counter(writer, "netmem_pool_notifications_total",
		      "netmem_pool_notifications",
		      "Notifications of page pools that came by netlink.",
		      view->notifications);
	write_counter(writer, "netmem_samples_not_stored_total",
		      "netmem_samples_not_stored",
		      "Samples for which the store had no room.",
		      view->not_stored);
	write_counter(writer, "netmem_hook_failures_total",
		      "netmem_hook_failures",
		      "Commands of --on-finding that failed, or were not run.",
		      view->hooks_failed);
}

int metrics_write(FILE *to, const struct view *view, enum metrics_format format)
{
	const struct writer writer = { to, format, view };

	write_states(&writer);
	write_pools(&writer);
	write_findings(&writer);
	write_look(&writer);
	write_monitor(&writer);
	fputs("# EOF\n", to);
	if (fflush(to) || ferror(to))
		return errno ? -errno : -EIO;
	return 0;
}
