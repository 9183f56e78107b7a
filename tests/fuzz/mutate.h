/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mutates lines of JSON as such: bytes alone seldom get past the parser. A line
 * is left out, doubled or moved; a value of a line is replaced, taken out, or
 * taken from another line.
 */
#ifndef NETMEM_FUZZ_MUTATE_H
#define NETMEM_FUZZ_MUTATE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed);

struct span {
	const char *text;
	size_t length; /* with its line end, if it has one */
};

static inline uint32_t draw(unsigned int *seed, uint32_t below)
{
	return below ? (uint32_t)rand_r(seed) % below : 0;
}

/* The lines of an input; the list is to be freed. */
static inline struct span *split_lines(const char *data, size_t size,
				       size_t *count)
{
	struct span *lines = calloc(size + 1, sizeof(*lines));
	const char *end;
	size_t at;

	*count = 0;
	for (at = 0; lines && at < size; at += lines[(*count)++].length) {
		end = memchr(data + at, '\n', size - at);
		lines[*count].text = data + at;
		lines[*count].length = end ? (size_t)(end - data) + 1 - at :
					     size - at;
	}
	return lines;
}

static inline json_t *any_value(unsigned int *seed)
{
	static const json_int_t numbers[] = { 0,	 1,	     -1,
					      2,	 64,	     255,
					      65535,	 INT32_MAX,  INT32_MIN,
					      1LL << 32, UINT32_MAX, INT64_MAX,
					      INT64_MIN, 1LL << 53,  4096 };
	static const char *const texts[] = { "",	  "x",
					     "dut0",	  "\x1b[2J",
					     "a\nb",	  "0xffffffffffffffff",
					     "\u202egnp", "%s",
					     "complete",  "stalled",
					     "eth0" };

	switch (draw(seed, 8)) {
	case 0:
		return json_string(
			texts[draw(seed, sizeof(texts) / sizeof(*texts))]);
	case 1:
		return json_real((double)rand_r(seed) / 1e6 - 500);
	case 2:
		return draw(seed, 2) ? json_true() : json_false();
	case 3:
		return draw(seed, 2) ? json_array() : json_object();
	case 4:
		return json_integer(rand_r(seed));
	default:
		return json_integer(
			numbers[draw(seed, sizeof(numbers) / sizeof(*numbers))]);
	}
}

static inline const char *any_key(json_t *object, unsigned int *seed)
{
	size_t left = draw(seed, json_object_size(object));
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value)
		if (!left--)
			return key;
	return NULL;
}

/* Changes one member or item somewhere below @json; @other is where more is. */
static inline void change_value(json_t *json, json_t *other, unsigned int *seed)
{
	const char *key = any_key(json, seed);
	size_t index = draw(seed, json_array_size(json));
	json_t *below = key ? json_object_get(json, key) :
			      json_array_get(json, index);

	if ((json_is_object(below) || json_is_array(below)) && draw(seed, 4)) {
		change_value(below, json_object_get(other, key ? key : ""),
			     seed);
	} else if (json_is_object(json) && draw(seed, 4) == 0) {
		key = any_key(other, seed);
		if (key)
			json_object_set(json, key, json_object_get(other, key));
	} else if (key) {
		if (draw(seed, 6))
			json_object_set_new(json, key, any_value(seed));
		else
			json_object_del(json, key);
	} else if (json_is_array(json)) {
		if (below && draw(seed, 6))
			json_array_set_new(json, index, any_value(seed));
		else
			json_array_append(json, below ? below : other);
	}
}

/* The line with one value changed; NULL: it is no JSON. To be freed. */
static inline char *changed_line(struct span line, struct span from,
				 unsigned int *seed)
{
	json_t *json = json_loadb(line.text, line.length, 0, NULL);
	json_t *other = json_loadb(from.text, from.length, 0, NULL);
	char *text = NULL;

	if (json)
		change_value(json, other, seed);
	if (json)
		text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	json_decref(other);
	return text;
}

struct output {
	char *text;
	size_t length, max;
};

/* What does not fit is left out. */
static inline void add_text(struct output *to, const char *text, size_t length)
{
	if (length > to->max - to->length)
		return;
	memcpy(to->text + to->length, text, length);
	to->length += length;
}

#ifdef MEND_END
/* A recording whose end does not fit is refused, and nothing more is seen. */
static inline void mend_end(struct output *to)
{
	size_t count, i;
	struct span *lines = split_lines(to->text, to->length, &count);
	char *kept = malloc(to->length + 1), end[80];
	size_t length = 0, left = 0;

	for (i = 0; lines && kept && i < count; i++) {
		if (memmem(lines[i].text, lines[i].length, "\"end\"", 5))
			continue;
		memcpy(kept + length, lines[i].text, lines[i].length);
		length += lines[i].length;
		left++;
	}
	snprintf(end, sizeof(end),
		 "\n{\"t\":\"end\",\"lines\":%zu,\"duration_ms\":1000}\n",
		 left);
	to->length = 0;
	if (kept)
		add_text(to, kept, length);
	add_text(to, end + (length && kept[length - 1] == '\n'),
		 strlen(end) - (length && kept[length - 1] == '\n'));
	free(kept);
	free(lines);
}
#endif

static inline void mutate_lines(struct output *to, const struct span *lines,
				size_t count, unsigned int *seed)
{
	size_t chosen = draw(seed, count), from = draw(seed, count), i;
	uint32_t how = draw(seed, 8);
	char *changed;

	for (i = 0; i < count; i++) {
		if (i != chosen) {
			add_text(to, lines[i].text, lines[i].length);
			continue;
		}
		if (how == 0)
			continue;
		changed = how > 2 ? changed_line(lines[i], lines[from], seed) :
				    NULL;
		if (changed) {
			add_text(to, changed, strlen(changed));
			add_text(to, "\n", 1);
		} else {
			add_text(to, lines[i].text, lines[i].length);
			add_text(to, lines[from].text, lines[from].length);
		}
		free(changed);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed)
{
	struct output to = { malloc(max + 1), 0, max };
	struct span *lines;
	size_t count;

	if (!to.text || !draw(&seed, 8)) {
		free(to.text);
		return LLVMFuzzerMutate(data, size, max);
	}
	lines = split_lines((const char *)data, size, &count);
	if (lines)
		mutate_lines(&to, lines, count, &seed);
	free(lines);
#ifdef MEND_END
	if (draw(&seed, 32))
		mend_end(&to);
#endif
	memcpy(data, to.text, to.length);
	free(to.text);
	return to.length;
}

#endif
