// SPDX-License-Identifier: GPL-2.0
/* What the sweep says of a packet: its ends, its socket, who frees it. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "user/holders/private.h"
#include "user/kernel/symbols.h"
#include "sweep.skel.h"

#define GROUPS_MAX 64 /* packets of further kinds are "others" */

static const char *protocol_text(unsigned int protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_UDPLITE:
		return "udplite";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_GRE:
		return "gre";
	default:
		return NULL;
	}
}

static bool has_ports(unsigned int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_SCTP;
}

static void name_end(int family, const uint8_t *address, const uint8_t *port,
		     char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	if (!inet_ntop(family, address, host, sizeof(host)))
		return;
	if (!port)
		snprintf(text, size, "%s", host);
	else
		snprintf(text, size, family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			 host, port[0] << 8 | port[1]);
}

static void name_ends(const struct found_packet *found, int family,
		      unsigned int protocol, const uint8_t *addresses,
		      size_t size, const uint8_t *ports, struct holder *who)
{
	const char *text = protocol_text(protocol);

	if (text)
		snprintf(who->what, sizeof(who->what), "%s", text);
	else
		snprintf(who->what, sizeof(who->what), "protocol %u", protocol);
	if (!has_ports(protocol) ||
	    ports + 4 > found->header + sizeof(found->header))
		ports = NULL;
	name_end(family, addresses, ports, who->remote, sizeof(who->remote));
	name_end(family, addresses + size, ports ? ports + 2 : NULL, who->local,
		 sizeof(who->local));
}

void holders_name_packet(const struct found_packet *found, struct holder *who)
{
	const uint8_t *header = found->header;
	size_t length = (header[0] & 0xf) * 4;

	if (found->protocol == ETH_P_IP && header[0] >> 4 == 4 && length >= 20)
		/* Only the first fragment of a datagram has ports. */
		name_ends(found, AF_INET, header[9], header + 12, 4,
			  (header[6] & 0x1f) || header[7] ?
				  header + sizeof(found->header) :
				  header + length,
			  who);
	else if (found->protocol == ETH_P_IPV6 && header[0] >> 4 == 6)
		name_ends(found, AF_INET6, header[6], header + 8, 16,
			  header + 40, who);
	else if (found->protocol == ETH_P_ARP)
		snprintf(who->what, sizeof(who->what), "arp");
	else
		snprintf(who->what, sizeof(who->what), "ethertype 0x%04x",
			 found->protocol);
}

static int describe(struct sweep *sweep, uint64_t packet, struct holder *who)
{
	const struct found_packet *found = &sweep->skel->bss->found_packet;
	int err = sweep_run(sweep, sweep->skel->progs.sweep_packet, packet, 0);
	char *end;

	if (err)
		return err;
	*who = (struct holder){ .kind = HOLDER_PACKET,
				.place = PLACE_UNKNOWN,
				.whole = true,
				.no_recycle = sweep->unmarked,
				.fd = -1,
				.cpu = -1,
				.queue = -1 };
	holders_name_packet(found, who);
	if (found->socket)
		holders_socket_owner(sweep->holders, found->socket, who);
	if (!found->destructor)
		return 0;
	symbol_name(found->destructor, who->destructor,
		    sizeof(who->destructor));
	end = strchr(who->destructor, '+');
	if (end)
		*end = 0;
	return 0;
}

static bool is_same(const struct holder *a, const struct holder *b)
{
	return !strcmp(a->what, b->what) && !strcmp(a->local, b->local) &&
	       !strcmp(a->remote, b->remote) && a->pid == b->pid &&
	       a->no_recycle == b->no_recycle &&
	       !strcmp(a->destructor, b->destructor);
}

/* The index of the holder of packets like @who. */
static int find_group(struct sweep *sweep, const struct holder *who,
		      uint32_t *index)
{
	struct walk *walk = sweep->walk;
	struct holder others = { .kind = HOLDER_PACKET,
				 .what = "others",
				 .place = PLACE_UNKNOWN,
				 .whole = true,
				 .no_recycle = sweep->unmarked,
				 .fd = -1,
				 .cpu = -1,
				 .queue = -1 };
	size_t i;

	for (i = sweep->groups; i < walk->holder_count; i++) {
		*index = i;
		if (is_same(&walk->holders[i], who))
			return 0;
	}
	if (walk->holder_count > sweep->groups + GROUPS_MAX &&
	    walk->holders[walk->holder_count - 1].no_recycle ==
		    sweep->unmarked) {
		*index = walk->holder_count - 1;
		return 0;
	}
	*index = walk->holder_count;
	if (walk->holder_count >= sweep->groups + GROUPS_MAX)
		who = &others;
	return holders_add(walk, who);
}

int sweep_add_holding(struct sweep *sweep, const struct swept_page *swept)
{
	struct holder who;
	uint32_t index = 0;
	int err = describe(sweep, swept->packet, &who);

	if (!err)
		err = find_group(sweep, &who, &index);
	if (err)
		return err;
	return holders_add_page(sweep->walk, swept->frame, index,
				swept->bytes ?
					swept->bytes :
					sweep->skel->bss->found_packet.length);
}
