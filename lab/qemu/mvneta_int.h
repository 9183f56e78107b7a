/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the NIC share: mvneta.c (the device, its registers,
 * interrupts and link), mvneta_rx.c, mvneta_tx.c and mvneta_frame.c.
 */
#ifndef HW_NET_MVNETA_INT_H
#define HW_NET_MVNETA_INT_H

#include "hw/irq.h"
#include "hw/net/mvneta.h"
#include "hw/sysbus.h"
#include "net/net.h"
#include "qemu/timer.h"
#include "qom/object.h"

OBJECT_DECLARE_SIMPLE_TYPE(NetaState, MVNETA)

/* More than MAX_RX_SIZE can say (13 bits of 2 bytes), and than the MTU needs */
#define NETA_FRAME_MAX (16 * 1024)
#define NETA_FCS_LEN 4

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

/* Registers that only keep what was written, and queue fields of others */

static inline uint32_t neta_reg(NetaState *s, hwaddr offset)
{
	return s->regs[offset / 4];
}

static inline void neta_set_reg(NetaState *s, hwaddr offset, uint32_t value)
{
	s->regs[offset / 4] = value;
}

static inline unsigned neta_rx_ring_size(NetaRxQueue *q)
{
	return neta_reg(q->s, MVNETA_RXQ_SIZE_REG(q->id)) &
	       MVNETA_DESC_COUNT_MASK;
}

static inline unsigned neta_tx_ring_size(NetaTxQueue *q)
{
	return neta_reg(q->s, MVNETA_TXQ_SIZE_REG(q->id)) &
	       MVNETA_DESC_COUNT_MASK;
}

/* ---- mvneta.c ---- */

/* RAM only; false: there is none. */
bool neta_dma_read(hwaddr addr, void *buf, size_t len);
bool neta_dma_write(hwaddr addr, const void *buf, size_t len);
/* Whether a fault that is due every so many frames is due with this one */
bool neta_fault_due(uint32_t *seen, uint32_t every);

void neta_update_irq(NetaState *s);
void neta_raise_misc(NetaState *s, uint32_t cause);

bool neta_wire_up(NetaState *s);

/* ---- mvneta_frame.c ---- */

void neta_count(NetaState *s, hwaddr counter);
void neta_count_rx_good(NetaState *s, const uint8_t *frame, size_t len);
void neta_count_rx_bad(NetaState *s, hwaddr why, size_t len);
void neta_count_tx(NetaState *s, const uint8_t *frame, size_t len);

/* The bits of an RX descriptor that tell what the parser found */
uint32_t neta_rx_csum_status(uint8_t *frame, size_t len);
/* What the command of the first descriptor asks for */
void neta_tx_checksum(uint8_t *frame, size_t len, uint32_t command);

/* ---- mvneta_rx.c ---- */

bool neta_can_receive(NetClientState *nc);
ssize_t neta_receive(NetClientState *nc, const uint8_t *buf, size_t size);
/* Something changed that frames may have waited for. */
void neta_rx_resume(NetaState *s);

void neta_rx_status_update(NetaRxQueue *q, uint32_t value);
void neta_rx_ring_set(NetaRxQueue *q, hwaddr offset, uint32_t value);
void neta_rx_queue_reset(NetaRxQueue *q);
/* Of a queue's timer */
void neta_rx_time_up(void *opaque);

/* ---- mvneta_tx.c ---- */

void neta_tx_run_all(NetaState *s);
void neta_tx_update(NetaTxQueue *q, uint32_t value);
void neta_tx_ring_set(NetaTxQueue *q, hwaddr offset, uint32_t value);
void neta_tx_queue_reset(NetaTxQueue *q);
void neta_tx_end_stall(NetaTxQueue *q);
/* Of a queue's timers */
void neta_tx_completed(void *opaque);
void neta_tx_stall_over(void *opaque);

#endif /* HW_NET_MVNETA_INT_H */
