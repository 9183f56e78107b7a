// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings: the writer, and the reader that replays one through the model.
 *
 * The reader goes through the file twice. The first pass proves it complete
 * and collects the keys of its evidence, so that nothing is fed from half a
 * file and a violation that the kernel has evidence of is fed once, with that
 * evidence, where the live session met it. The second pass feeds.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Out of memory is an error of the one event, not the end of the program. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "user/facts/netmem.h"
#include "user/facts/recording.h"
#include "user/util/util.h"

#define WRITE_BUFFER (1 << 20)
#define LINE_MAX_BYTES (1 << 20)

/*
 * Events of one frame wait for their predecessor, which another processor
 * wrote into the ring buffer a moment later. When this many wait, it was lost.
 * Must stay below half of the page generation's range, which tells their order.
 */
#define WAITING_MAX 32

/* ---- writer: errors stick, after the first one nothing is written ---- */

struct recorder {
	FILE *file;
	uint64_t lines;
	int error; /* negative errno of the first failure */
};

struct recorder *recorder_open(const char *path, int *err)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder) {
		*err = -ENOMEM;
		return NULL;
	}
	/* "e": the workload that we start must not inherit it. */
	recorder->file = fopen(path, "we");
	if (!recorder->file) {
		*err = -errno;
		free(recorder);
		return NULL;
	}
	setvbuf(recorder->file, NULL, _IOFBF, WRITE_BUFFER);
	*err = 0;
	return recorder;
}

static void keep_error(struct recorder *recorder, int fallback)
{
	recorder->error = errno ? -errno : -fallback;
}

void recorder_frame(struct recorder *recorder, json_t *frame)
{
	const char *type = json_string_value(json_object_get(frame, "t"));

	if (recorder->error || (type && !strcmp(type, "end")))
		return;
	errno = 0;
	if (json_dumpf(frame, recorder->file, JSON_COMPACT) ||
	    putc('\n', recorder->file) == EOF)
		keep_error(recorder, EIO);
	recorder->lines++;
}

void recorder_event(struct recorder *recorder, const struct event_record *event)
{
	const char *check = "";
	char frame[24];

	if (recorder->error)
		return;
	/* The record comes out of shared memory: trust no index. */
	if (event->event >= EVENT_COUNT || event->check >= CHECK_COUNT) {
		recorder->error = -EBADMSG;
		return;
	}
	if (event->check != CHECK_NONE)
		check = check_infos[event->check].id;
	/* Not all readers of JSON have numbers of 64 bits. */
	snprintf(frame, sizeof(frame),
		 frame_is_net_iov(event->frame) ? "\"%" PRIx64 "\"" :
						  "%" PRIu64,
		 (uint64_t)event->frame);
	errno = 0;
	if (fprintf(recorder->file,
		    "[\"%s\",%" PRIu32 ",%" PRIu32 ",%s,%" PRIu32 ",\"%" PRIx64
		    "\",\"%" PRIx64 "\",%" PRIu32 ",\"%s\"]\n",
		    event_name(event->event), event->slot, event->life, frame,
		    event->count, (uint64_t)event->before,
		    (uint64_t)event->after, event->owner_gen, check) < 0)
		keep_error(recorder, EIO);
	recorder->lines++;
}

int recorder_close(struct recorder *recorder, uint64_t duration_ms)
{
	int err;

	if (!recorder)
		return 0;
	/* All else must be in the file before the line that vouches for it. */
	errno = 0;
	if (!recorder->error && fflush(recorder->file))
		keep_error(recorder, EIO);
	if (!recorder->error) {
		fprintf(recorder->file,
			"{\"t\":\"end\",\"lines\":%" PRIu64
			",\"duration_ms\":%" PRIu64 "}\n",
			recorder->lines, duration_ms);
	}
	errno = 0;
	if (fclose(recorder->file) && !recorder->error)
		keep_error(recorder, EIO);
	err = recorder->error;
	free(recorder);
	return err;
}

void recorder_abandon(struct recorder *recorder)
{
	if (!recorder)
		return;
	recorder->error = -ECANCELED;
	recorder_close(recorder, 0);
}

/* ---- reader ---- */

struct reader {
	FILE *file;
	char *line; /* LINE_MAX_BYTES, always terminated */
	size_t length;
	uint64_t number;
	char *why;
	size_t why_size;
};

/* Says why this line is refused; returns -EINVAL for the caller to return. */
static int __attribute__((format(printf, 2, 3)))
refuse(struct reader *reader, const char *format, ...)
{
	va_list args;
	int length;

	length = snprintf(reader->why, reader->why_size, "line %" PRIu64 ": ",
			  reader->number);
	if (length < 0 || (size_t)length >= reader->why_size)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(reader->why + length, reader->why_size - length, format,
		  args);
	va_end(args);
	return -EINVAL;
}

static int refuse_file(struct reader *reader, int err)
{
	snprintf(reader->why, reader->why_size, "cannot read: %s",
		 error_text(err));
	return err;
}

/* 1: a line was read; 0: end of file; else negative errno. */
static int read_line(struct reader *reader)
{
	int c;

	reader->length = 0;
	errno = 0;
	while ((c = getc_unlocked(reader->file)) != EOF) {
		if (c == '\n')
			break;
		if (reader->length == LINE_MAX_BYTES - 1) {
			reader->number++;
			return refuse(reader, "too long, not a recording");
		}
		reader->line[reader->length++] = c;
	}
	reader->line[reader->length] = 0;
	if (ferror(reader->file))
		return refuse_file(reader, errno ? -errno : -EIO);
	if (c == EOF && !reader->length)
		return 0;
	reader->number++;
	if (c == EOF)
		return refuse(reader, "ends in the middle, the recording is "
				      "truncated");
	return 1;
}

static bool is_event_line(const struct reader *reader)
{
	return reader->line[0] == '[';
}

/* The line as a frame; NULL after refuse(). The caller owns it. */
static json_t *read_frame(struct reader *reader)
{
	json_error_t error;
	json_t *frame;

	frame = json_loadb(reader->line, reader->length, JSON_REJECT_DUPLICATES,
			   &error);
	if (!frame) {
		refuse(reader, "not a recording: %s", error.text);
		return NULL;
	}
	if (!json_string_value(json_object_get(frame, "t"))) {
		refuse(reader, "not a frame: it has no type 't'");
		json_decref(frame);
		return NULL;
	}
	return frame;
}

static bool is_type(json_t *frame, const char *type)
{
	return !strcmp(json_string_value(json_object_get(frame, "t")), type);
}

static int check_meta(struct reader *reader, json_t *meta)
{
	const char *schema;

	schema = json_string_value(json_object_get(meta, "schema"));
	if (!is_type(meta, "meta") || !schema)
		return refuse(reader, "not a recording: no 'meta' frame with a "
				      "schema");
	if (strcmp(schema, SESSION_SCHEMA))
		return refuse(
			reader,
			"recording has schema '%.64s', this program reads "
			"'" SESSION_SCHEMA "'; use the version that "
			"recorded it",
			schema);
	return 0;
}

static int check_end(struct reader *reader, json_t *end)
{
	json_int_t lines;

	if (json_unpack(end, "{s:I}", "lines", &lines))
		return refuse(reader, "end without its number of lines");
	if ((uint64_t)lines != reader->number - 1)
		return refuse(reader,
			      "%" PRIu64 " lines before the end, but %lld were "
			      "recorded",
			      reader->number - 1, (long long)lines);
	return 0;
}

/* First pass, one frame: is it where it belongs; keeps evidence's key. */
static int check_frame(struct reader *reader, json_t *keys, bool *ended)
{
	json_t *frame = read_frame(reader), *key;
	int err = 0;

	if (!frame)
		return -EINVAL;
	if (reader->number == 1)
		err = check_meta(reader, frame);
	else if (is_type(frame, "meta"))
		err = refuse(reader, "second 'meta' frame");
	*ended = is_type(frame, "end");
	if (!err && *ended)
		err = check_end(reader, frame);
	key = json_object_get(frame, "key");
	if (!err && is_type(frame, "evidence") && json_is_string(key) &&
	    json_object_set_new(keys, json_string_value(key), json_true()))
		err = -ENOMEM;
	json_decref(frame);
	return err;
}

static int check_recording(struct reader *reader, json_t *keys)
{
	bool ended = false;
	int err;

	while ((err = read_line(reader)) > 0) {
		if (ended)
			return refuse(reader, "comes after the end");
		if (is_event_line(reader) && reader->number > 1)
			continue;
		err = check_frame(reader, keys, &ended);
		if (err)
			return err;
	}
	if (err)
		return err;
	if (!reader->number) {
		snprintf(reader->why, reader->why_size, "the file is empty");
		return -EINVAL;
	}
	if (!ended)
		return refuse(
			reader,
			"no end line follows, the recording is truncated");
	return 0;
}

/* ---- event lines: millions of them, so parsed by hand ---- */

static bool take(const char **at, char c)
{
	while (isspace((unsigned char)**at))
		(*at)++;
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool take_number(const char **at, int base, uint64_t max,
			uint64_t *number)
{
	char *end;

	while (isspace((unsigned char)**at))
		(*at)++;
	/* strtoull() alone would take signs. */
	if (!isxdigit((unsigned char)**at))
		return false;
	errno = 0;
	*number = strtoull(*at, &end, base);
	if (errno || end == *at || *number > max)
		return false;
	*at = end;
	return true;
}

static bool take_text(const char **at, char *text, size_t size)
{
	size_t length;

	if (!take(at, '"'))
		return false;
	length = strcspn(*at, "\"");
	if (length >= size || !(*at)[length])
		return false;
	memcpy(text, *at, length);
	text[length] = 0;
	*at += length + 1;
	return true;
}

static bool take_u32(const char **at, uint32_t max, __u32 *number)
{
	uint64_t value;

	if (!take(at, ',') || !take_number(at, 10, max, &value))
		return false;
	*number = value;
	return true;
}

static bool take_word(const char **at, __u64 *word)
{
	uint64_t value;

	if (!take(at, ',') || !take(at, '"') ||
	    !take_number(at, 16, UINT64_MAX, &value) || !take(at, '"'))
		return false;
	*word = value;
	return true;
}

/* A page's number, or a net_iov's reference in hexadecimal. */
static bool take_frame(const char **at, uint64_t *frame)
{
	if (!take(at, '"'))
		return take_number(at, 10, INT64_MAX, frame);
	return take_number(at, 16, UINT64_MAX, frame) && take(at, '"') &&
	       frame_is_net_iov(*frame);
}

/* ["EVENT", slot, life, frame, count, "before", "after", owner_gen, "check"] */
static bool parse_event(const char *at, struct event_record *event)
{
	char name[32], check[32];
	uint64_t frame;

	if (!take(&at, '[') || !take_text(&at, name, sizeof(name)) ||
	    !take_u32(&at, SLOT_COUNT - 1, &event->slot) ||
	    !take_u32(&at, UINT32_MAX, &event->life) || !take(&at, ',') ||
	    !take_frame(&at, &frame) ||
	    !take_u32(&at, UINT32_MAX, &event->count) ||
	    !take_word(&at, &event->before) || !take_word(&at, &event->after) ||
	    !take_u32(&at, UINT32_MAX, &event->owner_gen) || !take(&at, ',') ||
	    !take_text(&at, check, sizeof(check)) || !take(&at, ']'))
		return false;
	while (isspace((unsigned char)*at))
		at++;
	event->frame = frame;
	event->event = event_by_name(name);
	event->check = check_by_id(check);
	return !*at && event->event != EVENT_COUNT &&
	       (event->check != CHECK_NONE || !check[0]);
}

/* ---- replay: the events' shadow in user space ---- */

struct waiting_event {
	struct waiting_event *next;
	struct event_record event;
};

struct frame_word {
	uint64_t frame;
	uint64_t word;
	struct waiting_event *waiting;
	size_t waiting_count;
	UT_hash_handle hh;
};

struct replayed {
	struct session *session;
	struct frame_word *words;
	json_t *keys; /* of the evidence frames in the recording */
	uint64_t orphans; /* events whose predecessor never came */
	uint64_t unlike; /* events that the model does not reproduce */
};

static struct frame_word *frame_word(struct replayed *replayed, uint64_t frame)
{
	struct frame_word *found;

	HASH_FIND(hh, replayed->words, &frame, sizeof(frame), found);
	if (found)
		return found;
	found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	found->frame = frame;
	HASH_ADD(hh, replayed->words, frame, sizeof(frame), found);
	/* uthash clears the handle when it had no memory for its table. */
	if (!found->hh.tbl) {
		free(found);
		return NULL;
	}
	return found;
}

/* The recording names the owner's slot only: its newest tenant was meant. */
static uint32_t newest_life(const struct session *session, uint32_t slot)
{
	uint32_t life = 0;
	size_t i;

	for (i = 0; i < session->pool_count; i++)
		if (session->pools[i]->slot == slot &&
		    session->pools[i]->life > life)
			life = session->pools[i]->life;
	return life;
}

/*
 * Hand-outs and returns: without a running number, and with no window that
 * proves them. What is proven of them is in the recording's evidence.
 */
static bool is_followed(enum model_event event)
{
	return event >= EVENT_ALLOC && event <= EVENT_PUT_RING;
}

/* Evidence of a violation that had no evidence slot left in the kernel. */
static int feed_violation(struct replayed *replayed,
			  const struct event_record *event, uint32_t row)
{
	uint32_t owner = state_is_held(word_state(event->before)) ?
				 word_slot(event->before) :
				 SLOT_NONE;
	const char *id = check_infos[event->check].id;
	struct pool_fact *pool;
	json_t *evidence;
	char key[96], address[24];
	int err;

	snprintf(key, sizeof(key),
		 "%s:%" PRIu32 ":%" PRIu32 ":%" PRIu64 ":%" PRIu32, id,
		 event->slot, event->life, (uint64_t)event->frame,
		 is_followed(event->event) ? word_page_gen(event->before) :
					     event->count);
	if (json_object_get(replayed->keys, key))
		return 0;
	pool = session_pool(replayed->session, event->slot, event->life);
	snprintf(address, sizeof(address), "0x%" PRIx64, pool ? pool->pool : 0);
	evidence = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:s, s:s, s:s, s:I, s:b}",
		"t", "evidence", "check", id, "key", key, "slot",
		(json_int_t)event->slot, "life", (json_int_t)event->life,
		"owner_slot", (json_int_t)owner, "owner_life",
		(json_int_t)newest_life(replayed->session, owner),
		netmem_key(event->frame), netmem_value(event->frame), "pool",
		address, "state", state_name(row), "event",
		event_name(event->event), "count", (json_int_t)event->count,
		"replayed", 1);
	if (!evidence)
		return -ENOMEM;
	if (is_followed(event->event))
		json_object_set_new(evidence, "history", json_true());
	err = session_feed(replayed->session, evidence);
	json_decref(evidence);
	return err;
}

/*
 * Takes one event to its frame's word, which equals event->before. The word
 * goes on as recorded even where the model disagrees, so that one difference
 * is counted once; an event that does not reproduce is no evidence.
 */
static int step_event(struct replayed *replayed, struct frame_word *word,
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
	};
	struct model_result result = model_step(event->before, &in);

	word->word = event->after;
	if (result.word != event->after || result.check != event->check) {
		replayed->unlike++;
		return 0;
	}
	if (result.check == CHECK_NONE)
		return 0;
	return feed_violation(replayed, event, model_row(event->before, &in));
}

/* Steps whatever waits for the word as it is now. */
static int step_waiting(struct replayed *replayed, struct frame_word *word)
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
static int skip_gap(struct replayed *replayed, struct frame_word *word)
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
	struct frame_word *word = frame_word(replayed, event->frame);
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

/* A loss of the replay itself; verdict.c turns it into doubt. */
static int __attribute__((format(printf, 3, 4)))
feed_replay_loss(struct session *session, uint64_t count, const char *format,
		 ...)
{
	char why[160];
	va_list args;
	json_t *loss;
	int err;

	if (!count)
		return 0;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	loss = json_pack("{s:s, s:s, s:I, s:s}", "t", "loss", "what", "replay",
			 "count", (json_int_t)count, "why", why);
	err = loss ? session_feed(session, loss) : -ENOMEM;
	json_decref(loss);
	return err;
}

static int finish_events(struct replayed *replayed)
{
	struct frame_word *word, *next;
	int err = 0;

	HASH_ITER (hh, replayed->words, word, next)
		while (!err && word->waiting)
			err = skip_gap(replayed, word);
	if (!err)
		err = feed_replay_loss(
			replayed->session, replayed->orphans,
			"%" PRIu64
			" events do not follow from what was recorded before them",
			replayed->orphans);
	if (!err)
		err = feed_replay_loss(replayed->session, replayed->unlike,
				       "the model does not reproduce %" PRIu64
				       " events of the recording",
				       replayed->unlike);
	return err;
}

static void free_words(struct replayed *replayed)
{
	struct frame_word *word, *next;
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

static int feed_line(struct reader *reader, struct replayed *replayed)
{
	struct event_record event;
	json_t *frame;
	int err;

	if (is_event_line(reader)) {
		if (strlen(reader->line) != reader->length ||
		    !parse_event(reader->line, &event))
			return refuse(reader, "not an event: '%.48s'",
				      reader->line);
		return replay_event(replayed, &event);
	}
	frame = read_frame(reader);
	if (!frame)
		return -EINVAL;
	err = session_feed(replayed->session, frame);
	if (err == -EINVAL)
		refuse(reader,
		       "frame '%.32s' is of unknown type, or a member is "
		       "missing or wrong",
		       json_string_value(json_object_get(frame, "t")));
	json_decref(frame);
	return err;
}

static int feed_recording(struct reader *reader, json_t *keys,
			  struct session *session)
{
	struct replayed replayed = { .session = session, .keys = keys };
	int err;

	rewind(reader->file);
	reader->number = 0;
	while ((err = read_line(reader)) > 0) {
		err = feed_line(reader, &replayed);
		if (err)
			break;
	}
	if (!err)
		err = finish_events(&replayed);
	free_words(&replayed);
	return err;
}

static int open_recording(const char *path, struct reader *reader)
{
	struct stat status;

	reader->file = fopen(path, "re");
	if (!reader->file || fstat(fileno(reader->file), &status))
		return refuse_file(reader, -errno);
	if (!S_ISREG(status.st_mode)) {
		snprintf(reader->why, reader->why_size,
			 "not a regular file, and it must be read twice");
		return -EINVAL;
	}
	reader->line = malloc(LINE_MAX_BYTES);
	return reader->line ? 0 : refuse_file(reader, -ENOMEM);
}

/* Parts of the file may be in the message: nothing that drives a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

int replay(const char *path, struct session *session, char *why, size_t size)
{
	struct reader reader = { .why = why, .why_size = size };
	json_t *keys = json_object();
	int err;

	snprintf(why, size, "%s", strerror(ENOMEM));
	err = keys ? open_recording(path, &reader) : -ENOMEM;
	if (!err)
		err = check_recording(&reader, keys);
	if (!err)
		err = feed_recording(&reader, keys, session);
	free(reader.line);
	if (reader.file)
		fclose(reader.file);
	json_decref(keys);
	if (err)
		make_printable(why);
	return err;
}
