// SPDX-License-Identifier: GPL-2.0
/* What packet a page begins with: nobody says where in it, so it is looked for. */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "user/holders/private.h"
#include "sweep.skel.h"

static unsigned int word_at(const uint8_t *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

/* The sum over a header with its own checksum is all ones. */
static bool is_ipv4(const uint8_t *header, size_t left)
{
	size_t length = (header[0] & 0xf) * 4, i;
	uint32_t sum = 0;

	if (header[0] >> 4 != 4 || length < 20 || length > left)
		return false;
	for (i = 0; i < length; i += 2)
		sum += word_at(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static bool is_arp(const uint8_t *header)
{
	static const uint8_t ipv4_of_ethernet[] = { 0, 1, 8, 0, 6, 4 };

	return !memcmp(header, ipv4_of_ethernet, sizeof(ipv4_of_ethernet));
}

/* Is there the network header of an Ethernet frame? */
static bool is_network_header(const uint8_t *header, size_t left)
{
	switch (word_at(header - 2)) {
	case ETH_P_IP:
		return is_ipv4(header, left);
	case ETH_P_IPV6:
		return header[0] >> 4 == 6;
	case ETH_P_ARP:
		return is_arp(header);
	default:
		return false;
	}
}

static void describe(const uint8_t *frame, size_t at, char *text, size_t size)
{
	struct found_packet found = { .protocol = word_at(frame + 12) };
	struct holder who = {};

	memcpy(found.header, frame + ETH_HLEN, sizeof(found.header));
	holders_name_packet(&found, &who);
	snprintf(
		text, size,
		"byte %zu: %02x:%02x:%02x:%02x:%02x:%02x > %02x:%02x:%02x:%02x:%02x:%02x, %s%s%s%s%s",
		at, frame[6], frame[7], frame[8], frame[9], frame[10],
		frame[11], frame[0], frame[1], frame[2], frame[3], frame[4],
		frame[5], who.what, *who.remote ? " " : "", who.remote,
		*who.local ? " > " : "", who.local);
}

int holders_peek(struct holders *holders, uint64_t pfn, char *text, size_t size)
{
	struct sweep_result steps;
	int err = sweep_begin(holders, &steps);
	const uint8_t *bytes;
	size_t at, left;

	/* Without its programs there is nothing to see. */
	if (err || holders->sweep->error)
		return err ? err : -ENOENT;
	err = sweep_run(holders->sweep, holders->sweep->skel->progs.search_peek,
			pfn, 0);
	if (err)
		return err;
	bytes = holders->sweep->skel->bss->peeked;
	for (at = 0; at + ETH_HLEN + 64 <= PEEK_BYTES; at += 2) {
		left = PEEK_BYTES - at - ETH_HLEN;
		if (!is_network_header(bytes + at + ETH_HLEN, left))
			continue;
		describe(bytes + at, at, text, size);
		return 0;
	}
	return -ENOENT;
}
