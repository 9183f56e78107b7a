/* SPDX-License-Identifier: GPL-2.0 */
/* Messages, times and other small things that every file uses. */
#ifndef NETMEM_UTIL_H
#define NETMEM_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof(*(array)))

/* "netmem-check: MESSAGE" on stderr. Lower case, subject quoted, no full stop. */
void __attribute__((format(printf, 1, 2))) pr_error(const char *format, ...);

/*
 * What a negative errno says to people. The kernel's internal numbers above
 * those of the C library come through some of its calls.
 */
const char *error_text(int err);

/*
 * What this process ran short of, files or memory: that says nothing of what the
 * kernel can do.
 */
bool error_is_shortage(int err);

/* CLOCK_MONOTONIC in nanoseconds, the clock of bpf_ktime_get_ns(). */
uint64_t now_ns(void);

/* The longest time that is taken: in nanoseconds it fits into 63 bits. */
#define TIME_MAX_DAYS 100000

/*
 * Parses a time like "90", "250ms", "10s", "5m", "2h" or "1d" into
 * milliseconds. Returns 0, -EINVAL, or -ERANGE above TIME_MAX_DAYS.
 */
int parse_time(const char *text, uint64_t *ms);

/* Time for people: "350 ms", "4.2 s", "3 m 20 s". */
const char *format_time(uint64_t ms, char *buffer, size_t size);

/* qsort() of a list that may be empty, and then NULL, which qsort() is not to get. */
void sort_list(void *items, size_t count, size_t size,
	       int (*compare)(const void *, const void *));

/*
 * How many columns a text may have: what COLUMNS says, else what the terminal
 * @to has; 0 when neither is known.
 */
int text_columns(FILE *to);

/*
 * Text from the kernel, a user or a file: "?" for each control character
 * (utf8_is_control()) and for each byte that is no text.
 */
void print_clean(FILE *to, const char *text, size_t length);

/* The same to the text itself; returns it. */
char *clean_text(char *text);

/* Both would leave it as it is. */
bool is_clean(const char *text);

/*
 * The words of a text in lines of at most @width columns, of which the first
 * begins in column @at and the others in column @indent; a longer word stays
 * whole. Ends the line.
 */
void print_words(FILE *to, int width, int indent, int at, const char *text);

/*
 * Allows this process as many open files as it may have. files_limit_restore()
 * is for children, which are to get what we got.
 */
void files_limit_raise(void);
void files_limit_restore(void);

/*
 * Finds a file of ours by the place of the program: beside it when it runs from
 * its build tree, else where `make install` put it. Returns 0, or a negative
 * errno.
 */
int find_data_file(const char *name, char *path, size_t size);

#endif
