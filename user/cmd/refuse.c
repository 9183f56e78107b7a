// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>

#include "user/cmd/refuse.h"
#include "user/judge/verdict.h"
#include "user/util/util.h"

bool devices_exist(const struct strings *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (if_nametoindex(devices->items[i]))
			continue;
		pr_error(
			"no device '%s' in this network namespace; `ip link` lists them",
			devices->items[i]);
		return false;
	}
	return true;
}

int open_exit_code(int err)
{
	return err == -EOPNOTSUPP || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
}
