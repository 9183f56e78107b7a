// SPDX-License-Identifier: GPL-2.0
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "user/kernel/xdp.h"

static const char *const action_names[XDP_ACTIONS] = {
	[XDP_ABORTED] = "aborted",   [XDP_DROP] = "drop",
	[XDP_PASS] = "pass",	     [XDP_TX] = "tx",
	[XDP_REDIRECT] = "redirect",
};

const char *xdp_action_name(int action)
{
	if (action < 0 || action >= XDP_ACTIONS)
		return "unknown";
	return action_names[action];
}

const char *xdp_memory_type_name(__u32 type)
{
	static const char *const names[] = { "page_shared", "page_order0",
					     "page_pool", "xsk_buff_pool" };

	return type < sizeof(names) / sizeof(names[0]) ? names[type] :
							 "unknown";
}

static int parse_cpu(const char *text, __u32 *cpu)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end)
		return -EINVAL;
	if (cpus < 0)
		return cpus;
	if (value >= (unsigned long)cpus)
		return -ERANGE;
	*cpu = value;
	return 0;
}

int xdp_parse_target(const char *text, struct xdp_target *target)
{
	static const char to_device[] = "redirect:", to_cpu[] = "cpu:";
	int action;

	memset(target, 0, sizeof(*target));
	if (!strncmp(text, to_device, strlen(to_device))) {
		target->action = XDP_REDIRECT;
		target->device = if_nametoindex(text + strlen(to_device));
		return target->device ? 0 : -ENODEV;
	}
	if (!strncmp(text, to_cpu, strlen(to_cpu))) {
		target->action = XDP_REDIRECT;
		target->to_cpu = true;
		return parse_cpu(text + strlen(to_cpu), &target->cpu);
	}
	for (action = 0; action < XDP_REDIRECT; action++) {
		if (!strcmp(text, action_names[action])) {
			target->action = action;
			return 0;
		}
	}
	return -EINVAL;
}
