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
 * INTERNAL_ADDR_ERR when memory was the reason. Each loop over descriptors takes
 * at least one descriptor a round from a count that the ring size bounds.
 */
#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "mvneta_int.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "sysemu/dma.h"

/* What GMAC_CTRL_0 allows after a reset */
#define NETA_RESET_MAX_RX_SIZE 1518

/* DMA reaches RAM only: never a device, and so never our own registers. */
static const MemTxAttrs neta_dma_attrs = { .memory = 1 };

bool neta_dma_read(hwaddr addr, void *buf, size_t len)
{
	return dma_memory_read(&address_space_memory, addr, buf, len,
			       neta_dma_attrs) == MEMTX_OK;
}

bool neta_dma_write(hwaddr addr, const void *buf, size_t len)
{
	return dma_memory_write(&address_space_memory, addr, buf, len,
				neta_dma_attrs) == MEMTX_OK;
}

/* Whether a fault that is due every so many frames is due with this one */
bool neta_fault_due(uint32_t *seen, uint32_t every)
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

void neta_update_irq(NetaState *s)
{
	uint32_t mask = neta_reg(s, MVNETA_INTR_NEW_MASK);

	qemu_set_irq(s->irq, !!(neta_cause(s) & mask & neta_enabled_causes(s)));
}

void neta_raise_misc(NetaState *s, uint32_t cause)
{
	s->misc_cause |= cause;
	neta_update_irq(s);
}

/* Link */

bool neta_wire_up(NetaState *s)
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
