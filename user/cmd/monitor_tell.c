// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/cmd/monitor_tell.h"
#include "user/report.h"
#include "user/util/utf8.h"
#include "user/util/util.h"

#define AGAIN_NS (60 * 1000000000ULL)
#define HOLDERS_TOLD 4
#define TEXT_MAX 1024

/* "2026-11-30T12:00:00Z TEXT" */
static void tell(int64_t time_s, const char *text)
{
	time_t seconds = time_s;
	char stamp[32];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fprintf(stderr, "%s ", stamp);
	print_clean(stderr, text, strlen(text));
	fputc('\n', stderr);
	fflush(stderr);
}

static bool is_new(const struct view_pool *pool, const struct stall *stalls,
		   uint64_t after_ms)
{
	return pool->stalled_ms >= 0 &&
	       (uint64_t)pool->stalled_ms >= after_ms &&
	       !stalls[pool->slot].told;
}

bool tell_is_due(const struct view *view, const struct stall *stalls,
		 uint64_t after_ms)
{
	size_t i;

	for (i = 0; i < view->pool_count; i++)
		if (is_new(&view->pools[i], stalls, after_ms))
			return true;
	return false;
}

/* The biggest holders of a pool, by the last look: "A; B"; "" without any. */
static const char *holders_text(const struct view_look *look,
				const struct view_pool *of, char *text,
				size_t size)
{
	const struct pool *pool =
		look ? session_pool(look->session, of->slot, of->seq) : NULL;
	const struct holder_fact *holder;
	char name[256];
	size_t i, at = 0;

	text[0] = '\0';
	for (i = 0; pool && i < pool->holders.count && i < HOLDERS_TOLD; i++) {
		holder = &pool->holders.items[i];
		at += utf8_print(text + at, size - at, "%s%s, %s: %" PRIu64,
				 i ? "; " : "",
				 holder_name(holder, name, sizeof(name)),
				 holder->place, holder->pages);
	}
	return text;
}

static const char *name_of(const struct session *session,
			   const struct view_pool *pool, char *name,
			   size_t size)
{
	return pool_name(session_pool(session, pool->slot, pool->seq), name,
			 size);
}

static void tell_pool(const struct view *view, const struct session *session,
		      bool looked, const struct view_pool *pool,
		      struct hook_runner *hooks)
{
	char name[128], holders[TEXT_MAX] = "", text[2 * TEXT_MAX];
	struct hook_event event = {
		.event = "stalled",
		.check = check_infos[CHECK_stalled_shutdown].id,
		.severity = severity_name(
			check_infos[CHECK_stalled_shutdown].severity),
		.pool = name,
		.device = pool->device,
		.holders = holders,
		.count = pool->inflight < 0 ? 0 : pool->inflight,
		.seconds = pool->stalled_ms / 1000,
	};

	name_of(session, pool, name, sizeof(name));
	if (looked)
		holders_text(view->look, pool, holders, sizeof(holders));
	utf8_print(text, sizeof(text),
		   "stalled: %s waits for %" PRIu64 " pages for %" PRIu64
		   " s; holders: %s",
		   name, event.count, event.seconds,
		   holders[0] ? holders :
		   looked     ? "none found" :
				"unknown");
	tell(view->time_s, text);
	hook_add(hooks, &event);
}

void tell_stalled(const struct view *view, const struct session *session,
		  bool looked, struct stall *stalls, uint64_t after_ms,
		  struct hook_runner *hooks)
{
	size_t i;

	for (i = 0; i < view->pool_count; i++) {
		if (!is_new(&view->pools[i], stalls, after_ms))
			continue;
		stalls[view->pools[i].slot].told = true;
		tell_pool(view, session, looked, &view->pools[i], hooks);
	}
}

static void tell_finding(const struct view *view, const struct session *session,
			 enum model_check check, struct hook_runner *hooks)
{
	const struct finding *finding = &session->findings[check];
	const struct pool *pool = finding_pool(session, finding);
	char name[128] = "", text[TEXT_MAX];
	struct hook_event event = {
		.event = "finding",
		.check = check_infos[check].id,
		.severity = severity_name(finding->severity),
		.pool = name,
		.device = pool ? pool->device : NULL,
		.count = view->findings[check],
	};

	if (pool)
		pool_name(pool, name, sizeof(name));
	utf8_print(text, sizeof(text), "finding: %s %s, %" PRIu64 ": %s%s%s",
		   event.severity, event.check, event.count,
		   check_infos[check].headline, name[0] ? "; " : "", name);
	tell(view->time_s, text);
	hook_add(hooks, &event);
}

void tell_findings(const struct view *view, const struct session *session,
		   struct told *told, struct hook_runner *hooks)
{
	uint64_t now = now_ns();
	int check;

	for (check = CHECK_NONE + 1; check < CHECK_COUNT; check++) {
		/* Of a stalled pool tell_stalled() says more. */
		if (check == CHECK_stalled_shutdown ||
		    !session->findings[check].count ||
		    view->findings[check] <= told->count[check] ||
		    (told->at_ns[check] && now - told->at_ns[check] < AGAIN_NS))
			continue;
		told->count[check] = view->findings[check];
		told->at_ns[check] = now;
		tell_finding(view, session, check, hooks);
	}
}
