// SPDX-License-Identifier: GPL-2.0
/*
 * Replays a recording: hands its facts on and steps its events through the
 * model, with a shadow of its own.
 *
 * It goes through the file twice. The first pass proves it complete and
 * collects the keys of its evidence, so that nothing is fed from half a file
 * and a violation that the kernel has evidence of is fed once, with that
 * evidence, where the live session met it. The second pass feeds.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Out of memory is an error of the one event, not the end of the program. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "user/collect/recording.h"
#include "user/collect/replay.h"
#include "user/facts/checks.h"
#include "user/util/set.h"
#include "user/util/util.h"

/*
 * Events of one page wait for their predecessor, which another processor
 * wrote into the ring buffer a moment later. When this many wait, it was lost.
 * Must stay below half of the page generation's range, which tells their order.
 */
#define WAITING_MAX 32

struct waiting_event {
	struct waiting_event *next;
	struct event_record event;
};

/* The word of one page or net_iov. */
struct shadow_word {
	uint64_t netmem;
	uint64_t word;
	struct waiting_event *waiting;
	size_t waiting_count;
	UT_hash_handle hh;
};

/* A pool that a fact named. */
struct known_pool {
	uint32_t slot, seq;
	uint64_t address;
};

struct replayed {
	struct fact_sink sink;
	struct shadow_word *words;
	struct known_pool *pools;
	size_t pool_count;
	struct set keys; /* of the recording's evidence */
	uint64_t orphans; /* events whose predecessor never came */
	uint64_t unlike; /* events that the model does not reproduce */
};

/* ---- pools ---- */

static struct known_pool *find_pool(const struct replayed *replayed,
				    uint32_t slot, uint32_t seq)
{
	size_t i;

	for (i = replayed->pool_count; i-- > 0;)
		if (replayed->pools[i].slot == slot &&
		    replayed->pools[i].seq == seq)
			return &replayed->pools[i];
	return NULL;
}

static int note_pool(struct replayed *replayed, const struct pool_fact *fact)
{
	struct known_pool *pool = find_pool(replayed, fact->slot, fact->seq);

	if (!pool) {
		pool = realloc(replayed->pools,
			       (replayed->pool_count + 1) * sizeof(*pool));
		if (!pool)
			return -ENOMEM;
		replayed->pools = pool;
		pool += replayed->pool_count++;
	}
	*pool = (struct known_pool){ fact->slot, fact->seq, fact->pool };
	return 0;
}

/* The recording names the owner's slot only: its newest pool was meant. */
static uint32_t newest_seq(const struct replayed *replayed, uint32_t slot)
{
	uint32_t seq = 0;
	size_t i;

	for (i = 0; i < replayed->pool_count; i++)
		if (replayed->pools[i].slot == slot &&
		    replayed->pools[i].seq > seq)
			seq = replayed->pools[i].seq;
	return seq;
}

/* ---- events ---- */

static struct shadow_word *find_word(struct replayed *replayed, uint64_t netmem)
{
	struct shadow_word *found;

	HASH_FIND(hh, replayed->words, &netmem, sizeof(netmem), found);
	if (found)
		return found;
	found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	found->netmem = netmem;
	HASH_ADD(hh, replayed->words, netmem, sizeof(netmem), found);
	/* uthash clears the handle when it had no memory for its table. */
	if (!found->hh.tbl) {
		free(found);
		return NULL;
	}
	return found;
}

static int feed(struct replayed *replayed, struct fact *fact)
{
	fact_complete(fact->type, &fact->has);
	return replayed->sink.take(replayed->sink.to, fact);
}

/*
 * Allocations and puts: without a running number, and with no window that
 * proves them. What is proven of them is in the recording's evidence.
 */
static bool is_followed(enum model_event event)
{
	return event >= EVENT_ALLOC && event <= EVENT_PUT_RING;
}

/* Evidence of a violation that had no evidence slot left in the kernel. */
static int feed_violation(struct replayed *replayed,
			  const struct event_record *event,
			  enum model_state state)
{
	const struct known_pool *pool =
		find_pool(replayed, event->slot, event->seq);
	struct fact fact = { .type = FACT_evidence,
			     .evidence = { .check = event->check } };
	struct evidence_fact *evidence = &fact.evidence;
	uint32_t owner = state_is_held(word_state(event->before)) ?
				 word_slot(event->before) :
				 SLOT_NONE;
	char key[96];

	snprintf(key, sizeof(key),
		 "%s:%" PRIu32 ":%" PRIu32 ":%" PRIu64 ":%" PRIu32,
		 check_infos[event->check].id, event->slot, event->seq,
		 (uint64_t)event->frame,
		 is_followed(event->event) ? word_page_gen(event->before) :
					     event->count);
	if (set_has(&replayed->keys, key))
		return 0;
	fact_set(evidence, evidence, key, key);
	fact_set(evidence, evidence, slot, event->slot);
	fact_set(evidence, evidence, seq, event->seq);
	fact_set(evidence, evidence, owner_slot, owner);
	fact_set(evidence, evidence, owner_seq, newest_seq(replayed, owner));
	fact_set(evidence, evidence, netmem, event->frame);
	fact_set(evidence, evidence, pool, pool ? pool->address : 0);
	fact_set(evidence, evidence, state, state);
	fact_set(evidence, evidence, event, event->event);
	fact_set(evidence, evidence, count, event->count);
	fact_set(evidence, evidence, replayed, true);
	if (is_followed(event->event))
		fact_set(evidence, evidence, history, true);
	return feed(replayed, &fact);
}

/*
 * Takes one event to its page's word, which equals event->before. The word
 * goes on as recorded even where the model disagrees, so that one difference
 * is counted once; an event that does not reproduce is no evidence.
 */
static int step_event(struct replayed *replayed, struct shadow_word *word,
		      const struct event_record *event)
{
	bool own = !state_is_held(word_state(event->before)) ||
		   word_slot(event->before) == event->slot;
	struct model_input in = {
		.event = event->event,
		.slot = event->slot,
		.owner_gen = event->owner_gen,
		/* Of one pool both generations are one number. */
		.pool_gen = own ? event->owner_gen :
				  word_pool_gen(event->after),
		.age = word_age(event->after),
		/* What the hook knew of the pool is not recorded. */
		.whole = event->check == CHECK_release_not_held,
	};
	struct model_result result = model_step(event->before, &in);

	word->word = event->after;
	if (word_plain(result.word) != event->after ||
	    result.check != event->check) {
		replayed->unlike++;
		return 0;
	}
	if (result.check == CHECK_NONE)
		return 0;
	return feed_violation(replayed, event, model_row(event->before, &in));
}

/* Steps whatever waits for the word as it is now. */
static int step_waiting(struct replayed *replayed, struct shadow_word *word)
{
	struct waiting_event **link = &word->waiting, *waiting;
	int err = 0;

	while (!err && (waiting = *link)) {
		if (waiting->event.before != word->word) {
			link = &waiting->next;
			continue;
		}
		*link = waiting->next;
		word->waiting_count--;
		err = step_event(replayed, word, &waiting->event);
		free(waiting);
		link = &word->waiting;
	}
	return err;
}

/* Gives the predecessor up: goes on from the oldest event that waits. */
static int skip_gap(struct replayed *replayed, struct shadow_word *word)
{
	uint32_t distance, nearest = UINT32_MAX;
	struct waiting_event *waiting;
	uint64_t before = word->word;

	for (waiting = word->waiting; waiting; waiting = waiting->next) {
		distance = (word_page_gen(waiting->event.before) -
			    word_page_gen(word->word)) &
			   WORD_MASK(WORD_PAGE_GEN_BITS);
		if (distance < nearest) {
			nearest = distance;
			before = waiting->event.before;
		}
	}
	replayed->orphans++;
	word->word = before;
	return step_waiting(replayed, word);
}

static int replay_event(struct replayed *replayed,
			const struct event_record *event)
{
	struct shadow_word *word = find_word(replayed, event->frame);
	struct waiting_event *waiting;
	int err;

	if (!word)
		return -ENOMEM;
	if (word->word == event->before) {
		err = step_event(replayed, word, event);
		return err ? err : step_waiting(replayed, word);
	}
	waiting = malloc(sizeof(*waiting));
	if (!waiting)
		return -ENOMEM;
	waiting->event = *event;
	waiting->next = word->waiting;
	word->waiting = waiting;
	if (++word->waiting_count < WAITING_MAX)
		return 0;
	return skip_gap(replayed, word);
}

/* A loss of the replay itself: the verdict is never PASS with one. */
static int __attribute__((format(printf, 3, 4)))
feed_loss(struct replayed *replayed, uint64_t count, const char *format, ...)
{
	struct fact fact = { .type = FACT_loss,
			     .loss = { .what = LOSS_REPLAY, .count = count } };
	char why[160];
	va_list args;

	if (!count)
		return 0;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	fact.loss.why = why;
	return feed(replayed, &fact);
}

static int finish_events(struct replayed *replayed)
{
	struct shadow_word *word, *next;
	int err = 0;

	HASH_ITER (hh, replayed->words, word, next)
		while (!err && word->waiting)
			err = skip_gap(replayed, word);
	if (!err)
		err = feed_loss(
			replayed, replayed->orphans,
			"%" PRIu64
			" events do not follow from what was recorded before them",
			replayed->orphans);
	if (!err)
		err = feed_loss(replayed, replayed->unlike,
				"the model does not reproduce %" PRIu64
				" events of the recording",
				replayed->unlike);
	return err;
}

static void free_words(struct replayed *replayed)
{
	struct shadow_word *word, *next;
	struct waiting_event *waiting;

	HASH_ITER (hh, replayed->words, word, next) {
		while ((waiting = word->waiting)) {
			word->waiting = waiting->next;
			free(waiting);
		}
		HASH_DEL(replayed->words, word);
		free(word);
	}
}

/* ---- the two passes ---- */

static int check_meta(struct recording *recording, const struct fact *fact)
{
	if (fact->type != FACT_meta)
		return recording_refuse(
			recording, "not a recording: no 'meta' with a schema");
	if (strcmp(fact->meta.schema, FACTS_SCHEMA))
		return recording_refuse(
			recording,
			"recording has schema '%.64s', this program reads '" FACTS_SCHEMA
			"'; use the version that recorded it",
			fact->meta.schema);
	return 0;
}

static int check_end(struct recording *recording, const struct end_fact *end)
{
	uint64_t lines = recording_line(recording) - 1;

	if (!fact_has(end, end, lines))
		return recording_refuse(recording,
					"end without its number of lines");
	if (end->lines != lines)
		return recording_refuse(recording,
					"%" PRIu64
					" lines before the end, but %" PRIu64
					" were recorded",
					lines, end->lines);
	return 0;
}

/* Is a fact where it belongs; keeps the key of evidence. */
static int check_fact(struct recording *recording, const struct fact *fact,
		      struct set *keys)
{
	if (recording_line(recording) == 1)
		return check_meta(recording, fact);
	if (fact->type == FACT_meta)
		return recording_refuse(recording, "second 'meta'");
	if (fact->type == FACT_end)
		return check_end(recording, &fact->end);
	if (fact->type == FACT_evidence && fact->evidence.key)
		return set_add(keys, fact->evidence.key);
	return 0;
}

static int check_recording(struct recording *recording, struct set *keys)
{
	bool ended = false;
	struct line line;
	int err;

	while ((err = recording_read(recording, &line, true)) > 0) {
		if (ended)
			err = recording_refuse(recording,
					       "comes after the end");
		else if (line.kind == LINE_FACT)
			err = check_fact(recording, &line.fact, keys);
		if (line.kind == LINE_FACT) {
			ended = line.fact.type == FACT_end;
			fact_clear(line.fact.type, &line.fact.has);
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!recording_line(recording))
		return recording_refuse(recording, "the file is empty");
	if (!ended)
		return recording_refuse(
			recording,
			"no end line follows, the recording is truncated");
	return 0;
}

static int feed_fact(struct recording *recording, struct replayed *replayed,
		     struct fact *fact)
{
	int err = fact->type == FACT_pool ? note_pool(replayed, &fact->pool) :
					    0;

	if (!err)
		err = feed(replayed, fact);
	if (err == -EINVAL)
		recording_refuse(recording,
				 "'%s' contradicts what came before it",
				 fact_infos[fact->type].name);
	return err;
}

static int feed_recording(struct recording *recording,
			  struct replayed *replayed)
{
	struct line line;
	int err;

	while ((err = recording_read(recording, &line, false)) > 0) {
		if (line.kind == LINE_EVENT) {
			line.event.before = word_plain(line.event.before);
			line.event.after = word_plain(line.event.after);
			err = replay_event(replayed, &line.event);
		} else {
			err = feed_fact(recording, replayed, &line.fact);
			fact_clear(line.fact.type, &line.fact.has);
		}
		if (err)
			return err;
	}
	return err ? err : finish_events(replayed);
}

/* Parts of the file may be in the message: nothing that drives a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

int replay(const char *path, struct fact_sink sink, char *why, size_t size)
{
	struct replayed replayed = { .sink = sink };
	struct recording *recording;
	int err;

	err = recording_open(path, &recording, why, size);
	if (!err)
		err = check_recording(recording, &replayed.keys);
	if (!err) {
		recording_rewind(recording);
		err = feed_recording(recording, &replayed);
	}
	if (err == -ENOMEM)
		snprintf(why, size, "%s", error_text(err));
	recording_close(recording);
	free_words(&replayed);
	free(replayed.pools);
	set_clear(&replayed.keys);
	if (err)
		make_printable(why);
	return err;
}
