// SPDX-License-Identifier: GPL-2.0
/*
 * The lines under the headline: what was looked at, of each device, what agreed,
 * and what nobody looked at.
 */
#include <inttypes.h>

#include "user/report.h"
#include "user/report/text.h"
#include "user/util/util.h"

#define DEVICES_TOLD 4
#define LINE_SIZE 512

static void append_count(struct text *text, const char *before, uint64_t count,
			 const char *what)
{
	char number[48];

	append(text, "%s%s", before,
	       count_of(count, what, number, sizeof(number)));
}

static double percent(uint64_t part, uint64_t of)
{
	return of ? percent_down((double)part / of) : 100.0;
}

/* ---- a device ---- */

/* Nothing entered or left: what shows that it worked all the same. */
static void append_steady(struct text *text, const struct session *session,
			  const struct judged_device *device)
{
	char time[32];

	append(text, " Steady: none entered or left in %s",
	       format_time(session->duration_ms, time, sizeof(time)));
	if (device->received)
		append_count(text, ", while ", device->received, "packet");
	if (device->received)
		append(text, " came in");
	else if (device->idle < device->pools)
		append(text, ", while pages moved through cache and ring");
	append(text, ".");
}

static void append_alive(struct text *text, const struct session *session,
			 const struct judged_device *device)
{
	uint64_t events = device->events - device->ended_events;

	append_count(text, "", device->pools, "pool");
	append_count(text, ", ", device->pages, "page");
	append(text, ".");
	if (events) {
		append_count(text, " ", device->events, "event");
		append(text, ", %.1f %% in complete windows.",
		       percent(device->conclusive, device->events));
	} else {
		append_steady(text, session, device);
	}
	if (device->idle && device->idle < device->pools)
		append_count(text, " No page moved in ", device->idle, "pool");
	if (device->idle && device->idle < device->pools)
		append(text, ".");
}

/*
 * A pool that is gone has none of its pages any more. Where its birth was seen,
 * each page made two events.
 */
static void append_ended(struct text *text, const struct judged_device *device)
{
	char number[48];

	append_count(text, device->pools ? " " : "", device->ended, "pool");
	append(text, " ended: ");
	if (!device->ended_events)
		append(text, "no page entered or left.");
	else if (device->ended_older)
		append(text, "all pages came back.");
	else
		append(text, "%s entered, all came back.",
		       count_of(device->ended_events / 2, "page", number,
				sizeof(number)));
}

static void print_device(const struct out *out, const struct session *session,
			 const struct judged_device *device)
{
	char buffer[LINE_SIZE] = "";
	struct text text = { buffer, sizeof(buffer), 0 };

	append(&text, "%s: ",
	       device->pool->device[0] ? device->pool->device :
					 "device unknown");
	if (device->pools)
		append_alive(&text, session, device);
	if (device->ended)
		append_ended(&text, device);
	print_wrapped(out, 0, 0, buffer);
}

static void print_looked_at(const struct out *out,
			    const struct session *session,
			    const struct judged_devices *devices)
{
	char buffer[LINE_SIZE] = "";
	struct text text = { buffer, sizeof(buffer), 0 };
	size_t i, pools = 0;

	for (i = 0; i < devices->count; i++) {
		if (i < DEVICES_TOLD)
			print_device(out, session, &devices->items[i]);
		else
			pools += devices->items[i].pools +
				 devices->items[i].ended;
	}
	if (i <= DEVICES_TOLD && !session->gone.pools)
		return;
	if (i > DEVICES_TOLD) {
		append_count(&text, "", pools, "pool");
		append_count(&text, " of ", i - DEVICES_TOLD, "more device");
		append(&text, ".");
	}
	if (session->gone.pools) {
		append_count(&text, text.at ? " " : "", session->gone.pools,
			     "more pool");
		append_count(&text, " ended, with ", session->gone.events,
			     "event");
		append(&text, ".");
	}
	print_wrapped(out, 0, 0, buffer);
}

/* ---- what agreed, and what was not followed ---- */

/* Sums over the judged pools that are there. */
struct sums {
	size_t pools, compared, scanned;
	size_t audited, restless, active;
	bool knows_out;
	int64_t out_first, out_last;
	uint64_t allocated, put;
	bool followed;
	int64_t followed_out, followed_kernel;
};

static struct sums sum_pools(const struct session *session,
			     const struct judged_devices *devices)
{
	struct sums sums = { .knows_out = devices->count > 0 };
	const struct judged_device *device;
	const struct pool *pool;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		device = &devices->items[i];
		sums.audited += device->audited;
		sums.restless += device->restless;
		sums.active += device->active;
		sums.knows_out = sums.knows_out && device->knows_out;
		sums.out_first += device->out_first;
		sums.out_last += device->out_last;
	}
	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (!pool->judged)
			continue;
		sums.allocated += pool->flow.handed_out;
		sums.put += pool->flow.returned;
		if (pool->state == POOL_STATE_GONE)
			continue;
		sums.pools++;
		sums.compared += pool->counted && pool->stable;
		sums.scanned += pool->scan_held >= 0;
		sums.followed |= pool->followed;
		sums.followed_out += pool->followed_out;
		sums.followed_kernel += pool->followed_kernel;
	}
	return sums;
}

static void append_agreement(struct text *text, const struct sums *sums)
{
	bool audited = sums->active && sums->audited == sums->active;

	if (!sums->pools)
		return;
	append(text, "Counters%s %s%s", audited ? "," : " and",
	       sums->scanned < sums->pools ? "events" : "struct pages",
	       audited ? ", caches and rings" : "");
	append(text, " agree");
	if (sums->compared < sums->pools) {
		append_count(text, " in ", sums->compared, "pool");
		append(text, " of %zu", sums->pools);
	}
	append(text, ".");
	if (sums->audited < sums->active) {
		append_count(text, " ", sums->active - sums->audited, "pool");
		append(text, " not audited%s.",
		       sums->restless == sums->active - sums->audited ?
			       ": never at rest" :
			       "");
	}
}

static void append_followed(struct text *text, const struct session *session,
			    const struct sums *sums)
{
	char allocated[48], put[48];

	if (sums->allocated || sums->put) {
		append(text, " %s allocated, %s put back",
		       count_of(sums->allocated, "page", allocated,
				sizeof(allocated)),
		       format_number(sums->put, put, sizeof(put)));
		if (sums->followed)
			append(text,
			       "; %" PRId64 " out by events, %" PRId64
			       " by counters less cache and ring",
			       sums->followed_out, sums->followed_kernel);
		append(text, ".");
	} else if (!is_followed(session)) {
		append(text, " Allocations and puts were not followed");
		if (session->blind.count)
			append_count(text, " (", session->blind.count, "check");
		append(text,
		       "%s: a page that goes out and never returns makes no event.",
		       session->blind.count ? " did not run)" : "");
	}
}

void print_passed(const struct out *out, const struct session *session,
		  const struct verdict *verdict)
{
	struct sums sums = sum_pools(session, &verdict->devices);
	char buffer[LINE_SIZE] = "";
	struct text text = { buffer, sizeof(buffer), 0 };

	print_looked_at(out, session, &verdict->devices);
	append_agreement(&text, &sums);
	append_followed(&text, session, &sums);
	if (sums.knows_out && sums.active) {
		append_count(&text, " Out: ", sums.out_first, "page");
		append(&text, " at the start, %" PRId64 " at the end.",
		       sums.out_last);
	}
	print_wrapped(out, 0, 0, buffer + (buffer[0] == ' '));
}
