// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <time.h>

#include "user/kernel/multicast.h"
#include "user/kernel/netlink.h"

#define DUMP_TRIES 8

/* A kernel without multicast routing answers with what else has routes. */
static int count_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	uint64_t *count = data;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*route))
		return MNL_CB_OK;
	*count += (route->rtm_family == RTNL_FAMILY_IPMR ||
		   route->rtm_family == RTNL_FAMILY_IP6MR) &&
		  route->rtm_flags & RTNH_F_UNRESOLVED;
	return MNL_CB_OK;
}

/* What is left of a torn dump goes with its socket. */
static int dump_once(unsigned char family, uint64_t *count)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = NULL;
	struct rtmsg *route;
	int err;

	request->nlmsg_type = RTM_GETROUTE;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = time(NULL);
	route = mnl_nlmsg_put_extra_header(request, sizeof(*route));
	route->rtm_family = family;
	err = netlink_open(NETLINK_ROUTE, &socket);
	if (err)
		return err;
	*count = 0;
	err = netlink_exchange(socket, request, count_route, count);
	mnl_socket_close(socket);
	return err;
}

static int dump(unsigned char family, uint64_t *count)
{
	int err, tries = 0;

	do
		err = dump_once(family, count);
	while (err == -EINTR && ++tries < DUMP_TRIES);
	/* No multicast routing, and no other routes either. */
	return err == -EOPNOTSUPP ? 0 : err;
}

int multicast_unresolved(uint64_t *count)
{
	uint64_t of_ipv6 = 0;
	int err;

	*count = 0;
	err = dump(RTNL_FAMILY_IPMR, count);
	if (!err)
		err = dump(RTNL_FAMILY_IP6MR, &of_ipv6);
	*count += of_ipv6;
	return err;
}
