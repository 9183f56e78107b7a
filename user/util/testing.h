/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test options, from the environment variable NETMEM_TEST: a comma-separated
 * list of NAME or NAME=VALUE (CONTRIBUTING.md lists them). They make real
 * losses and refusals happen that a healthy machine does not show; a report of
 * a run with test options says so.
 */
#ifndef NETMEM_TESTING_H
#define NETMEM_TESTING_H

#include <stdbool.h>
#include <stdint.h>

bool testing_flag(const char *name);
/* NAME=NUMBER: sets *value and returns true; else leaves it alone. */
bool testing_limit(const char *name, uint64_t *value);
/* NAME=VALUE is among the test options. */
bool testing_is(const char *name, const char *value);

/*
 * NETMEM_TEST_NETNS=FILE: a test judges the pools of its own network namespaces
 * only, whose inode numbers are the lines of FILE (0: pools without a device).
 * Without the variable every namespace is wanted.
 */
bool testing_netns_wanted(uint64_t netns);

#endif
