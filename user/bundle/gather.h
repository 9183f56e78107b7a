/* SPDX-License-Identifier: GPL-2.0 */
/* Gets what goes into a bundle: output of programs, files, the kernel log. */
#ifndef NETMEM_GATHER_H
#define NETMEM_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "user/util/strings.h"

/* What a program gave. */
struct output {
	char *data; /* to be freed */
	size_t size;
	int code; /* its exit status, 128 + a signal's number; -1: not started */
};

/* A file in memory, with a path that our programs can open. Negative errno. */
int memory_file(const char *name, char *path, size_t size);

/* All of a file, from its beginning. Returns 0 or a negative errno. */
int read_all(int fd, char **data, size_t *size);

/*
 * Runs a program and keeps its output, with @errors that of its standard error
 * too, else this goes away. It is killed after @seconds, and when *@interrupted
 * becomes true. argv[0] is looked up in PATH. Returns 0 or a negative errno.
 */
int run_program(char *const argv[], bool errors, unsigned int seconds,
		const volatile bool *interrupted, struct output *output);

/*
 * Lines of the kernel log that have one of the words, as `dmesg` shows them.
 * Returns 0 or a negative errno, -EPERM where the log is not for us.
 */
int kernel_log(const struct strings *words, char **data, size_t *size);

#endif
