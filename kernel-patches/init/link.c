// SPDX-License-Identifier: GPL-2.0
/*
 * Network devices through rtnetlink, with as many messages as we need.
 */
#include "init.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr header;
	char body[1024];
};

static void *append(struct request *request, const void *data, size_t size)
{
	char *at = (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);

	if (data)
		memcpy(at, data, size);
	request->header.nlmsg_len = at + NLMSG_ALIGN(size) - (char *)request;
	return at;
}

static struct rtattr *attribute(struct request *request, int type,
				const void *data, size_t size)
{
	struct rtattr head = { .rta_len = RTA_LENGTH(size), .rta_type = type };
	struct rtattr *at = append(request, &head, sizeof(head));

	if (size)
		append(request, data, size);
	return at;
}

/* Ends an attribute that has others inside it. */
static void close_nest(struct request *request, struct rtattr *nest)
{
	nest->rta_len = (char *)request +
			NLMSG_ALIGN(request->header.nlmsg_len) - (char *)nest;
}

static void begin(struct request *request, int type, int flags)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_HDRLEN;
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

/* Sends the request and waits for its answer: 0 or a negative errno. */
static int talk(struct request *request, const char *what, const char *name)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer = {};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int err = -EIO;

	if (fd >= 0 && send(fd, request, request->header.nlmsg_len, 0) > 0 &&
	    recv(fd, &answer, sizeof(answer), 0) > 0 &&
	    answer.header.nlmsg_type == NLMSG_ERROR)
		err = answer.error.error;
	if (fd >= 0)
		close(fd);
	if (err)
		printf("cannot %s '%s': %s\n", what, name, strerror(-err));
	return err;
}

int link_up(const char *name)
{
	struct ifinfomsg info = {
		.ifi_index = if_nametoindex(name),
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct request request;

	begin(&request, RTM_NEWLINK, 0);
	append(&request, &info, sizeof(info));
	return talk(&request, "bring up", name);
}

int link_add_veth(const char *name, const uint8_t mac[6], const char *peer,
		  const uint8_t peer_mac[6])
{
	struct rtattr *link_info, *data, *peer_info;
	struct ifinfomsg info = {};
	struct request request;

	begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	append(&request, &info, sizeof(info));
	attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
	attribute(&request, IFLA_ADDRESS, mac, 6);
	link_info = attribute(&request, IFLA_LINKINFO, NULL, 0);
	attribute(&request, IFLA_INFO_KIND, "veth", 5);
	data = attribute(&request, IFLA_INFO_DATA, NULL, 0);
	peer_info = attribute(&request, VETH_INFO_PEER, NULL, 0);
	append(&request, &info, sizeof(info));
	attribute(&request, IFLA_IFNAME, peer, strlen(peer) + 1);
	attribute(&request, IFLA_ADDRESS, peer_mac, 6);
	close_nest(&request, peer_info);
	close_nest(&request, data);
	close_nest(&request, link_info);
	return talk(&request, "make veth", name);
}

int link_move(const char *name, int pid)
{
	struct ifinfomsg info = { .ifi_index = if_nametoindex(name) };
	struct request request;

	begin(&request, RTM_NEWLINK, 0);
	append(&request, &info, sizeof(info));
	attribute(&request, IFLA_NET_NS_PID, &pid, sizeof(pid));
	return talk(&request, "move", name);
}

int link_address(const char *name, const char *address, int prefix)
{
	struct ifaddrmsg info = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = prefix,
		.ifa_index = if_nametoindex(name),
	};
	struct request request;
	struct in_addr ip;

	if (!inet_aton(address, &ip))
		return -EINVAL;
	begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	append(&request, &info, sizeof(info));
	attribute(&request, IFA_LOCAL, &ip, sizeof(ip));
	attribute(&request, IFA_ADDRESS, &ip, sizeof(ip));
	return talk(&request, "give an address to", name);
}
