// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "user/cmd/refuse.h"
#include "user/facts/filter.h"
#include "user/judge/verdict.h"
#include "user/kernel/netns.h"
#include "user/util/util.h"

/* Not a wrong name: the system had not what it takes to look. */
static bool is_shortage(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

static int refuse_netns(const char *asked, size_t length, int err)
{
	if (is_shortage(err)) {
		if (length)
			pr_error(
				"cannot look into network namespace '%.*s': %s",
				(int)length, asked, error_text(err));
		else
			pr_error("cannot look into this network namespace: %s",
				 error_text(err));
		return EXIT_RUNTIME;
	}
	if (err == -EPERM || err == -EACCES) {
		pr_error(
			"cannot look into network namespace '%.*s': %s",
			(int)length, asked,
			err == -EPERM ?
				"CAP_SYS_ADMIN is missing" :
				"CAP_SYS_PTRACE is missing, for processes of other users");
		return EXIT_CANNOT;
	}
	pr_error(
		"no network namespace '%.*s': %s", (int)length, asked,
		err == -ENOENT ?
			"it is none of /run/netns, and no process with this number is there, or in one of this number" :
			error_text(err));
	return EXIT_USAGE;
}

static int check_device(const char *asked)
{
	const char *device;
	size_t length = filter_netns_length(asked, &device);
	int fd = netns_open(asked, length), err;
	uint32_t ifindex;

	if (fd < 0)
		return refuse_netns(asked, length, fd);
	ifindex = netns_ifindex(fd, device);
	err = errno;
	close(fd);
	if (ifindex)
		return EXIT_PASS;
	if (err == EPERM || is_shortage(-err))
		return refuse_netns(asked, length, -err);
	if (length)
		pr_error("no device '%s' in network namespace '%.*s'", device,
			 (int)length, asked);
	else
		pr_error(
			"no device '%s' in this network namespace; `ip link` lists them",
			device);
	return EXIT_USAGE;
}

int check_devices(const struct strings *devices)
{
	int code = EXIT_PASS;
	size_t i;

	for (i = 0; !code && i < devices->count; i++)
		code = check_device(devices->items[i]);
	return code;
}

int open_exit_code(int err)
{
	return err == -EOPNOTSUPP || err == -EPERM ? EXIT_CANNOT : EXIT_RUNTIME;
}
