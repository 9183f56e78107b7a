// SPDX-License-Identifier: GPL-2.0
/* The NIC of mvneta.c: frames that it receives. */
#include "qemu/osdep.h"
#include "mvneta_int.h"
#include "net/eth.h"
#include "qemu/log.h"
#include <zlib.h>

static hwaddr neta_rx_desc(NetaRxQueue *q, unsigned index)
{
	return (hwaddr)neta_reg(q->s, MVNETA_RXQ_BASE_ADDR_REG(q->id)) +
	       index * MVNETA_DESC_ALIGNED_SIZE;
}

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

void neta_rx_time_up(void *opaque)
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
bool neta_can_receive(NetClientState *nc)
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

ssize_t neta_receive(NetClientState *nc, const uint8_t *buf, size_t size)
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
void neta_rx_resume(NetaState *s)
{
	if (!s->rx_blocked)
		return;
	s->rx_blocked = false;
	qemu_flush_queued_packets(qemu_get_queue(s->nic));
}

void neta_rx_status_update(NetaRxQueue *q, uint32_t value)
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

void neta_rx_queue_reset(NetaRxQueue *q)
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
void neta_rx_ring_set(NetaRxQueue *q, hwaddr offset, uint32_t value)
{
	unsigned size = neta_rx_ring_size(q);

	neta_set_reg(q->s, offset, value);
	if (offset != MVNETA_RXQ_SIZE_REG(q->id) ||
	    size != neta_rx_ring_size(q))
		neta_rx_queue_reset(q);
}
