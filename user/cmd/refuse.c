// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd/refuse.h"
#include "user/facts/filter.h"
#include "user/judge/verdict.h"
#include "user/kernel/netns.h"
#include "user/util/util.h"

static bool device_exists(const char *asked)
{
	const char *device;
	size_t length = filter_netns_length(asked, &device);
	int fd = netns_open(asked, length);
	uint32_t ifindex;

	if (fd < 0) {
		pr_error(
			"no network namespace '%.*s': %s", (int)length, asked,
			fd == -ENOENT ?
				"it is none of /run/netns, and no process with this number is there, or in one of this number" :
				error_text(fd));
		return false;
	}
	ifindex = netns_ifindex(fd, device);
	close(fd);
	if (!ifindex && length)
		pr_error("no device '%s' in network namespace '%.*s'", device,
			 (int)length, asked);
	else if (!ifindex)
		pr_error(
			"no device '%s' in this network namespace; `ip link` lists them",
			device);
	return ifindex;
}

bool devices_exist(const struct strings *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (!device_exists(devices->items[i]))
			return false;
	return true;
}

int open_exit_code(int err)
{
	return err == -EOPNOTSUPP || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
}
