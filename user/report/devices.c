// SPDX-License-Identifier: GPL-2.0
/* Net devices: why one has no pool, where the pools are, and how XDP runs. */
#include <inttypes.h>
#include <string.h>

#include "user/report.h"
#include "user/report/text.h"
#include "user/util/utf8.h"

#define NAMES_MAX 4
#define DEVICES_MAX 5

/* "its ports eth0, eth1 and 3 more"; "the device below (eth0)" */
static void name_lower(const struct device_fact *device, const char *names,
		       size_t count, char *text, size_t size)
{
	const char *kind = device->kind ? device->kind : "", *word = NULL;
	char more[32] = "";

	if (!strcmp(kind, "bridge") || !strcmp(kind, "team"))
		word = "port";
	else if (!strcmp(kind, "bond"))
		word = "slave";
	if (count > NAMES_MAX)
		utf8_print(more, sizeof(more), " and %zu more",
			   count - NAMES_MAX);
	if (word)
		utf8_print(text, size, "its %s%s %s%s", word,
			   count > 1 ? "s" : "", names, more);
	else
		utf8_print(text, size, "the device%s below (%s%s)",
			   count > 1 ? "s" : "", names, more);
}

/*
 * Those below that have pools, or all; returns how many. @first: who has the
 * pools of the first.
 */
static size_t list_lower(const struct session *session,
			 const struct device_fact *device,
			 const struct device_fact **first, char *text,
			 size_t size)
{
	const struct device_fact *with;
	size_t count = 0, i, at = 0;
	char names[160] = "";
	bool further;

	for (i = 0; i < device->lower.count; i++) {
		with = session_pools_below(session, device,
					   device->lower.items[i]);
		if (first && !with)
			continue;
		if (first && !count)
			*first = with;
		further = with && strcmp(with->name, device->lower.items[i]);
		if (count++ < NAMES_MAX && at < sizeof(names))
			at += utf8_print(names + at, sizeof(names) - at,
					 "%s%s%s%s", at ? ", " : "",
					 device->lower.items[i],
					 further ? " on " : "",
					 further ? with->name : "");
	}
	name_lower(device, names, count, text, size);
	return count;
}

static void write_lower(const struct session *session,
			const struct device_fact *device, char *text,
			size_t size)
{
	const struct device_fact *first = NULL;
	char names[256];
	size_t count =
		list_lower(session, device, &first, names, sizeof(names));

	if (count) {
		utf8_print(text, size, "%s %s pools: use --lower or -i %s",
			   names, count > 1 ? "have" : "has", first->name);
		return;
	}
	count = list_lower(session, device, NULL, names, sizeof(names));
	utf8_print(text, size, "%s %s none either", names,
		   count > 1 ? "have" : "has");
}

/* Why a device has none. */
static void write_why(const struct session *session,
		      const struct device_fact *device, char *text, size_t size)
{
	const char *kind = device->kind ? device->kind : "";
	const char *driver = device->driver ? device->driver : "";

	switch (session_why_no_pool(device)) {
	case NO_POOL_GONE:
		utf8_print(text, size, "it is gone");
		break;
	case NO_POOL_LOWER:
		write_lower(session, device, text, size);
		break;
	case NO_POOL_LOWER_ELSEWHERE:
		utf8_print(
			text, size,
			"the device below is of another network namespace: look there");
		break;
	case NO_POOL_DOWN:
		utf8_print(text, size,
			   "it is down; drivers create pools when it comes up");
		break;
	case NO_POOL_GENERIC_XDP:
		utf8_print(
			text, size,
			"its XDP program runs in generic mode; frames that are copied for it are in the system's per-CPU pools (--lower takes them)");
		break;
	case NO_POOL_VETH:
		utf8_print(
			text, size,
			"a veth has pools only with a native XDP program or GRO (ethtool -K %s gro on)",
			device->name);
		break;
	case NO_POOL_LOOPBACK:
		utf8_print(text, size,
			   "packets of the loopback device come from no pool");
		break;
	case NO_POOL_SOFTWARE:
		utf8_print(
			text, size, "a device of kind %s has none of its own%s",
			kind,
			strcmp(kind, "netkit") ?
				"" :
				"; those of a leased queue are the physical device's, maybe of another network namespace");
		break;
	case NO_POOL_DRIVER:
	case NO_POOL_COUNT:
		utf8_print(text, size, "its driver%s%s%s may not use page_pool",
			   *driver ? " (" : "", driver, *driver ? ")" : "");
		break;
	}
}

const char *no_pool_text(const struct session *session,
			 const struct reason *reason, char *buffer, size_t size)
{
	bool none = reason->code == REASON_NO_POOL;
	char why[384];

	if (!reason->device) {
		utf8_print(
			buffer, size, "%s",
			none ? "this machine has no page pool" :
			       "no page pool was found on this machine (one without pages cannot be seen here)");
		return buffer;
	}
	write_why(session, reason->device, why, sizeof(why));
	if (none)
		utf8_print(buffer, size, "%s has no page pool: %s",
			   reason->device->name, why);
	else
		utf8_print(buffer, size, "no page pool of %s was found: %s",
			   reason->device->name, why);
	return buffer;
}

#define POOLS_NAMED 4

/* What was asked for, and pools that there are. */
const char *no_match_text(const struct session *session, char *buffer,
			  size_t size)
{
	struct text text = { buffer, size, 0 };
	const struct pool *pool;
	char name[128];
	size_t i;

	append(&text, "no %s was found", session->meta.filter);
	for (i = 0; i < session->pool_count && i < POOLS_NAMED; i++) {
		pool = session->pools[i];
		append(&text, "%s %s", i ? "," : "; there are",
		       pool_name(pool, name, sizeof(name)));
		if (pool->driver[0])
			append(&text, " (%s)", pool->driver);
	}
	if (session->pool_count > i)
		append(&text, " and %zu more", session->pool_count - i);
	return buffer;
}

const char *missed_pools_text(const struct session *session,
			      const struct reason *reason, char *buffer,
			      size_t size)
{
	const struct missed_pool_facts *missed = &session->pool_list.missed;
	bool pages = reason->code == REASON_POOL_NOT_FOUND;
	const struct missed_pool_fact *pool;
	size_t i, shown = 0, at;
	char number[48];

	count_of(reason->count, "pool", number, sizeof(number));
	at = utf8_print(
		buffer, size, "%s %s listed by the kernel%s: ", number,
		reason->count == 1 ? "is" : "are",
		pages ? ", with pages, and not found, so not checked" :
			" without a page, so nothing was to be checked");
	for (i = 0; i < missed->count && at < size; i++) {
		pool = &missed->items[i];
		if (!pool->judged || !pool->inflight == pages)
			continue;
		if (shown++ == NAMES_MAX) {
			utf8_print(buffer + at, size - at,
				   " and %" PRIu64 " more",
				   reason->count - NAMES_MAX);
			break;
		}
		at += utf8_print(buffer + at, size - at, "%sid %u of %s",
				 shown > 1 ? ", " : "", pool->id,
				 pool->device && *pool->device ?
					 pool->device :
					 "an unknown device");
		if (pages && at < size)
			at += utf8_print(buffer + at, size - at,
					 " (%" PRIu64 ")", pool->inflight);
	}
	return buffer;
}

/* ---- a line a device ---- */

static void write_device(const struct device_fact *device, char *text,
			 size_t size)
{
	const char *kind = device->kind && *device->kind ? device->kind :
							   device->driver;
	char packets[48];
	size_t at;

	at = utf8_print(text, size, "%s: %s", device->name,
			kind && *kind ? kind : "unknown driver");
	if (device->gone)
		at += utf8_print(text + at, size - at, ", gone");
	else if (fact_has(device, device, up) && !device->up)
		at += utf8_print(text + at, size - at, ", down");
	if (device->xdp_mode == XDP_MODE_SEVERAL)
		at += utf8_print(text + at, size - at,
				 ", XDP in several modes");
	else if (device->xdp_mode != XDP_MODE_NONE)
		at += utf8_print(text + at, size - at, ", %s XDP",
				 xdp_mode_name(device->xdp_mode));
	if (fact_has(device, device, received))
		utf8_print(text + at, size - at, ", %s received",
			   count_of(device->received, "packet", packets,
				    sizeof(packets)));
}

static bool is_shown(const struct session *session,
		     const struct device_fact *device)
{
	return device->asked || session_device_is_judged(session, device);
}

void print_devices(const struct out *out, const struct session *session)
{
	const struct device_facts *devices = &session->devices;
	size_t i, shown = 0, rest = 0;
	char text[256];

	for (i = 0; i < devices->count; i++) {
		if (!is_shown(session, &devices->items[i]))
			continue;
		if (shown == DEVICES_MAX) {
			rest++;
			continue;
		}
		write_device(&devices->items[i], text, sizeof(text));
		print_fact(out, shown++ ? "" : "devices", "%s", text);
	}
	if (rest)
		print_fact(out, "", "and %zu more, all in the JSON report",
			   rest);
}
