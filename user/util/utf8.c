// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/utf8.h"

/* Bytes of a character by its first one; 0: none begins so. */
static size_t length_by_first(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t utf8_length(const char *text, size_t left)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = left ? length_by_first(*byte) : 0, i;

	if (length > left)
		return 0;
	for (i = 1; i < length; i++)
		if (byte[i] >> 6 != 2)
			return 0;
	if ((*byte == 0xe0 && byte[1] < 0xa0) || /* overlong */
	    (*byte == 0xed && byte[1] > 0x9f) || /* surrogates */
	    (*byte == 0xf0 && byte[1] < 0x90) || /* overlong */
	    (*byte == 0xf4 && byte[1] > 0x8f)) /* above U+10FFFF */
		return 0;
	return length;
}

bool utf8_is_valid(const char *text)
{
	size_t left = strlen(text), length;

	for (; left; text += length, left -= length) {
		length = utf8_length(text, left);
		if (!length)
			return false;
	}
	return true;
}

/* "\xNN", as utf8_escape() writes it */
static bool is_escape(const char *text)
{
	return text[0] == '\\' && text[1] == 'x' &&
	       strspn(text + 2, "0123456789abcdef") >= 2;
}

/* Bytes that stay as they are at the start of @text; 0: one is to be escaped. */
static size_t plain_length(const char *text, size_t left)
{
	return is_escape(text) ? 0 : utf8_length(text, left);
}

bool utf8_is_escaped(const char *bytes)
{
	size_t left = strlen(bytes), length;

	for (; left; bytes += length, left -= length) {
		length = plain_length(bytes, left);
		if (!length)
			return false;
	}
	return true;
}

char *utf8_escape(const char *bytes)
{
	size_t left = strlen(bytes), length;
	char *text = malloc(left * 4 + 1), *to = text;

	if (!text)
		return NULL;
	while (left) {
		length = plain_length(bytes, left);
		if (length)
			to = mempcpy(to, bytes, length);
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*bytes);
		length += !length;
		bytes += length;
		left -= length;
	}
	*to = 0;
	return text;
}

void utf8_cut(char *text)
{
	size_t length = strlen(text), at = length, back;

	for (back = 1; back <= 3 && back <= length; back++) {
		at = length - back;
		if ((unsigned char)text[at] >> 6 == 2)
			continue;
		if (length_by_first(text[at]) > back)
			text[at] = 0;
		return;
	}
}

size_t utf8_print(char *text, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, size, format, args);
	va_end(args);
	if (length < 0)
		text[0] = 0;
	else if ((size_t)length >= size)
		utf8_cut(text);
	return strlen(text);
}

bool utf8_is_control(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (length == 1)
		return *byte < ' ' || *byte == 0x7f;
	if (length == 2)
		return (byte[0] == 0xc2 && byte[1] < 0xa0) ||
		       (byte[0] == 0xd8 && byte[1] == 0x9c);
	if (length != 3 || byte[0] != 0xe2)
		return false;
	return (byte[1] == 0x80 && (byte[2] | 1) == 0x8f) ||
	       (byte[1] == 0x80 && byte[2] >= 0xa8 && byte[2] <= 0xae) ||
	       (byte[1] == 0x81 && byte[2] >= 0xa6 && byte[2] <= 0xa9);
}
