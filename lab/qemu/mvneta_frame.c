// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC of mvneta.c: what it counts of frames (the MIB), and the checksums that
 * it finds and makes.
 */
#include "qemu/osdep.h"
#include "mvneta_int.h"
#include "net/checksum.h"
#include "net/eth.h"

/* MIB counters */

void neta_count(NetaState *s, hwaddr counter)
{
	neta_set_reg(s, counter, neta_reg(s, counter) + 1);
}

static void neta_count_octets64(NetaState *s, hwaddr counter, size_t len)
{
	uint64_t octets = (uint64_t)neta_reg(s, counter + 4) << 32 |
			  neta_reg(s, counter);

	octets += len;
	neta_set_reg(s, counter, octets);
	neta_set_reg(s, counter + 4, octets >> 32);
}

/* The size counters see both directions, and like all octets the FCS. */
static void neta_count_size(NetaState *s, size_t octets)
{
	if (octets <= 64)
		neta_count(s, MVNETA_MIB_FRAMES_64_OCTETS);
	else if (octets <= 127)
		neta_count(s, MVNETA_MIB_FRAMES_65_TO_127_OCTETS);
	else if (octets <= 255)
		neta_count(s, MVNETA_MIB_FRAMES_128_TO_255_OCTETS);
	else if (octets <= 511)
		neta_count(s, MVNETA_MIB_FRAMES_256_TO_511_OCTETS);
	else if (octets <= 1023)
		neta_count(s, MVNETA_MIB_FRAMES_512_TO_1023_OCTETS);
	else
		neta_count(s, MVNETA_MIB_FRAMES_1024_TO_MAX_OCTETS);
}

void neta_count_rx_good(NetaState *s, const uint8_t *frame, size_t len)
{
	neta_count_octets64(s, MVNETA_MIB_GOOD_OCTETS_RECEIVED,
			    len + NETA_FCS_LEN);
	neta_count(s, MVNETA_MIB_GOOD_FRAMES_RECEIVED);
	neta_count_size(s, len + NETA_FCS_LEN);
	if (is_broadcast_ether_addr(frame))
		neta_count(s, MVNETA_MIB_BROADCAST_FRAMES_RECEIVED);
	else if (is_multicast_ether_addr(frame))
		neta_count(s, MVNETA_MIB_MULTICAST_FRAMES_RECEIVED);
}

void neta_count_rx_bad(NetaState *s, hwaddr why, size_t len)
{
	hwaddr octets = MVNETA_MIB_BAD_OCTETS_RECEIVED;

	neta_set_reg(s, octets, neta_reg(s, octets) + len + NETA_FCS_LEN);
	neta_count(s, MVNETA_MIB_BAD_FRAMES_RECEIVED);
	neta_count_size(s, len + NETA_FCS_LEN);
	neta_count(s, why);
}

void neta_count_tx(NetaState *s, const uint8_t *frame, size_t len)
{
	neta_count_octets64(s, MVNETA_MIB_GOOD_OCTETS_SENT, len + NETA_FCS_LEN);
	neta_count(s, MVNETA_MIB_GOOD_FRAMES_SENT);
	neta_count_size(s, len + NETA_FCS_LEN);
	if (is_broadcast_ether_addr(frame))
		neta_count(s, MVNETA_MIB_BROADCAST_FRAMES_SENT);
	else if (is_multicast_ether_addr(frame))
		neta_count(s, MVNETA_MIB_MULTICAST_FRAMES_SENT);
}

/* Checksums */

/* Sum of a TCP or UDP segment with its pseudo header: both addresses and more */
static uint16_t neta_l4_checksum(uint8_t *addrs, int addr_len, uint8_t proto,
				 uint8_t *l4, size_t l4_len)
{
	uint32_t sum = net_checksum_add(l4_len, l4) +
		       net_checksum_add(addr_len, addrs) + proto + l4_len;

	return net_checksum_finish(sum);
}

/* Where the network header of a frame is, over one VLAN tag; 0 for no IP. */
static size_t neta_ip_offset(const uint8_t *frame, size_t len, uint16_t *proto)
{
	size_t offset = ETH_HLEN;

	*proto = lduw_be_p(frame + 12);
	if (*proto == ETH_P_VLAN && len >= ETH_HLEN + 4) {
		*proto = lduw_be_p(frame + 16);
		offset += 4;
	}
	return *proto == ETH_P_IP || *proto == ETH_P_IPV6 ? offset : 0;
}

static bool neta_l4_is_good(uint8_t *addrs, int addr_len, uint8_t proto,
			    uint8_t *l4, size_t l4_len)
{
	if (proto == IP_PROTO_UDP && l4_len >= 8) {
		/* IPv4's way to say that there is none */
		if (addr_len == 8 && lduw_be_p(l4 + 6) == 0)
			return true;
	} else if (proto != IP_PROTO_TCP || l4_len < 20) {
		return false;
	}
	return neta_l4_checksum(addrs, addr_len, proto, l4, l4_len) == 0;
}

/* The bits of an RX descriptor that tell what the parser found */
uint32_t neta_rx_csum_status(uint8_t *frame, size_t len)
{
	uint16_t proto;
	size_t offset = neta_ip_offset(frame, len, &proto), hlen, total;
	uint8_t *ip = frame + offset;

	if (!offset)
		return 0;
	len -= offset;
	if (proto == ETH_P_IPV6) {
		total = len < 40 ? 0 : 40 + lduw_be_p(ip + 4);
		return total && total <= len &&
				       neta_l4_is_good(ip + 8, 32, ip[6],
						       ip + 40, total - 40) ?
			       MVNETA_RXD_L4_CSUM_OK :
			       0;
	}
	if (len < 20)
		return 0;
	hlen = (ip[0] & 0xf) * 4;
	total = lduw_be_p(ip + 2);
	if (ip[0] >> 4 != 4 || hlen < 20 || total < hlen || total > len ||
	    net_raw_checksum(ip, hlen) != 0)
		return 0;
	/* A fragment (more to come, or not the first) has no sum of its own. */
	if ((lduw_be_p(ip + 6) & 0x3fff) ||
	    !neta_l4_is_good(ip + 12, 8, ip[9], ip + hlen, total - hlen))
		return MVNETA_RXD_L3_IP4;
	return MVNETA_RXD_L3_IP4 | MVNETA_RXD_L4_CSUM_OK;
}

/*
 * What the command of the first descriptor asks for. Headers that do not fit
 * in the frame leave it as it is.
 */
void neta_tx_checksum(uint8_t *frame, size_t len, uint32_t command)
{
	size_t l3 = command & MVNETA_TX_L3_OFF_MASK;
	size_t hlen = 4 * ((command >> MVNETA_TX_IP_HLEN_SHIFT) &
			   MVNETA_TX_IP_HLEN_MASK);
	bool ip6 = command & MVNETA_TX_L3_IP6, udp = command & MVNETA_TX_L4_UDP;
	size_t total, field = udp ? 6 : 16;
	uint8_t *ip = frame + l3, *l4 = ip + hlen;
	uint16_t sum;

	if (hlen < (ip6 ? 40 : 20) || l3 + hlen > len)
		return;
	if (!ip6 && (command & MVNETA_TXD_IP_CSUM)) {
		stw_be_p(ip + 10, 0);
		stw_be_p(ip + 10, net_raw_checksum(ip, hlen));
	}
	if ((command & (MVNETA_TX_L4_CSUM_FULL | MVNETA_TX_L4_CSUM_NOT)) !=
	    MVNETA_TX_L4_CSUM_FULL)
		return;
	total = ip6 ? 40 + lduw_be_p(ip + 4) : lduw_be_p(ip + 2);
	if (total < hlen + field + 2 || l3 + total > len)
		return;
	stw_be_p(l4 + field, 0);
	sum = neta_l4_checksum(ip + (ip6 ? 8 : 12), ip6 ? 32 : 8,
			       udp ? IP_PROTO_UDP : IP_PROTO_TCP, l4,
			       total - hlen);
	stw_be_p(l4 + field, udp && !sum ? 0xffff : sum);
}
