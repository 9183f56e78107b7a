// SPDX-License-Identifier: GPL-2.0
/*
 * Marvell NETA Ethernet controller, as in the Armada 3700: a device model for
 * QEMU, true in what the Linux driver does with it
 * (drivers/net/ethernet/marvell/mvneta.c).
 *
 * What it has: eight RX and eight TX queues, frames over several descriptors,
 * checksums both ways, coalescing, filters, MIB counters, in-band and forced
 * link, and faults to order (properties below) for the driver's error paths.
 *
 * What it has not: the buffer manager, TX rate limits (the token registers
 * only store), priorities among queues, jumbo pause frames, EEE, PTP, the MDIO
 * bus, big-endian descriptors (DESC_SWAP), interrupts of one CPU (the Armada
 * 3700 has none), migration.
 *
 * A descriptor that leads nowhere (its ring or its buffer is not RAM, a size
 * of zero, no end of the frame) costs the frame: RX counts it in the MIB
 * counter mac_receive_error, TX in internal_mac_transmit_err, and both raise
 * INTERNAL_ADDR_ERR when memory was the reason. Each loop below takes at least
 * one descriptor a round from a count that the ring size bounds.
 */
#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "hw/irq.h"
#include "hw/net/mvneta.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#include "migration/vmstate.h"
#include "net/checksum.h"
#include "net/eth.h"
#include "net/net.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "qom/object.h"
#include "sysemu/dma.h"
#include <zlib.h>

OBJECT_DECLARE_SIMPLE_TYPE(NetaState, MVNETA)

/* More than MAX_RX_SIZE can say (13 bits of 2 bytes), and than the MTU needs */
#define NETA_FRAME_MAX (16 * 1024)
#define NETA_FCS_LEN 4
/* What GMAC_CTRL_0 allows after a reset */
#define NETA_RESET_MAX_RX_SIZE 1518

typedef struct NetaRxQueue {
	NetaState *s;
	unsigned id;
	unsigned next; /* the descriptor that the next frame starts in */
	unsigned occupied; /* received, and not yet taken by the driver */
	unsigned non_occupied; /* free for frames */
	bool time_up; /* the coalescing time of what is occupied is over */
	QEMUTimer *timer;
} NetaRxQueue;

typedef struct NetaTxQueue {
	NetaState *s;
	unsigned id;
	unsigned next; /* the descriptor to send next */
	unsigned pending; /* handed over by the driver, not yet read */
	unsigned sent; /* done with, and not yet taken by the driver */

	/* The frame whose descriptors are being read */
	bool frame_open;
	bool frame_bad;
	unsigned frame_descs;
	uint32_t frame_command;
	size_t frame_len;
	uint8_t *frame;

	/* tx-complete-delay-us: the batch on its way, and what came after it */
	unsigned completing;
	unsigned waiting;
	QEMUTimer *complete_timer;

	/* tx-stall-every */
	bool stalled;
	bool stall_over; /* the frame ahead has had its stall */
	QEMUTimer *stall_timer;
} NetaTxQueue;

struct NetaState {
	SysBusDevice parent_obj;
	MemoryRegion iomem;
	qemu_irq irq;
	NICState *nic;
	NICConf conf;

	uint32_t regs[MVNETA_MMIO_SIZE / 4];
	uint32_t misc_cause;
	NetaRxQueue rxq[MVNETA_QUEUES];
	NetaTxQueue txq[MVNETA_QUEUES];
	uint8_t rx_frame[MVNETA_MH_SIZE + NETA_FRAME_MAX + NETA_FCS_LEN];

	bool link_up; /* as the MAC sees it */
	bool flap_down; /* link-flap-ms: the wire is cut now */
	bool rx_blocked; /* the backend holds frames for us */
	bool tx_blocked; /* the backend takes no more frames now */
	QEMUTimer *flap_timer;

	/* Properties */
	bool fixed_link; /* only the device-tree node differs */
	uint32_t rx_error_every;
	uint32_t rx_overrun_every;
	uint32_t tx_complete_delay_us;
	uint32_t tx_stall_every;
	uint32_t tx_stall_ms;
	uint32_t link_flap_ms;

	/* Frames that the faults have counted */
	uint32_t rx_error_seen;
	uint32_t rx_errors;
	uint32_t rx_overrun_seen;
	uint32_t tx_stall_seen;
};

/* DMA reaches RAM only: never a device, and so never our own registers. */
static const MemTxAttrs neta_dma_attrs = { .memory = 1 };

/* Registers that only keep what was written, and queue fields of others */

static uint32_t neta_reg(NetaState *s, hwaddr offset)
{
	return s->regs[offset / 4];
}

static void neta_set_reg(NetaState *s, hwaddr offset, uint32_t value)
{
	s->regs[offset / 4] = value;
}

static unsigned neta_rx_ring_size(NetaRxQueue *q)
{
	return neta_reg(q->s, MVNETA_RXQ_SIZE_REG(q->id)) &
	       MVNETA_DESC_COUNT_MASK;
}

static unsigned neta_tx_ring_size(NetaTxQueue *q)
{
	return neta_reg(q->s, MVNETA_TXQ_SIZE_REG(q->id)) &
	       MVNETA_DESC_COUNT_MASK;
}

static hwaddr neta_rx_desc(NetaRxQueue *q, unsigned index)
{
	return (hwaddr)neta_reg(q->s, MVNETA_RXQ_BASE_ADDR_REG(q->id)) +
	       index * MVNETA_DESC_ALIGNED_SIZE;
}

static hwaddr neta_tx_desc(NetaTxQueue *q, unsigned index)
{
	return (hwaddr)neta_reg(q->s, MVNETA_TXQ_BASE_ADDR_REG(q->id)) +
	       index * MVNETA_DESC_ALIGNED_SIZE;
}

static bool neta_dma_read(hwaddr addr, void *buf, size_t len)
{
	return dma_memory_read(&address_space_memory, addr, buf, len,
			       neta_dma_attrs) == MEMTX_OK;
}

static bool neta_dma_write(hwaddr addr, const void *buf, size_t len)
{
	return dma_memory_write(&address_space_memory, addr, buf, len,
				neta_dma_attrs) == MEMTX_OK;
}

/* Whether a fault that is due every so many frames is due with this one */
static bool neta_fault_due(uint32_t *seen, uint32_t every)
{
	if (!every || ++*seen < every)
		return false;
	*seen = 0;
	return true;
}

/* Interrupts: causes are levels of the queues, but for the misc cause */

static bool neta_rx_wants_irq(NetaRxQueue *q)
{
	uint32_t threshold = neta_reg(q->s, MVNETA_RXQ_THRESHOLD_REG(q->id));

	return q->occupied > (threshold & MVNETA_DESC_COUNT_MASK) ||
	       (q->occupied && q->time_up);
}

static bool neta_rx_wants_buffers(NetaRxQueue *q)
{
	uint32_t threshold = neta_reg(q->s, MVNETA_RXQ_THRESHOLD_REG(q->id)) >>
			     MVNETA_RXQ_NON_OCCUPIED_SHIFT;

	return q->non_occupied < (threshold & MVNETA_DESC_COUNT_MASK);
}

static bool neta_tx_wants_irq(NetaTxQueue *q)
{
	uint32_t threshold = neta_reg(q->s, MVNETA_TXQ_SIZE_REG(q->id)) >>
			     MVNETA_TXQ_SENT_THRESH_SHIFT;

	return q->sent > (threshold & MVNETA_DESC_COUNT_MASK);
}

static uint32_t neta_cause(NetaState *s)
{
	uint32_t cause = 0;
	unsigned i;

	for (i = 0; i < MVNETA_QUEUES; i++) {
		if (neta_tx_wants_irq(&s->txq[i]))
			cause |= MVNETA_CAUSE_TXQ_SENT(i);
		if (neta_rx_wants_irq(&s->rxq[i]))
			cause |= MVNETA_CAUSE_RXQ_OCCUPIED(i);
		if (neta_rx_wants_buffers(&s->rxq[i]))
			cause |= MVNETA_CAUSE_RXQ_FREE(i);
	}
	if (s->misc_cause & neta_reg(s, MVNETA_INTR_MISC_MASK))
		cause |= MVNETA_MISCINTR_INTR_MASK;
	return cause;
}

/* INTR_ENABLE has the queues' bits the other way round: RX first. */
static uint32_t neta_enabled_causes(NetaState *s)
{
	uint32_t enable = neta_reg(s, MVNETA_INTR_ENABLE);
	uint32_t rx = enable & MVNETA_RXQ_INTR_ENABLE_ALL_MASK;
	uint32_t tx = (enable & MVNETA_TXQ_INTR_ENABLE_ALL_MASK) >> 8;

	return MVNETA_MISCINTR_INTR_MASK | rx << 16 | rx << 8 | tx;
}

static void neta_update_irq(NetaState *s)
{
	uint32_t mask = neta_reg(s, MVNETA_INTR_NEW_MASK);

	qemu_set_irq(s->irq, !!(neta_cause(s) & mask & neta_enabled_causes(s)));
}

static void neta_raise_misc(NetaState *s, uint32_t cause)
{
	s->misc_cause |= cause;
	neta_update_irq(s);
}

/* MIB counters */

static void neta_count(NetaState *s, hwaddr counter)
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

static void neta_count_rx_good(NetaState *s, const uint8_t *frame, size_t len)
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

static void neta_count_rx_bad(NetaState *s, hwaddr why, size_t len)
{
	hwaddr octets = MVNETA_MIB_BAD_OCTETS_RECEIVED;

	neta_set_reg(s, octets, neta_reg(s, octets) + len + NETA_FCS_LEN);
	neta_count(s, MVNETA_MIB_BAD_FRAMES_RECEIVED);
	neta_count_size(s, len + NETA_FCS_LEN);
	neta_count(s, why);
}

static void neta_count_tx(NetaState *s, const uint8_t *frame, size_t len)
{
	neta_count_octets64(s, MVNETA_MIB_GOOD_OCTETS_SENT, len + NETA_FCS_LEN);
	neta_count(s, MVNETA_MIB_GOOD_FRAMES_SENT);
	neta_count_size(s, len + NETA_FCS_LEN);
	if (is_broadcast_ether_addr(frame))
		neta_count(s, MVNETA_MIB_BROADCAST_FRAMES_SENT);
	else if (is_multicast_ether_addr(frame))
		neta_count(s, MVNETA_MIB_MULTICAST_FRAMES_SENT);
}

/* Link */

static bool neta_wire_up(NetaState *s)
{
	return !qemu_get_queue(s->nic)->link_down && !s->flap_down;
}

static bool neta_mac_up(NetaState *s)
{
	return (neta_reg(s, MVNETA_GMAC_CTRL_0) & MVNETA_GMAC0_PORT_ENABLE) &&
	       !(neta_reg(s, MVNETA_GMAC_CTRL_2) & MVNETA_GMAC2_PORT_RESET);
}

/*
 * A forced link is up whatever the wire does: frames are lost then. In-band
 * negotiation with an ideal partner takes no time.
 */
static bool neta_link_state(NetaState *s)
{
	uint32_t an = neta_reg(s, MVNETA_GMAC_AUTONEG_CONFIG);

	if (!neta_mac_up(s) || (an & MVNETA_GMAC_FORCE_LINK_DOWN))
		return false;
	return (an & MVNETA_GMAC_FORCE_LINK_PASS) || neta_wire_up(s);
}

static uint32_t neta_gmac_status(NetaState *s)
{
	uint32_t an = neta_reg(s, MVNETA_GMAC_AUTONEG_CONFIG);
	uint32_t status = 0;

	if (neta_wire_up(s))
		status |= MVNETA_GMAC_SYNC_OK;
	if (!s->link_up)
		return status;

	status |= MVNETA_GMAC_LINK_UP;
	if (an & MVNETA_GMAC_INBAND_AN_ENABLE)
		status |= MVNETA_GMAC_AN_COMPLETE;
	if (an & (MVNETA_GMAC_AN_SPEED_EN | MVNETA_GMAC_CONFIG_GMII_SPEED))
		status |= MVNETA_GMAC_SPEED_1000;
	else if (an & MVNETA_GMAC_CONFIG_MII_SPEED)
		status |= MVNETA_GMAC_SPEED_100;
	if (an & (MVNETA_GMAC_AN_DUPLEX_EN | MVNETA_GMAC_CONFIG_FULL_DUPLEX))
		status |= MVNETA_GMAC_FULL_DUPLEX;
	/* The partner advertises no pause: only a forced one is on. */
	if (!(an & MVNETA_GMAC_AN_FLOW_CTRL_EN) &&
	    (an & MVNETA_GMAC_CONFIG_FLOW_CTRL))
		status |= MVNETA_GMAC_RX_FLOW_CTRL_ENABLE |
			  MVNETA_GMAC_TX_FLOW_CTRL_ENABLE;
	return status;
}

static void neta_rx_resume(NetaState *s);
static void neta_tx_run_all(NetaState *s);

static void neta_update_link(NetaState *s)
{
	bool up = neta_link_state(s);

	if (up == s->link_up)
		return;
	s->link_up = up;
	neta_raise_misc(s, MVNETA_CAUSE_LINK_CHANGE);
	neta_rx_resume(s);
	neta_tx_run_all(s);
}

static void neta_link_flap(void *opaque)
{
	NetaState *s = opaque;

	s->flap_down = !s->flap_down;
	timer_mod(s->flap_timer,
		  qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + s->link_flap_ms);
	neta_update_link(s);
	/* Where the link is forced it has not changed, but frames may wait. */
	neta_rx_resume(s);
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
static uint32_t neta_rx_csum_status(uint8_t *frame, size_t len)
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
static void neta_tx_checksum(uint8_t *frame, size_t len, uint32_t command)
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

/* RX */

static bool neta_rx_enabled(NetaRxQueue *q)
{
	return neta_reg(q->s, MVNETA_RXQ_CMD) & MVNETA_BIT(q->id);
}

static bool neta_rx_active(NetaState *s)
{
	return s->link_up && neta_wire_up(s);
}

/* The largest frame that GMAC_CTRL_0 lets in, with its FCS */
static size_t neta_max_rx_size(NetaState *s)
{
	return 2 * ((neta_reg(s, MVNETA_GMAC_CTRL_0) &
		     MVNETA_GMAC_MAX_RX_SIZE_MASK) >>
		    MVNETA_GMAC_MAX_RX_SIZE_SHIFT);
}

/* CRC-8 of polynomial 0x07: the index of the other multicast table */
static uint8_t neta_mcast_hash(const uint8_t *addr)
{
	uint8_t crc = 0;
	unsigned i, bit;

	for (i = 0; i < ETH_ALEN; i++) {
		crc ^= addr[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc & 0x80 ? crc << 1 ^ 0x07 : crc << 1;
	}
	return crc;
}

/* The queue of an entry of a filter table, NULL when it rejects. */
static NetaRxQueue *neta_filter_entry(NetaState *s, hwaddr table,
				      unsigned index)
{
	uint32_t entry = neta_reg(s, table + index / 4 * 4) >> 8 * (index % 4);

	if (!(entry & MVNETA_DA_FILT_ACCEPT))
		return NULL;
	return &s->rxq[entry >> MVNETA_DA_FILT_QUEUE_SHIFT &
		       MVNETA_DEF_RXQ_MASK];
}

/*
 * A unicast address must be ours but for its last nibble, which the table
 * looks at.
 */
static NetaRxQueue *neta_filter_unicast(NetaState *s, const uint8_t *addr)
{
	uint32_t config = neta_reg(s, MVNETA_PORT_CONFIG);
	uint32_t high = neta_reg(s, MVNETA_MAC_ADDR_HIGH);
	uint32_t low = neta_reg(s, MVNETA_MAC_ADDR_LOW);
	NetaRxQueue *q = NULL;

	if (ldl_be_p(addr) == high &&
	    (lduw_be_p(addr + 4) & 0xfff0) == (low & 0xfff0))
		q = neta_filter_entry(s, MVNETA_DA_FILT_UCAST_BASE,
				      addr[5] & 0xf);
	if (!q && (config & MVNETA_UNI_PROMISC_MODE))
		q = &s->rxq[config >> MVNETA_DEF_RXQ_SHIFT &
			    MVNETA_DEF_RXQ_MASK];
	return q;
}

/* The queue that a frame goes to, NULL when the filters reject it. */
static NetaRxQueue *neta_filter(NetaState *s, const uint8_t *frame)
{
	static const uint8_t special[] = { 0x01, 0x00, 0x5e, 0x00, 0x00 };
	uint32_t config = neta_reg(s, MVNETA_PORT_CONFIG);
	unsigned shift;

	if (is_broadcast_ether_addr(frame)) {
		shift = lduw_be_p(frame + 12) == ETH_P_ARP ?
				MVNETA_DEF_RXQ_ARP_SHIFT :
				MVNETA_DEF_RXQ_SHIFT;
		return &s->rxq[config >> shift & MVNETA_DEF_RXQ_MASK];
	}
	if (!is_multicast_ether_addr(frame))
		return neta_filter_unicast(s, frame);
	if (memcmp(frame, special, sizeof(special)) == 0)
		return neta_filter_entry(s, MVNETA_DA_FILT_SPEC_MCAST,
					 frame[5]);
	return neta_filter_entry(s, MVNETA_DA_FILT_OTH_MCAST,
				 neta_mcast_hash(frame));
}

/* Bytes of each buffer, and of the first that stay free */
static size_t neta_rx_buffer_size(NetaRxQueue *q)
{
	return neta_reg(q->s, MVNETA_RXQ_SIZE_REG(q->id)) >>
	       MVNETA_RXQ_BUF_SIZE_SHIFT << 3;
}

static size_t neta_rx_offset(NetaRxQueue *q)
{
	return (neta_reg(q->s, MVNETA_RXQ_CONFIG_REG(q->id)) &
		MVNETA_RXQ_PKT_OFFSET_ALL_MASK) >>
	       MVNETA_RXQ_PKT_OFFSET_SHIFT << 3;
}

/* How many descriptors bytes take; 0 when the queue can never take them. */
static unsigned neta_rx_descs_needed(NetaRxQueue *q, size_t bytes)
{
	size_t size = neta_rx_buffer_size(q), offset = neta_rx_offset(q);
	uint32_t config = neta_reg(q->s, MVNETA_RXQ_CONFIG_REG(q->id));
	size_t descs;

	if (!neta_rx_enabled(q) || (config & MVNETA_RXQ_HW_BUF_ALLOC) ||
	    size <= offset)
		return 0;
	descs = DIV_ROUND_UP(offset + bytes, size);
	return descs <= neta_rx_ring_size(q) ? descs : 0;
}

/* Scatters a frame; false when a buffer or its descriptor is not RAM. */
static bool neta_rx_fill(NetaRxQueue *q, unsigned descs, size_t bytes)
{
	size_t size = neta_rx_buffer_size(q), offset = neta_rx_offset(q);
	const uint8_t *data = q->s->rx_frame;
	unsigned i, ring = neta_rx_ring_size(q);
	uint32_t addr;
	size_t chunk;

	for (i = 0; i < descs; i++, offset = 0) {
		hwaddr desc = neta_rx_desc(q, (q->next + i) % ring);

		chunk = MIN(bytes, size - offset);
		if (!neta_dma_read(desc + MVNETA_DESC_BUF_PHYS_ADDR, &addr,
				   sizeof(addr)))
			return false;
		addr = le32_to_cpu(addr);
		if (!addr ||
		    !neta_dma_write((hwaddr)addr + offset, data, chunk))
			return false;
		data += chunk;
		bytes -= chunk;
	}
	return true;
}

static void neta_rx_start_time(NetaRxQueue *q)
{
	uint64_t clocks = neta_reg(q->s, MVNETA_RXQ_TIME_COAL_REG(q->id));
	uint64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);

	if (clocks)
		timer_mod(q->timer, now + clocks * NANOSECONDS_PER_SECOND /
						    MVNETA_CLOCK_HZ);
	else
		q->time_up = true;
}

/*
 * Hands a frame to the driver. All its descriptors say so before any of them
 * counts as occupied, as the driver takes those that it sees.
 */
static void neta_rx_publish(NetaRxQueue *q, unsigned descs, size_t bytes,
			    uint32_t status)
{
	unsigned i, ring = neta_rx_ring_size(q);

	for (i = 0; i < descs; i++) {
		uint32_t head[2] = { 0, cpu_to_le32(bytes << 16) };

		if (i == 0)
			head[0] |= status | MVNETA_RXD_FIRST_DESC;
		if (i == descs - 1)
			head[0] |= MVNETA_RXD_LAST_DESC;
		head[0] = cpu_to_le32(head[0]);
		neta_dma_write(neta_rx_desc(q, (q->next + i) % ring) +
				       MVNETA_DESC_STATUS,
			       head, sizeof(head));
	}
	q->next = (q->next + descs) % ring;
	q->non_occupied -= descs;
	q->occupied += descs;

	if (!q->time_up && !timer_pending(q->timer))
		neta_rx_start_time(q);
	neta_update_irq(q->s);
}

static void neta_rx_time_up(void *opaque)
{
	NetaRxQueue *q = opaque;

	q->time_up = true;
	neta_update_irq(q->s);
}

/* rx-error-every: the four errors that a descriptor can tell, in turn */
static uint32_t neta_rx_inject_error(NetaState *s, size_t len)
{
	static const uint32_t errors[] = { MVNETA_RXD_ERR_CRC,
					   MVNETA_RXD_ERR_OVERRUN,
					   MVNETA_RXD_ERR_LEN,
					   MVNETA_RXD_ERR_RESOURCE };
	uint32_t error = errors[s->rx_errors++ % ARRAY_SIZE(errors)];

	if (error == MVNETA_RXD_ERR_CRC) {
		neta_count_rx_bad(s, MVNETA_MIB_BAD_CRC_EVENT, len);
		s->misc_cause |= MVNETA_CAUSE_RX_CRC_ERROR;
	} else {
		neta_count_rx_bad(s, MVNETA_MIB_MAC_RECEIVE_ERROR, len);
	}
	return MVNETA_RXD_ERR_SUMMARY | error;
}

/* A frame that passed the filters and has its descriptors */
static void neta_rx_deliver(NetaRxQueue *q, unsigned descs, size_t len)
{
	size_t bytes = MVNETA_MH_SIZE + len + NETA_FCS_LEN;
	NetaState *s = q->s;
	uint8_t *frame = s->rx_frame + MVNETA_MH_SIZE;
	uint32_t status;

	memset(s->rx_frame, 0, MVNETA_MH_SIZE);
	stl_le_p(frame + len, crc32(0, frame, len));
	if (!neta_rx_fill(q, descs, bytes)) {
		neta_count_rx_bad(s, MVNETA_MIB_MAC_RECEIVE_ERROR, len);
		s->misc_cause |= MVNETA_CAUSE_INTERNAL_ADDR_ERR;
		status = MVNETA_RXD_ERR_SUMMARY | MVNETA_RXD_ERR_RESOURCE;
	} else if (neta_fault_due(&s->rx_error_seen, s->rx_error_every)) {
		status = neta_rx_inject_error(s, len);
	} else {
		neta_count_rx_good(s, frame, len);
		status = neta_rx_csum_status(frame, len);
	}
	neta_rx_publish(q, descs, bytes, status);
}

/* Frames that nothing can take are lost at once: the backend need not wait. */
static bool neta_can_receive(NetClientState *nc)
{
	NetaState *s = qemu_get_nic_opaque(nc);
	bool any = false;
	unsigned i;

	if (!neta_rx_active(s))
		return true;
	for (i = 0; i < MVNETA_QUEUES; i++) {
		if (!neta_rx_enabled(&s->rxq[i]) ||
		    !neta_rx_ring_size(&s->rxq[i]))
			continue;
		if (s->rxq[i].non_occupied)
			return true;
		any = true;
	}
	s->rx_blocked = any;
	return !any;
}

static ssize_t neta_receive(NetClientState *nc, const uint8_t *buf, size_t size)
{
	NetaState *s = qemu_get_nic_opaque(nc);
	size_t len = MAX(size, ETH_ZLEN);
	NetaRxQueue *q;
	unsigned descs;

	if (!neta_rx_active(s))
		return size;
	if (size < ETH_HLEN) {
		neta_count(s, MVNETA_MIB_UNDERSIZE_RECEIVED);
		return size;
	}
	if (len + NETA_FCS_LEN > neta_max_rx_size(s)) {
		neta_count(s, MVNETA_MIB_OVERSIZE_RECEIVED);
		neta_raise_misc(s, MVNETA_CAUSE_RX_LARGE_PKT);
		return size;
	}
	q = neta_filter(s, buf);
	if (!q)
		return size;
	descs = neta_rx_descs_needed(q, MVNETA_MH_SIZE + len + NETA_FCS_LEN);
	if (!descs) {
		neta_count(s, MVNETA_RX_DISCARD_FRAME_COUNT);
		return size;
	}
	/* The wire would lose it here; a backend can keep it for the refill. */
	if (descs > q->non_occupied) {
		s->rx_blocked = true;
		return 0;
	}
	if (neta_fault_due(&s->rx_overrun_seen, s->rx_overrun_every)) {
		neta_count(s, MVNETA_OVERRUN_FRAME_COUNT);
		neta_raise_misc(s, MVNETA_CAUSE_RX_OVERRUN);
		return size;
	}
	memcpy(s->rx_frame + MVNETA_MH_SIZE, buf, size);
	memset(s->rx_frame + MVNETA_MH_SIZE + size, 0, len - size);
	neta_rx_deliver(q, descs, len);
	return size;
}

/* Something changed that frames may have waited for. */
static void neta_rx_resume(NetaState *s)
{
	if (!s->rx_blocked)
		return;
	s->rx_blocked = false;
	qemu_flush_queued_packets(qemu_get_queue(s->nic));
}

static void neta_rx_status_update(NetaRxQueue *q, uint32_t value)
{
	unsigned done = value & MVNETA_UPDATE_MASK;
	unsigned add = value >> MVNETA_RXQ_NON_OCCUPIED_SHIFT &
		       MVNETA_UPDATE_MASK;
	unsigned ring = neta_rx_ring_size(q);
	unsigned room;

	if (done > q->occupied) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "mvneta: rxq %u: %u taken of %u occupied\n",
			      q->id, done, q->occupied);
		done = q->occupied;
	}
	q->occupied -= done;
	room = ring - MIN(ring, q->occupied + q->non_occupied);
	if (add > room) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "mvneta: rxq %u: %u added to room for %u\n",
			      q->id, add, room);
		add = room;
	}
	q->non_occupied += add;

	/* What is left has its own time to wait. */
	if (done) {
		timer_del(q->timer);
		q->time_up = false;
		if (q->occupied)
			neta_rx_start_time(q);
	}
	neta_update_irq(q->s);
	if (add)
		neta_rx_resume(q->s);
}

static void neta_rx_queue_reset(NetaRxQueue *q)
{
	timer_del(q->timer);
	q->next = 0;
	q->occupied = 0;
	q->non_occupied = 0;
	q->time_up = false;
}

/*
 * Another ring, or another size of it: nothing of the old counts any more. The
 * other fields of the size register can change at any time.
 */
static void neta_rx_ring_set(NetaRxQueue *q, hwaddr offset, uint32_t value)
{
	unsigned size = neta_rx_ring_size(q);

	neta_set_reg(q->s, offset, value);
	if (offset != MVNETA_RXQ_SIZE_REG(q->id) ||
	    size != neta_rx_ring_size(q))
		neta_rx_queue_reset(q);
}

/* TX */

static bool neta_tx_active(NetaTxQueue *q)
{
	NetaState *s = q->s;

	return s->link_up && !s->tx_blocked && !q->stalled &&
	       (neta_reg(s, MVNETA_TXQ_CMD) & MVNETA_BIT(q->id));
}

/* Descriptors of the ring that the driver has handed over and not got back */
static unsigned neta_tx_in_flight(NetaTxQueue *q)
{
	return q->pending + q->frame_descs + q->completing + q->waiting +
	       q->sent;
}

static void neta_tx_arm_completion(NetaTxQueue *q)
{
	q->completing = q->waiting;
	q->waiting = 0;
	if (q->completing)
		timer_mod(q->complete_timer,
			  qemu_clock_get_us(QEMU_CLOCK_VIRTUAL) +
				  q->s->tx_complete_delay_us);
}

/* Gives the descriptors of the frame back, at once or when its time comes. */
static void neta_tx_complete(NetaTxQueue *q)
{
	if (!q->s->tx_complete_delay_us) {
		q->sent += q->frame_descs;
	} else {
		q->waiting += q->frame_descs;
		if (!q->completing)
			neta_tx_arm_completion(q);
	}
	q->frame_descs = 0;
	q->frame_open = false;
}

static void neta_tx_completed(void *opaque)
{
	NetaTxQueue *q = opaque;

	q->sent += q->completing;
	neta_tx_arm_completion(q);
	neta_update_irq(q->s);
}

static void neta_tx_drop(NetaTxQueue *q)
{
	neta_count(q->s, MVNETA_MIB_INTERNAL_MAC_TRANSMIT_ERR);
	neta_tx_complete(q);
}

static void neta_tx_unblocked(NetClientState *nc, ssize_t len)
{
	NetaState *s = qemu_get_nic_opaque(nc);

	s->tx_blocked = false;
	neta_tx_run_all(s);
}

static void neta_tx_send(NetaTxQueue *q)
{
	NetaState *s = q->s;

	neta_tx_checksum(q->frame, q->frame_len, q->frame_command);
	neta_count_tx(s, q->frame, q->frame_len);
	neta_tx_complete(q);
	if (neta_wire_up(s) &&
	    qemu_send_packet_async(qemu_get_queue(s->nic), q->frame,
				   q->frame_len, neta_tx_unblocked) == 0)
		s->tx_blocked = true;
}

static void neta_tx_end_frame(NetaTxQueue *q, uint32_t command)
{
	if ((command & MVNETA_TXD_Z_PAD) && q->frame_len < ETH_ZLEN) {
		memset(q->frame + q->frame_len, 0, ETH_ZLEN - q->frame_len);
		q->frame_len = ETH_ZLEN;
	}
	if (q->frame_bad || !(command & MVNETA_TXD_L_DESC) ||
	    q->frame_len < ETH_HLEN)
		neta_tx_drop(q);
	else
		neta_tx_send(q);
}

/* Adds the buffer of a descriptor to the open frame. */
static void neta_tx_gather(NetaTxQueue *q, uint32_t addr, size_t size)
{
	if (q->frame_bad || !size || q->frame_len + size > NETA_FRAME_MAX) {
		q->frame_bad = true;
	} else if (!neta_dma_read(addr, q->frame + q->frame_len, size)) {
		q->frame_bad = true;
		q->s->misc_cause |= MVNETA_CAUSE_INTERNAL_ADDR_ERR;
	} else {
		q->frame_len += size;
	}
}

static void neta_tx_begin_frame(NetaTxQueue *q, uint32_t command)
{
	q->frame_open = true;
	q->frame_bad = false;
	q->frame_len = 0;
	q->frame_command = command;
}

/* Takes one pending descriptor, whatever it holds. */
static void neta_tx_descriptor(NetaTxQueue *q)
{
	unsigned ring = neta_tx_ring_size(q);
	uint32_t desc[4], command;
	bool readable =
		neta_dma_read(neta_tx_desc(q, q->next), desc, sizeof(desc));

	q->next = (q->next + 1) % ring;
	q->pending--;
	command = readable ? le32_to_cpu(desc[0]) : 0;

	/* The frame before has no end. */
	if (q->frame_open && (command & MVNETA_TXD_F_DESC))
		neta_tx_drop(q);
	q->frame_descs++;
	if (!readable) {
		q->s->misc_cause |= MVNETA_CAUSE_INTERNAL_ADDR_ERR;
		neta_tx_drop(q);
		return;
	}
	if (command & MVNETA_TXD_F_DESC) {
		neta_tx_begin_frame(q, command);
	} else if (!q->frame_open) {
		neta_tx_drop(q);
		return;
	}
	neta_tx_gather(q, le32_to_cpu(desc[2]), le32_to_cpu(desc[1]) >> 16);
	/* A ring full of one frame will not see its end either. */
	if ((command & MVNETA_TXD_L_DESC) || q->frame_descs >= ring)
		neta_tx_end_frame(q, command);
}

/* tx-stall-every: this frame stays in the ring for tx-stall-ms. */
static bool neta_tx_stall(NetaTxQueue *q)
{
	NetaState *s = q->s;

	if (q->frame_open)
		return false;
	if (q->stall_over) {
		q->stall_over = false;
		return false;
	}
	if (!neta_fault_due(&s->tx_stall_seen, s->tx_stall_every))
		return false;
	q->stalled = true;
	if (s->tx_stall_ms)
		timer_mod(q->stall_timer,
			  qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) +
				  s->tx_stall_ms);
	return true;
}

static void neta_tx_run(NetaTxQueue *q)
{
	while (q->pending && neta_tx_active(q) && !neta_tx_stall(q))
		neta_tx_descriptor(q);
	neta_update_irq(q->s);
}

static void neta_tx_run_all(NetaState *s)
{
	unsigned i;

	for (i = 0; i < MVNETA_QUEUES; i++)
		neta_tx_run(&s->txq[i]);
}

static void neta_tx_end_stall(NetaTxQueue *q)
{
	if (!q->stalled)
		return;
	timer_del(q->stall_timer);
	q->stalled = false;
	q->stall_over = true;
}

static void neta_tx_stall_over(void *opaque)
{
	NetaTxQueue *q = opaque;

	neta_tx_end_stall(q);
	neta_tx_run(q);
}

static void neta_tx_update(NetaTxQueue *q, uint32_t value)
{
	unsigned add = value & MVNETA_UPDATE_MASK;
	unsigned done = value >> MVNETA_TXQ_DEC_SENT_SHIFT & MVNETA_UPDATE_MASK;
	unsigned ring = neta_tx_ring_size(q);
	unsigned room;

	if (done > q->sent) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "mvneta: txq %u: %u taken of %u sent\n", q->id,
			      done, q->sent);
		done = q->sent;
	}
	q->sent -= done;
	room = ring - MIN(ring, neta_tx_in_flight(q));
	if (add > room) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "mvneta: txq %u: %u added to room for %u\n",
			      q->id, add, room);
		add = room;
	}
	q->pending += add;
	neta_tx_run(q);
}

static void neta_tx_queue_reset(NetaTxQueue *q)
{
	timer_del(q->complete_timer);
	timer_del(q->stall_timer);
	q->next = 0;
	q->pending = 0;
	q->sent = 0;
	q->frame_open = false;
	q->frame_descs = 0;
	q->completing = 0;
	q->waiting = 0;
	q->stalled = false;
	q->stall_over = false;
}

static void neta_tx_ring_set(NetaTxQueue *q, hwaddr offset, uint32_t value)
{
	unsigned size = neta_tx_ring_size(q);

	neta_set_reg(q->s, offset, value);
	if (offset != MVNETA_TXQ_SIZE_REG(q->id) ||
	    size != neta_tx_ring_size(q))
		neta_tx_queue_reset(q);
}

/* Registers */

/* RXQ_CMD and TXQ_CMD: a disable bit wins over its enable bit. */
static uint32_t neta_queue_command(NetaState *s, hwaddr offset, uint32_t value)
{
	uint32_t enables = neta_reg(s, offset) | value;
	uint32_t disables = value >> MVNETA_QUEUE_DISABLE_SHIFT;

	enables &= ~disables & MVNETA_QUEUE_ENABLE_MASK;
	neta_set_reg(s, offset, enables);
	return disables & MVNETA_QUEUE_ENABLE_MASK;
}

static void neta_tx_command(NetaState *s, uint32_t value)
{
	uint32_t disables = neta_queue_command(s, MVNETA_TXQ_CMD, value);
	unsigned i;

	for (i = 0; i < MVNETA_QUEUES; i++) {
		if (disables & MVNETA_BIT(i))
			neta_tx_end_stall(&s->txq[i]);
	}
	neta_tx_run_all(s);
}

static void neta_rx_reset(NetaState *s)
{
	unsigned i;

	neta_set_reg(s, MVNETA_RXQ_CMD, 0);
	for (i = 0; i < MVNETA_QUEUES; i++)
		neta_rx_queue_reset(&s->rxq[i]);
	neta_update_irq(s);
	neta_rx_resume(s);
}

static void neta_tx_reset(NetaState *s)
{
	unsigned i;

	neta_set_reg(s, MVNETA_TXQ_CMD, 0);
	for (i = 0; i < MVNETA_QUEUES; i++)
		neta_tx_queue_reset(&s->txq[i]);
	neta_update_irq(s);
}

static bool neta_clears_on_read(hwaddr offset)
{
	return offset == MVNETA_RX_DISCARD_FRAME_COUNT ||
	       offset == MVNETA_OVERRUN_FRAME_COUNT ||
	       (offset >= MVNETA_MIB_COUNTERS_BASE &&
		offset <= MVNETA_MIB_LATE_COLLISION);
}

static uint64_t neta_read(void *opaque, hwaddr offset, unsigned size)
{
	NetaState *s = opaque;
	uint32_t value = neta_reg(s, offset);
	unsigned q = offset >> 2 & (MVNETA_QUEUES - 1);

	switch (offset) {
	case MVNETA_RXQ_STATUS_REG(0)... MVNETA_RXQ_STATUS_REG(7):
		return s->rxq[q].non_occupied << MVNETA_RXQ_NON_OCCUPIED_SHIFT |
		       s->rxq[q].occupied;
	case MVNETA_TXQ_STATUS_REG(0)... MVNETA_TXQ_STATUS_REG(7):
		return s->txq[q].sent << MVNETA_TXQ_SENT_DESC_SHIFT |
		       s->txq[q].pending;
	case MVNETA_PORT_STATUS:
		return MVNETA_TX_FIFO_EMPTY;
	case MVNETA_INTR_NEW_CAUSE:
		return neta_cause(s);
	case MVNETA_INTR_MISC_CAUSE:
		return s->misc_cause;
	case MVNETA_GMAC_STATUS:
		return neta_gmac_status(s);
	}
	if (neta_clears_on_read(offset))
		neta_set_reg(s, offset, 0);
	return value;
}

/* What the queues do with a write; false for a register of others. */
static bool neta_write_queue(NetaState *s, hwaddr offset, uint32_t value)
{
	unsigned q = offset >> 2 & (MVNETA_QUEUES - 1);

	switch (offset) {
	case MVNETA_RXQ_BASE_ADDR_REG(0)... MVNETA_RXQ_BASE_ADDR_REG(7):
	case MVNETA_RXQ_SIZE_REG(0)... MVNETA_RXQ_SIZE_REG(7):
		neta_rx_ring_set(&s->rxq[q], offset, value);
		break;
	case MVNETA_RXQ_STATUS_UPDATE_REG(0)... MVNETA_RXQ_STATUS_UPDATE_REG(7):
		neta_rx_status_update(&s->rxq[q], value);
		break;
	case MVNETA_RXQ_CMD:
		neta_queue_command(s, offset, value);
		neta_rx_resume(s);
		break;
	case MVNETA_PORT_RX_RESET:
		if (value & MVNETA_PORT_RX_DMA_RESET)
			neta_rx_reset(s);
		break;
	case MVNETA_TXQ_BASE_ADDR_REG(0)... MVNETA_TXQ_BASE_ADDR_REG(7):
	case MVNETA_TXQ_SIZE_REG(0)... MVNETA_TXQ_SIZE_REG(7):
		neta_tx_ring_set(&s->txq[q], offset, value);
		break;
	case MVNETA_TXQ_UPDATE_REG(0)... MVNETA_TXQ_UPDATE_REG(7):
		neta_tx_update(&s->txq[q], value);
		break;
	case MVNETA_TXQ_CMD:
		neta_tx_command(s, value);
		break;
	case MVNETA_PORT_TX_RESET:
		if (value & MVNETA_PORT_TX_DMA_RESET)
			neta_tx_reset(s);
		break;
	default:
		return false;
	}
	neta_update_irq(s);
	return true;
}

static bool neta_is_read_only(hwaddr offset)
{
	switch (offset) {
	case MVNETA_RXQ_STATUS_REG(0)... MVNETA_RXQ_STATUS_REG(7):
	case MVNETA_TXQ_STATUS_REG(0)... MVNETA_TXQ_STATUS_REG(7):
	case MVNETA_PORT_STATUS:
	case MVNETA_GMAC_STATUS:
		return true;
	}
	return neta_clears_on_read(offset);
}

static void neta_write(void *opaque, hwaddr offset, uint64_t value,
		       unsigned size)
{
	NetaState *s = opaque;

	if (neta_is_read_only(offset) || neta_write_queue(s, offset, value))
		return;
	switch (offset) {
	case MVNETA_INTR_MISC_CAUSE:
		/* Writing zeros clears. */
		s->misc_cause &= value;
		break;
	case MVNETA_UNIT_INTR_CAUSE:
	case MVNETA_INTR_OLD_CAUSE:
		value &= neta_reg(s, offset);
		neta_set_reg(s, offset, value);
		break;
	case MVNETA_INTR_NEW_CAUSE:
		/* Levels: they go with their reason only. */
		break;
	default:
		neta_set_reg(s, offset, value);
	}
	if (offset == MVNETA_GMAC_CTRL_0 || offset == MVNETA_GMAC_CTRL_2 ||
	    offset == MVNETA_GMAC_AUTONEG_CONFIG)
		neta_update_link(s);
	neta_update_irq(s);
}

static const MemoryRegionOps neta_ops = {
	.read = neta_read,
	.write = neta_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid.min_access_size = 4,
	.valid.max_access_size = 4,
};

/* Life */

static void neta_link_status_changed(NetClientState *nc)
{
	NetaState *s = qemu_get_nic_opaque(nc);

	neta_update_link(s);
	neta_rx_resume(s);
}

static NetClientInfo neta_net_info = {
	.type = NET_CLIENT_DRIVER_NIC,
	.size = sizeof(NICState),
	.can_receive = neta_can_receive,
	.receive = neta_receive,
	.link_status_changed = neta_link_status_changed,
};

/*
 * tx_blocked stays: a frame that the backend still holds calls us when it has
 * left.
 */
static void neta_reset(DeviceState *dev)
{
	NetaState *s = MVNETA(dev);
	const uint8_t *mac = s->conf.macaddr.a;

	memset(s->regs, 0, sizeof(s->regs));
	neta_set_reg(s, MVNETA_MAC_ADDR_HIGH, ldl_be_p(mac));
	neta_set_reg(s, MVNETA_MAC_ADDR_LOW, lduw_be_p(mac + 4));
	neta_set_reg(s, MVNETA_GMAC_CTRL_0,
		     NETA_RESET_MAX_RX_SIZE / 2
			     << MVNETA_GMAC_MAX_RX_SIZE_SHIFT);
	s->misc_cause = 0;
	s->link_up = false;
	s->flap_down = false;
	s->rx_error_seen = 0;
	s->rx_errors = 0;
	s->rx_overrun_seen = 0;
	s->tx_stall_seen = 0;
	if (s->link_flap_ms)
		timer_mod(s->flap_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) +
						 s->link_flap_ms);
	neta_rx_reset(s);
	neta_tx_reset(s);
}

static void neta_realize(DeviceState *dev, Error **errp)
{
	NetaState *s = MVNETA(dev);
	unsigned i;

	for (i = 0; i < MVNETA_QUEUES; i++) {
		NetaRxQueue *rxq = &s->rxq[i];
		NetaTxQueue *txq = &s->txq[i];

		rxq->s = txq->s = s;
		rxq->id = txq->id = i;
		rxq->timer =
			timer_new_ns(QEMU_CLOCK_VIRTUAL, neta_rx_time_up, rxq);
		txq->frame = g_malloc(NETA_FRAME_MAX);
		txq->complete_timer = timer_new_us(QEMU_CLOCK_VIRTUAL,
						   neta_tx_completed, txq);
		txq->stall_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL,
						neta_tx_stall_over, txq);
	}
	s->flap_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, neta_link_flap, s);

	qemu_macaddr_default_if_unset(&s->conf.macaddr);
	s->nic = qemu_new_nic(&neta_net_info, &s->conf,
			      object_get_typename(OBJECT(dev)), dev->id,
			      &dev->mem_reentrancy_guard, s);
	qemu_format_nic_info_str(qemu_get_queue(s->nic), s->conf.macaddr.a);
}

static void neta_init(Object *obj)
{
	NetaState *s = MVNETA(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	memory_region_init_io(&s->iomem, obj, &neta_ops, s, TYPE_MVNETA,
			      MVNETA_MMIO_SIZE);
	sysbus_init_mmio(sbd, &s->iomem);
	sysbus_init_irq(sbd, &s->irq);
}

static Property neta_properties[] = {
	DEFINE_NIC_PROPERTIES(NetaState, conf),
	/* The device tree says fixed-link instead of in-band-status. */
	DEFINE_PROP_BOOL("fixed-link", NetaState, fixed_link, false),
	/* Every Nth frame has an error in its descriptor. */
	DEFINE_PROP_UINT32("rx-error-every", NetaState, rx_error_every, 0),
	/* Every Nth frame is lost as in a full FIFO. */
	DEFINE_PROP_UINT32("rx-overrun-every", NetaState, rx_overrun_every, 0),
	/* Descriptors come back so long after their frame left, at least. */
	DEFINE_PROP_UINT32("tx-complete-delay-us", NetaState,
			   tx_complete_delay_us, 0),
	/*
	 * Every Nth frame keeps its queue from sending for tx-stall-ms (0: for
	 * ever), or until the queue is disabled or reset.
	 */
	DEFINE_PROP_UINT32("tx-stall-every", NetaState, tx_stall_every, 0),
	DEFINE_PROP_UINT32("tx-stall-ms", NetaState, tx_stall_ms, 100),
	/* The wire is cut and mended every N ms. */
	DEFINE_PROP_UINT32("link-flap-ms", NetaState, link_flap_ms, 0),
	DEFINE_PROP_END_OF_LIST(),
};

static const VMStateDescription neta_vmstate = {
	.name = TYPE_MVNETA,
	.unmigratable = 1,
};

static void neta_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "Marvell NETA Ethernet controller (Armada 3700)";
	dc->realize = neta_realize;
	dc->reset = neta_reset;
	dc->vmsd = &neta_vmstate;
	/* The board makes its node in the device tree. */
	dc->user_creatable = true;
	device_class_set_props(dc, neta_properties);
	set_bit(DEVICE_CATEGORY_NETWORK, dc->categories);
}

static const TypeInfo neta_info = {
	.name = TYPE_MVNETA,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(NetaState),
	.instance_init = neta_init,
	.class_init = neta_class_init,
};

static void neta_register_types(void)
{
	type_register_static(&neta_info);
}

type_init(neta_register_types)
