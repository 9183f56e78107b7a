/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes and text. Names of devices, processes, drivers and files may be any
 * bytes; from where they enter (collect/emit.c) on, they are UTF-8.
 */
#ifndef NETMEM_UTF8_H
#define NETMEM_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of the character that @text begins with, of which @left are there; 0:
 * none, also for surrogates, overlong forms and what is above U+10FFFF.
 */
size_t utf8_length(const char *text, size_t left);

/* All of it is UTF-8. */
bool utf8_is_valid(const char *text);

/*
 * Any bytes as UTF-8: a byte that belongs to no character becomes "\xNN" (two
 * lower-case hexadecimal digits), and so does a backslash before "x" and two
 * such digits: each "\xNN" of the result is one byte, and nothing is lost.
 * Everything else stays. On the heap; NULL without memory.
 */
char *utf8_escape(const char *bytes);

/* utf8_escape() would change nothing. */
bool utf8_is_escaped(const char *bytes);

/* Takes off the character at the end of @text that was cut, if one was. */
void utf8_cut(char *text);

/*
 * As snprintf(), cut at the border of a character where it does not fit. Returns
 * the bytes that are in @text, below @size: more may be printed behind them.
 */
size_t __attribute__((format(printf, 3, 4)))
utf8_print(char *text, size_t size, const char *format, ...);

/*
 * Is this character, of @length bytes, one that moves a cursor, ends a line or
 * turns the direction of text? C0, DEL, C1, U+061C, U+200E, U+200F, U+2028 to
 * U+202E, U+2066 to U+2069.
 */
bool utf8_is_control(const char *text, size_t length);

#endif
