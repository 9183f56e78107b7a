/* SPDX-License-Identifier: GPL-2.0 */
/* Is a database a store of ours, and whole? For who writes and who reads one. */
#ifndef NETMEM_STORE_CHECK_H
#define NETMEM_STORE_CHECK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "NMCK" */
#define STORE_APPLICATION 0x4e4d434b
#define STORE_VERSION 1

/* Of a file with hard links: each name would have a log of its own. */
#define STORE_LINKED \
	"it has another name (a hard link), and SQLite looks for its log by one name only"

/* A negative errno for what SQLite returned. */
int store_errno(int code);

/* The number that a query gives; a negative errno, -ENODATA without a row. */
int store_ask(sqlite3 *db, const char *sql, int64_t *number);

/*
 * Returns 0, with *@empty where there is nothing in it yet, or a negative errno
 * with the reason in @why ("" where the errno says all): -EPROTO for one of
 * another program or version, -EMEDIUMTYPE for what is no database, -EUCLEAN for
 * a damaged one.
 */
int store_check(sqlite3 *db, bool *empty, char *why, size_t size);

#endif
