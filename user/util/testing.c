// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/testing.h"

/* The text after NAME in the test options: "" or "=VALUE,..."; NULL: not there. */
static const char *find(const char *name)
{
	const char *options = getenv("NETMEM_TEST");
	size_t length = strlen(name);

	while (options && *options) {
		if (!strncmp(options, name, length) &&
		    (!options[length] || options[length] == ',' ||
		     options[length] == '='))
			return options + length;
		options = strchr(options, ',');
		if (options)
			options++;
	}
	return NULL;
}

bool testing_flag(const char *name)
{
	return find(name) != NULL;
}

bool testing_limit(const char *name, uint64_t *value)
{
	const char *found = find(name);

	if (!found || *found != '=')
		return false;
	*value = strtoull(found + 1, NULL, 10);
	return true;
}

bool testing_is(const char *name, const char *value)
{
	const char *found = find(name);
	size_t length = strlen(value);

	return found && *found == '=' && !strncmp(found + 1, value, length) &&
	       (!found[1 + length] || found[1 + length] == ',');
}

bool testing_netns_wanted(uint64_t netns)
{
	const char *path = getenv("NETMEM_TEST_NETNS");
	bool wanted = false;
	uint64_t number;
	FILE *file;

	if (!path)
		return true;
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!wanted && fscanf(file, "%" SCNu64, &number) == 1)
		wanted = number == netns;
	fclose(file);
	return wanted;
}
