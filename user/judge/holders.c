// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk in a session: who has the pages that are out, where nobody
 * could look, and what follows for pools that wait. A page is called leaked
 * only when two walks through every place met it nowhere and nothing else
 * puts it in doubt; each doubt has its name, and leaves it INCONCLUSIVE.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/private.h"

/* Blind spots by name in one text; more are a number. */
#define BLIND_SPOTS_NAMED 4

static const char *member_text(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static json_int_t member_number(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void drop_holders(struct pool_fact *pool)
{
	json_decref(pool->holders);
	page_facts_free(pool->unheld_pages, pool->unheld_page_count);
	pool->holders = NULL;
	pool->unheld_pages = NULL;
	pool->unheld_page_count = 0;
}

void pool_free_holders(struct pool_fact *pool)
{
	drop_holders(pool);
}

void session_free_holders(struct session *session)
{
	json_decref(session->walk);
	json_decref(session->places);
	json_decref(session->nudge);
}

/* ---- frames ---- */

/* A walk frame comes before any other frame that names its walk. */
static bool has_begun(const struct session *session, int walk)
{
	return walk > 0 && (uint32_t)walk <= session->walk_number;
}

/* Blind spots stay, whatever a later walk can look into. */
static void drop_walked_places(struct session *session)
{
	json_t *place;
	size_t i;

	for (i = json_array_size(session->places); i-- > 0;) {
		place = json_array_get(session->places, i);
		if (json_is_true(json_object_get(place, "walked")))
			json_array_remove(session->places, i);
		else
			json_object_set_new(place, "objects", json_integer(0));
	}
}

/* walk: another walk begins; numbers go up. */
int feed_walk(struct session *session, json_t *frame)
{
	json_int_t took, kernel, namespaces, sockets, packets;
	int walk;

	if (json_unpack(frame, "{s:i, s:I, s:I, s:I, s:I, s:I}", "walk", &walk,
			"took_us", &took, "kernel_us", &kernel, "namespaces",
			&namespaces, "sockets", &sockets, "packets",
			&packets) ||
	    walk <= 0 || (uint32_t)walk <= session->walk_number)
		return -EINVAL;
	drop_walked_places(session);
	session->walk_number = walk;
	session->walk_placed = false;
	session->walk_count++;
	json_decref(session->walk);
	session->walk = json_incref(frame);
	return 0;
}

static json_t *find_place(const struct session *session, const char *name)
{
	json_t *place;
	size_t i;

	json_array_foreach (session->places, i, place)
		if (!strcmp(member_text(place, "place"), name))
			return place;
	return NULL;
}

static json_t *add_place(struct session *session, const char *name)
{
	json_t *place = json_pack("{s:s, s:b, s:i}", "place", name, "walked",
				  true, "objects", 0);

	if (!place || json_array_append_new(session->places, place))
		return NULL;
	return place;
}

/* place: walked, or a blind spot. Those of one name are one place. */
int feed_place(struct session *session, json_t *frame)
{
	const char *name, *why = "no reason told";
	json_int_t objects;
	int walk, walked;
	json_t *place;

	if (json_unpack(frame, "{s:i, s:s, s:b, s:I, s?s}", "walk", &walk,
			"place", &name, "walked", &walked, "objects", &objects,
			"why", &why) ||
	    !has_begun(session, walk))
		return -EINVAL;
	place = find_place(session, name);
	if (!place)
		place = add_place(session, name);
	if (!place)
		return -ENOMEM;
	if (!walked) {
		json_object_set_new(place, "walked", json_false());
		json_object_set_new(place, "why", json_string(why));
	}
	if ((uint32_t)walk != session->walk_number)
		return 0;
	json_object_set_new(
		place, "objects",
		json_integer(member_number(place, "objects") + objects));
	session->walks_placed += !session->walk_placed;
	session->walk_placed = true;
	return 0;
}

/*
 * Facts of a later walk take the place of those of an earlier one, and those
 * of an earlier one that come late are not taken: false.
 */
static bool take_walk(struct pool_fact *pool, uint32_t walk)
{
	if (walk > pool->holders_walk) {
		drop_holders(pool);
		pool->holders_walk = walk;
	}
	return walk == pool->holders_walk;
}

/* The members that a holder may have are of their type where it has them. */
static bool has_holder_members(json_t *frame)
{
	const char *local, *remote, *comm, *state, *device;
	json_int_t inode, netns;
	int pid, fd, processes, cpu, queue;

	return !json_unpack(
		frame,
		"{s?i, s?s, s?i, s?i, s?s, s?s, s?s, s?I, s?s, s?I, s?i, s?i}",
		"pid", &pid, "comm", &comm, "fd", &fd, "processes", &processes,
		"local", &local, "remote", &remote, "state", &state, "inode",
		&inode, "device", &device, "netns", &netns, "cpu", &cpu,
		"queue", &queue);
}

/* holder: a queue that has pages of this pool. */
int feed_holder(struct session *session, json_t *frame)
{
	const char *kind, *what, *place, *confidence;
	json_int_t pages, bytes, oldest;
	struct pool_fact *pool;
	int walk;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:s}",
			"walk", &walk, "kind", &kind, "what", &what, "place",
			&place, "pages", &pages, "bytes", &bytes, "oldest_ms",
			&oldest, "confidence", &confidence) ||
	    !has_holder_members(frame) || !has_begun(session, walk) ||
	    pages < 0 || bytes < 0)
		return -EINVAL;
	if (!take_walk(pool, walk))
		return 0;
	if (!pool->holders)
		pool->holders = json_array();
	return json_array_append(pool->holders, frame) ? -ENOMEM : 0;
}

/* held: how many of a pool's pages have a holder. */
int feed_held(struct session *session, json_t *frame)
{
	json_int_t out, attributed, unheld;
	struct pool_fact *pool;
	int walk;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:i, s:I, s:I, s:I}", "walk", &walk, "out",
			&out, "attributed", &attributed, "unheld", &unheld) ||
	    !has_begun(session, walk) || out < 0 || attributed < 0 ||
	    unheld < 0)
		return -EINVAL;
	if (!take_walk(pool, walk))
		return 0;
	pool->held.walks += (uint32_t)walk != pool->held.walk;
	pool->held.walk = walk;
	pool->held.out = out;
	pool->held.attributed = attributed;
	pool->held.unheld = unheld;
	return 0;
}

/* unheld: a page that the last walk and the one before met nowhere. */
int feed_unheld(struct session *session, json_t *frame)
{
	struct pool_fact *pool;

	if (frame_pool(session, frame, &pool) || !session->walk_number)
		return -EINVAL;
	take_walk(pool, session->walk_number);
	return page_fact_add(&pool->unheld_pages, &pool->unheld_page_count,
			     frame);
}

/* nudge: freed packets that wait on idle processors were pushed. */
int feed_nudge(struct session *session, json_t *frame)
{
	const char *why;
	int cpus;

	if (json_unpack(frame, "{s:i, s?s}", "cpus", &cpus, "why", &why))
		return -EINVAL;
	json_decref(session->nudge);
	session->nudge = json_incref(frame);
	return 0;
}

int feed_nudged(struct session *session, json_t *frame)
{
	json_int_t before, after;
	struct pool_fact *pool;

	if (frame_pool(session, frame, &pool) ||
	    json_unpack(frame, "{s:I, s:I}", "before", &before, "after",
			&after))
		return -EINVAL;
	pool->nudged = true;
	pool->nudged_before = before;
	pool->nudged_after = after;
	return 0;
}

/* ---- what follows ---- */

size_t session_blind_spots(const struct session *session)
{
	size_t i, count = 0;
	json_t *place;

	json_array_foreach (session->places, i, place)
		count += !json_is_true(json_object_get(place, "walked"));
	return count;
}

/*
 * Whether the look's numbers bear the words out: the shadow is what says that
 * a page is out at all.
 */
static const char *shadow_doubt(const struct pool_fact *pool)
{
	uint32_t inflight = pool->hold - pool->release;

	if (!pool->trusted)
		return "events of this pool were lost";
	if (pool->net_iov || pool->unfollowed)
		return "the pool has net_iovs, which the walk does not see";
	if (!pool->counted || !pool->quiet)
		return "the pool was never at rest, and its counters were not compared";
	if (pool->mismatch || counts_differ(inflight, pool->shadow_held) ||
	    counts_differ(inflight, pool->scan_held))
		return "the pool's counters do not agree with our events or the scan";
	return NULL;
}

/*
 * What keeps the unheld pages of a stalled pool from being called leaked, NULL
 * when nothing does. The order is that of what people can change.
 */
static const char *unheld_doubt(const struct session *session,
				const struct pool_fact *pool)
{
	const struct held_fact *held = &pool->held;
	const char *blind = blind_why(session, CHECK_leaked);

	if (held->walks < 2)
		return "one walk alone cannot tell a page that moved from one that nobody has";
	if (session_blind_spots(session))
		return "some place could not be looked into";
	if (blind)
		return blind;
	if (held->walk != session->walk_number)
		return "the last walk did not tell of the pool";
	if (session->walks_placed != session->walk_count)
		return "a walk did not tell where it looked";
	if (held->attributed + held->unheld > held->out ||
	    !pool->unheld_page_count)
		return "what the walk told of it is not whole";
	/* Those that came back since may be just these. */
	if (pool->inflight < held->out)
		return "pages came back after the last walk";
	return shadow_doubt(pool);
}

/* Each page that the pool itself counts is in some place that was told. */
static bool is_attributed(const struct pool_fact *pool)
{
	const struct held_fact *held = &pool->held;

	return held->walks && pool->inflight > 0 &&
	       held->out == pool->inflight && held->attributed == held->out &&
	       json_array_size(pool->holders) > 0;
}

/* The evidence is the first page, beside the numbers of its pool. */
static void add_leaked(struct session *session, const struct pool_fact *pool)
{
	json_t *evidence = json_copy(pool->unheld_pages[0].known);
	json_t *numbers = pool_evidence(pool);

	json_object_update_missing(evidence, numbers);
	json_object_set_new(evidence, "walks", json_integer(pool->held.walks));
	finding_add_many(session, CHECK_leaked,
			 check_infos[CHECK_leaked].severity, pool->held.unheld,
			 evidence, "holder walks");
	json_decref(numbers);
	json_decref(evidence);
}

void derive_stalled_findings(struct session *session, struct pool_fact *pool)
{
	json_t *evidence = pool_evidence(pool);

	pool->attributed = is_attributed(pool);
	finding_add_many(session, CHECK_stalled_shutdown,
			 pool->attributed ?
				 SEVERITY_WARN :
				 check_infos[CHECK_stalled_shutdown].severity,
			 1, evidence, "counters");
	json_decref(evidence);
	if (!pool->held.unheld)
		return;
	pool->unheld_doubt = unheld_doubt(session, pool);
	if (!pool->unheld_doubt)
		add_leaked(session, pool);
}

static int compare_holders(const void *a, const void *b)
{
	json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
	json_int_t pages =
		member_number(right, "pages") - member_number(left, "pages");
	json_int_t bytes =
		member_number(right, "bytes") - member_number(left, "bytes");

	if (pages)
		return pages > 0 ? 1 : -1;
	return (bytes > 0) - (bytes < 0);
}

/* Biggest first. */
void sort_holders(struct pool_fact *pool)
{
	size_t count = json_array_size(pool->holders), i;
	json_t **holders;

	holders = count ? malloc(count * sizeof(*holders)) : NULL;
	if (!holders)
		return;
	for (i = 0; i < count; i++)
		holders[i] = json_incref(json_array_get(pool->holders, i));
	qsort(holders, count, sizeof(*holders), compare_holders);
	for (i = 0; i < count; i++)
		json_array_set_new(pool->holders, i, holders[i]);
	free(holders);
}

/* Some pool waits for pages of which nobody is known to have them. */
static bool is_leak_possible(const struct session *session)
{
	const struct pool_fact *pool;
	size_t i;

	for (i = 0; i < session->pool_count; i++) {
		pool = session->pools[i];
		if (pool->judged && pool->state == POOL_STATE_STALLED &&
		    pool->inflight && !pool->attributed)
			return true;
	}
	return false;
}

/*
 * Where the walks could not have told a leak, the check was blind: nothing may
 * count as looked at that was not.
 */
void derive_leaked_blind(struct session *session)
{
	char names[256], why[320];

	if (session->findings[CHECK_leaked].count ||
	    blind_why(session, CHECK_leaked) || !is_leak_possible(session))
		return;
	if (session->walk_count < 2)
		snprintf(why, sizeof(why), "needs two holder walks, %s",
			 session->walk_count ? "and there was one" :
					       "and there was none");
	else if (session_blind_spots(session))
		snprintf(why, sizeof(why), "the walks could not look into %s",
			 blind_spots_text(session, names, sizeof(names)));
	else if (session->walks_placed != session->walk_count)
		snprintf(why, sizeof(why),
			 "a walk did not tell where it looked");
	else
		return;
	json_array_append_new(session->blind,
			      json_pack("{s:s, s:s, s:s}", "t", "blind",
					"check", check_infos[CHECK_leaked].id,
					"why", why));
}

/* ---- names for people ---- */

struct text {
	char *buffer;
	size_t size, at;
};

static void __attribute__((format(printf, 2, 3)))
append(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	if (text->at >= text->size)
		return;
	va_start(args, format);
	length = vsnprintf(text->buffer + text->at, text->size - text->at,
			   format, args);
	va_end(args);
	text->at += length > 0 ? length : 0;
}

const char *blind_spots_text(const struct session *session, char *buffer,
			     size_t size)
{
	struct text text = { buffer, size, 0 };
	size_t count = session_blind_spots(session), named = 0, i;
	json_t *place;

	buffer[0] = 0;
	json_array_foreach (session->places, i, place) {
		if (json_is_true(json_object_get(place, "walked")))
			continue;
		if (named == BLIND_SPOTS_NAMED) {
			append(&text, " and %zu more", count - named);
			break;
		}
		append(&text, "%s%s", named++ ? ", " : "",
		       member_text(place, "place"));
	}
	return buffer;
}

/* Ends of the connection, and who has it open. */
static void append_socket(struct text *text, json_t *holder)
{
	const char *local = member_text(holder, "local");
	const char *remote = member_text(holder, "remote");
	const char *state = member_text(holder, "state");
	json_int_t pid = member_number(holder, "pid");
	json_int_t processes = member_number(holder, "processes");

	if (*local || *remote)
		append(text, " %s", *local ? local : "*");
	else if (member_number(holder, "inode"))
		append(text, " inode %" JSON_INTEGER_FORMAT,
		       member_number(holder, "inode"));
	if (*remote)
		append(text, " < %s", remote);
	if (*state && strcmp(state, "ESTABLISHED"))
		append(text, " %s", state);
	if (pid <= 0)
		append(text, "  no process");
	else
		append(text, "  %s[%" JSON_INTEGER_FORMAT "]",
		       member_text(holder, "comm"), pid);
	if (pid > 0 && processes > 1)
		append(text, " and %" JSON_INTEGER_FORMAT " more",
		       processes - 1);
}

const char *holder_name(json_t *holder, char *buffer, size_t size)
{
	const char *kind = member_text(holder, "kind");
	const char *device = member_text(holder, "device");
	json_t *queue = json_object_get(holder, "queue");
	json_t *cpu = json_object_get(holder, "cpu");
	struct text text = { buffer, size, 0 };

	buffer[0] = 0;
	append(&text, "%s", member_text(holder, "what"));
	if (!strcmp(kind, "socket")) {
		append_socket(&text, holder);
		return buffer;
	}
	if (*device && strcmp(device, member_text(holder, "what")))
		append(&text, " on %s", device);
	if (json_is_integer(queue) && json_integer_value(queue) >= 0)
		append(&text, ", queue %" JSON_INTEGER_FORMAT,
		       json_integer_value(queue));
	/* A processor's own queues have it in their name. */
	if (strcmp(kind, "cpu") && json_is_integer(cpu) &&
	    json_integer_value(cpu) >= 0)
		append(&text, ", cpu %" JSON_INTEGER_FORMAT,
		       json_integer_value(cpu));
	return buffer;
}
