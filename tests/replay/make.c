// SPDX-License-Identifier: GPL-2.0
/*
 * Completes a recording written by hand: stdin to stdout. Frames pass as they
 * are; an event may be as short as
 *
 *	["HOLD", slot, seq, frame, count]
 *
 * and gets its words, generation and check from the model; the end line gets
 * its number of lines. All pools are of generation 1. What is complete already
 * is computed again, so a fixture can be edited and piped through:
 *
 *	build/tests/make-recording <old.jsonl >new.jsonl
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/judge/session.h"

#define GENERATION 1
#define AGE 256
#define FRAMES_MAX 64

static struct {
	uint64_t frame, word;
} words[FRAMES_MAX];

static uint64_t *word_of(uint64_t frame)
{
	size_t i;

	for (i = 0; i < FRAMES_MAX; i++) {
		if (!words[i].frame)
			words[i].frame = frame;
		if (words[i].frame == frame)
			return &words[i].word;
	}
	fputs("make-recording: too many page frames\n", stderr);
	exit(1);
}

static bool put_event(json_t *line)
{
	json_int_t slot, seq, count;
	struct model_result result;
	struct model_input in = {};
	const char *name;
	json_t *netmem;
	uint64_t *word;
	char *frame;

	if (json_unpack(line, "[s, I, I, o, I]", &name, &slot, &seq, &netmem,
			&count))
		return false;
	in.event = event_by_name(name);
	if (in.event == EVENT_COUNT)
		return false;
	in.slot = slot;
	in.pool_gen = GENERATION;
	in.owner_gen = GENERATION;
	in.age = AGE;
	/* One more member: the pool lost nothing since its first event. */
	in.whole = json_is_true(json_array_get(line, 5));
	/* A number, or a net_iov's reference in hexadecimal. */
	word = word_of(json_is_string(netmem) ?
			       strtoull(json_string_value(netmem), NULL, 16) :
			       (uint64_t)json_integer_value(netmem));
	frame = json_dumps(netmem, JSON_ENCODE_ANY);
	result = model_step(*word, &in);
	printf("[\"%s\", %lld, %lld, %s, %lld, \"%" PRIx64 "\", \"%" PRIx64
	       "\", %d, \"%s\"]\n",
	       name, (long long)slot, (long long)seq, frame, (long long)count,
	       *word, (uint64_t)result.word, GENERATION,
	       result.check ? check_infos[result.check].id : "");
	free(frame);
	*word = result.word;
	return true;
}

static bool put_line(const char *text, uint64_t before)
{
	json_t *line = json_loads(text, 0, NULL);
	const char *type;
	bool good = true;

	if (!line)
		return false;
	type = json_string_value(json_object_get(line, "t"));
	if (json_is_array(line)) {
		good = put_event(line);
	} else if (type && !strcmp(type, "end")) {
		json_object_set_new(line, "lines", json_integer(before));
		json_dumpf(line, stdout, 0);
		putchar('\n');
	} else {
		fputs(text, stdout);
	}
	json_decref(line);
	return good;
}

int main(void)
{
	char *text = NULL;
	uint64_t lines = 0;
	size_t size = 0;

	while (getline(&text, &size, stdin) > 0) {
		if (!put_line(text, lines)) {
			fprintf(stderr,
				"make-recording: line %" PRIu64
				" is neither a frame nor an event\n",
				lines + 1);
			return 1;
		}
		lines++;
	}
	free(text);
	return 0;
}
