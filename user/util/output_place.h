/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the path of an output leads, and whether it can be written there. All
 * of it by looking: nothing is opened for writing or made.
 */
#ifndef NETMEM_OUTPUT_PLACE_H
#define NETMEM_OUTPUT_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* What a path names, through its links. */
struct output_place {
	const char *path; /* as it was given; NULL: standard output */
	int fd; /* the descriptor that it names; -1: none */
	bool direct; /* written to as it is, not beside its place */
	bool exists;
	struct stat status; /* of the file, where it exists */
	struct stat directory_status; /* where it names no descriptor */
	char directory[PATH_MAX], name[NAME_MAX + 1];
};

/* Room for the path of a file beside the place. */
#define OUTPUT_PATH_MAX (PATH_MAX + NAME_MAX + 2)

/*
 * Looks where @path leads, which must live as long as the place. NULL and "-"
 * are standard output; so is /dev/stdout. Returns 0, or after a message a
 * negative errno: for what nobody can write to (a directory, a socket, a block
 * device), and for links and files that others may have put in our way.
 */
int output_place_find(const char *path, struct output_place *place);

/* The same of a file that is read, without a message. */
int output_place_of_input(const char *path, struct output_place *place);

/* "-", /dev/stdout and other names of it; no message. */
bool output_path_is_stdout(const char *path);

/*
 * Whether we may write there, as far as looking can tell: what takes an hour to
 * make must not fail for a wrong path. Returns 0, or a negative errno after a
 * message.
 */
int output_place_check(const struct output_place *place);

/*
 * Whether two of them are one file, by whatever names. A character device such
 * as /dev/null takes what several write.
 */
bool output_places_same(const struct output_place *one,
			const struct output_place *other);

/* The path of @name beside the place. */
void output_place_path(const struct output_place *place, const char *name,
		       char path[OUTPUT_PATH_MAX]);

/* "cannot write ...: WHY" (NULL: what @err says). Returns @err. */
int output_place_refuse(const struct output_place *place, int err,
			const char *why);

#endif
