/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that the program writes: reports, recordings, archives. A regular file
 * is written beside its place and put there when it is whole: what was there
 * before survives whatever fails. Until then it has no name, so that nothing of
 * it stays whatever ends us, or, where the file system has no such files or a
 * part is worth something, that of NAME.partial-XXXXXX. Descriptors (standard
 * output, /dev/fd/N), pipes and devices are written to directly.
 *
 * What fails gives its message here.
 */
#ifndef NETMEM_OUTPUT_FILE_H
#define NETMEM_OUTPUT_FILE_H

#include <stdio.h>

enum output_flags {
	OUTPUT_PRIVATE = 1, /* mode 0600 and ours, whatever was there */
	OUTPUT_NEW =
		2, /* -EEXIST, without a message, for a file that is there */
	OUTPUT_KEEP = 4, /* a part is worth something: it stays beside */
};

struct output_file;

/*
 * Opens it for writing; @path as in output_place.h, and until the end. Waits for
 * nobody: a FIFO without a reader is an error. NULL with a negative errno in
 * *@err.
 */
struct output_file *output_file_open(const char *path, unsigned int flags,
				     int *err);
FILE *output_file_stream(const struct output_file *file);

/*
 * Ends it. @err: 0, or the negative errno with which writing failed. What is
 * whole and on the disk is put in its place; else the old file stays. Returns
 * @err, or what ending it found.
 */
int output_file_close(struct output_file *file, int err);

/* Ends what will never be whole. */
void output_file_abandon(struct output_file *file);

/* The same, and nothing of it stays. */
void output_file_discard(struct output_file *file);

#endif
