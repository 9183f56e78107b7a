// SPDX-License-Identifier: GPL-2.0
/* The NIC of mvneta.c: frames that it sends. */
#include "qemu/osdep.h"
#include "mvneta_int.h"
#include "net/eth.h"
#include "qemu/log.h"

static hwaddr neta_tx_desc(NetaTxQueue *q, unsigned index)
{
	return (hwaddr)neta_reg(q->s, MVNETA_TXQ_BASE_ADDR_REG(q->id)) +
	       index * MVNETA_DESC_ALIGNED_SIZE;
}

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

void neta_tx_completed(void *opaque)
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

void neta_tx_run_all(NetaState *s)
{
	unsigned i;

	for (i = 0; i < MVNETA_QUEUES; i++)
		neta_tx_run(&s->txq[i]);
}

void neta_tx_end_stall(NetaTxQueue *q)
{
	if (!q->stalled)
		return;
	timer_del(q->stall_timer);
	q->stalled = false;
	q->stall_over = true;
}

void neta_tx_stall_over(void *opaque)
{
	NetaTxQueue *q = opaque;

	neta_tx_end_stall(q);
	neta_tx_run(q);
}

void neta_tx_update(NetaTxQueue *q, uint32_t value)
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

void neta_tx_queue_reset(NetaTxQueue *q)
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

void neta_tx_ring_set(NetaTxQueue *q, hwaddr offset, uint32_t value)
{
	unsigned size = neta_tx_ring_size(q);

	neta_set_reg(q->s, offset, value);
	if (offset != MVNETA_TXQ_SIZE_REG(q->id) ||
	    size != neta_tx_ring_size(q))
		neta_tx_queue_reset(q);
}
