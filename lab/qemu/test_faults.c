// SPDX-License-Identifier: GPL-2.0
/*
 * Faults to order, descriptors that lead nowhere, and whatever else a guest may
 * write.
 */
#include <string.h>
#include <unistd.h>

#include "test_cases.h"
#include "test_port.h"

void test_rx_error_every(void)
{
	static const uint32_t errors[] = { MVNETA_RXD_ERR_CRC,
					   MVNETA_RXD_ERR_OVERRUN,
					   MVNETA_RXD_ERR_LEN,
					   MVNETA_RXD_ERR_RESOURCE };
	unsigned i;

	open_port();
	for (i = 0; i < 12; i++)
		send_frame(60, i);
	EXPECT(wait_occupied(12), true);
	for (i = 0; i < 12; i++) {
		uint32_t error = 0;

		if (i % 3 == 2)
			error = MVNETA_RXD_ERR_SUMMARY | errors[i / 3];
		EXPECT(rx_status(i) & (MVNETA_RXD_ERR_SUMMARY |
				       MVNETA_RXD_ERR_RESOURCE),
		       error);
	}
	EXPECT(reg(MVNETA_MIB_BAD_FRAMES_RECEIVED), 4);
	EXPECT(reg(MVNETA_MIB_BAD_CRC_EVENT), 1);
	EXPECT(reg(MVNETA_MIB_MAC_RECEIVE_ERROR), 3);
	EXPECT(reg(MVNETA_MIB_GOOD_FRAMES_RECEIVED), 8);
}

void test_rx_overrun_every(void)
{
	unsigned i;

	open_port();
	for (i = 0; i < 12; i++)
		send_frame(60, i);
	EXPECT(wait_occupied(9), true);
	EXPECT(wait_reg(MVNETA_OVERRUN_FRAME_COUNT, 3), true);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), MVNETA_CAUSE_RX_OVERRUN);
}

void test_tx_complete_delay(void)
{
	uint8_t got[100];

	open_port();
	tx_desc(0, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_desc(1, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 60);
	machine_step(m, 499 * US);
	EXPECT(tx_sent(), 0);
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 60);
	machine_step(m, 1 * US);
	EXPECT(tx_sent(), 1);
	EXPECT(irq(), true);
	tx_done(1);
	/* Never early: the second one's time began with the first one's end. */
	machine_step(m, 499 * US);
	EXPECT(tx_sent(), 0);
	machine_step(m, 1 * US);
	EXPECT(tx_sent(), 1);
	/* A reset forgets what is on its way. */
	tx_desc(2, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_add(1);
	set_reg(MVNETA_PORT_TX_RESET, MVNETA_PORT_TX_DMA_RESET);
	machine_step(m, 1 * MS);
	EXPECT(tx_sent(), 0);
}

void test_tx_stall_every(void)
{
	unsigned i;

	open_port();
	for (i = 0; i < 8; i++)
		tx_desc(i, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_add(8);
	EXPECT(tx_sent(), 2);
	machine_step(m, 9 * MS);
	EXPECT(tx_sent(), 2);
	machine_step(m, 1 * MS);
	EXPECT(tx_sent(), 5);
	/* Disable and enable end it as well. */
	set_reg(MVNETA_TXQ_CMD, 1 << 8);
	EXPECT(tx_pending(), 3);
	set_reg(MVNETA_TXQ_CMD, 1);
	EXPECT(tx_sent(), 8);
	EXPECT(tx_pending(), 0);
}

void test_link_flap(void)
{
	open_port();
	machine_step(m, 49 * MS);
	EXPECT(reg(MVNETA_GMAC_STATUS) & MVNETA_GMAC_LINK_UP, 1);
	machine_step(m, 1 * MS);
	EXPECT(reg(MVNETA_GMAC_STATUS), 0);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), MVNETA_CAUSE_LINK_CHANGE);
	EXPECT(irq(), true);
	send_frame(60, 0);
	usleep(50000);
	EXPECT(occupied(), 0);
	set_reg(MVNETA_INTR_MISC_CAUSE, 0);
	machine_step(m, 50 * MS);
	EXPECT(reg(MVNETA_GMAC_STATUS) & MVNETA_GMAC_LINK_UP, 1);
	EXPECT(irq(), true);
	/* What came while it was down is lost. */
	EXPECT(occupied(), 0);
	send_frame(60, 0);
	EXPECT(wait_occupied(1), true);
}

/* A frame whose buffer is bad is dropped, and the next one is well. */
static void expect_rx_dropped(int line, uint32_t addr)
{
	set_rx_buf(rx_next, addr);
	set_reg(MVNETA_INTR_MISC_CAUSE, 0);
	send_frame(60, 0);
	check(line, "descriptor back", wait_occupied(1), true);
	check(line, "status", rx_status(rx_next),
	      MVNETA_RXD_FIRST_DESC | MVNETA_RXD_LAST_DESC |
		      MVNETA_RXD_ERR_SUMMARY | MVNETA_RXD_ERR_RESOURCE);
	check(line, "count", reg(MVNETA_MIB_MAC_RECEIVE_ERROR), 1);
	check(line, "cause", reg(MVNETA_INTR_MISC_CAUSE),
	      MVNETA_CAUSE_INTERNAL_ADDR_ERR);
	rx_update(1, 1);
	send_frame(60, 0);
	check(line, "next frame", wait_occupied(1), true);
	rx_update(1, 1);
	rx_next = (rx_next + 2) % RING;
}

void test_bad_rx_buffer(void)
{
	open_port();
	expect_rx_dropped(__LINE__, 0);
	expect_rx_dropped(__LINE__, HOLE);
	expect_rx_dropped(__LINE__, RAM_END - 8);
	expect_rx_dropped(__LINE__, 0xfffffff0);
	/* Our own registers, where a write would change the ring */
	expect_rx_dropped(__LINE__, MMIO + MVNETA_RXQ_BASE_ADDR_REG(0));
	EXPECT(reg(MVNETA_RXQ_BASE_ADDR_REG(0)), RX_RING);
}

void test_bad_rx_ring(void)
{
	open_port();
	/* No ring: nothing can be added, frames are discarded. */
	set_reg(MVNETA_RXQ_SIZE_REG(0),
		BUF_SIZE >> 3 << MVNETA_RXQ_BUF_SIZE_SHIFT);
	rx_update(0, 255);
	EXPECT(reg(MVNETA_RXQ_STATUS_REG(0)), 0);
	send_frame(60, 0);
	EXPECT(wait_reg(MVNETA_RX_DISCARD_FRAME_COUNT, 1), true);
	/* Buffers of no size; and a ring that the frame can never fit in */
	set_reg(MVNETA_RXQ_SIZE_REG(0), RING);
	rx_update(0, RING);
	send_frame(60, 0);
	EXPECT(wait_reg(MVNETA_RX_DISCARD_FRAME_COUNT, 1), true);
	set_reg(MVNETA_RXQ_SIZE_REG(0), 2 | 8u << MVNETA_RXQ_BUF_SIZE_SHIFT);
	rx_update(0, 2);
	send_frame(600, 0);
	EXPECT(wait_reg(MVNETA_RX_DISCARD_FRAME_COUNT, 1), true);

	/* A ring of the largest size that is no RAM */
	set_reg(MVNETA_RXQ_BASE_ADDR_REG(0), 0xffffff00);
	set_reg(MVNETA_RXQ_SIZE_REG(0),
		MVNETA_DESC_COUNT_MASK |
			BUF_SIZE >> 3 << MVNETA_RXQ_BUF_SIZE_SHIFT);
	rx_update(0, 255);
	send_frame(600, 0);
	EXPECT(wait_occupied(3), true);
	EXPECT(reg(MVNETA_MIB_MAC_RECEIVE_ERROR), 1);

	/* A good ring afterwards */
	open_rx(BUF_SIZE);
	send_frame(60, 0);
	EXPECT(wait_occupied(1), true);
}

void test_bad_tx_frame(void)
{
	const uint32_t whole = MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC;
	uint8_t got[100];

	open_port();
	set_reg(MVNETA_INTR_MISC_CAUSE, 0);
	tx_desc(0, whole, TX_BUFS, 0); /* no size */
	tx_desc(1, whole, TX_BUFS, 13); /* no room for a header */
	tx_desc(2, MVNETA_TXD_L_DESC, TX_BUFS, 60); /* no begin */
	tx_desc(3, MVNETA_TXD_F_DESC, TX_BUFS, 60); /* no end */
	tx_desc(4, whole, TX_BUFS, 60); /* good */
	tx_add(5);
	EXPECT(receive(got, sizeof(got)), 60);
	EXPECT(tx_sent(), 5);
	EXPECT(reg(MVNETA_MIB_INTERNAL_MAC_TRANSMIT_ERR), 4);
	EXPECT(reg(MVNETA_MIB_GOOD_FRAMES_SENT), 1);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), 0);
	tx_done(5);

	tx_desc(5, whole, HOLE, 60);
	tx_desc(6, whole, MMIO + MVNETA_MIB_COUNTERS_BASE, 60);
	tx_desc(7, whole, RAM_END - 8, 60);
	tx_desc(8, MVNETA_TXD_F_DESC, TX_BUFS, 0xffff); /* over 16 KiB */
	tx_desc(9, MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_desc(10, whole, TX_BUFS, 60); /* good */
	tx_add(6);
	EXPECT(receive(got, sizeof(got)), 60);
	EXPECT(tx_sent(), 6);
	EXPECT(reg(MVNETA_MIB_INTERNAL_MAC_TRANSMIT_ERR), 4);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), MVNETA_CAUSE_INTERNAL_ADDR_ERR);
}

void test_bad_tx_ring(void)
{
	uint8_t got[100];
	unsigned i;

	open_port();
	/* A frame as long as the ring has no end. */
	tx_desc(0, MVNETA_TXD_F_DESC, TX_BUFS, 60);
	for (i = 1; i < RING; i++)
		tx_desc(i, 0, TX_BUFS, 60);
	tx_add(255);
	EXPECT(tx_sent(), RING);
	EXPECT(reg(MVNETA_MIB_INTERNAL_MAC_TRANSMIT_ERR), 1);
	tx_done(RING);
	tx_desc(0, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 60);

	/* No ring */
	set_reg(MVNETA_TXQ_SIZE_REG(0), 0);
	tx_add(255);
	EXPECT(reg(MVNETA_TXQ_STATUS_REG(0)), 0);
	/* A ring that is no RAM */
	set_reg(MVNETA_TXQ_BASE_ADDR_REG(0), HOLE);
	set_reg(MVNETA_TXQ_SIZE_REG(0), MVNETA_DESC_COUNT_MASK);
	tx_add(255);
	EXPECT(tx_sent(), 255);
	EXPECT(reg(MVNETA_MIB_INTERNAL_MAC_TRANSMIT_ERR), 255);
	open_tx();
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 60);
}

static uint32_t noise(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 33;
}

/* A value that may be small, an address, or anything */
static uint32_t noise_value(void)
{
	switch (noise() % 4) {
	case 0:
		return noise() % 32;
	case 1:
		return RAM + noise() % 0x800000;
	case 2:
		return (noise() % 256) << 16 | noise() % 256;
	default:
		return noise() << 1 | (noise() & 1);
	}
}

static void noise_register(void)
{
	static const uint32_t ranges[][2] = {
		{ 0x1400, 0x1520 }, { 0x1cc0, 0x1cc4 }, { 0x2400, 0x2490 },
		{ 0x2580, 0x25bc }, { 0x2680, 0x2684 }, { 0x2c00, 0x2c14 },
		{ 0x3400, 0x3610 }, { 0x3c00, 0x3c80 }, { 0x3cf0, 0x3cf4 },
	};
	unsigned i = noise() % ARRAY_SIZE(ranges);
	uint32_t words = (ranges[i][1] - ranges[i][0]) / 4;

	set_reg(ranges[i][0] + noise() % words * 4, noise_value());
}

static void noise_descriptor(void)
{
	uint32_t words[4] = { noise_value() | (noise() % 4) << 20,
			      noise() % 2 ? noise() : (noise() % 200) << 16,
			      noise_value(), noise() };
	uint32_t ring = noise() % 2 ? RX_RING : TX_RING;

	machine_write(m, ring + noise() % RING * MVNETA_DESC_ALIGNED_SIZE,
		      words, sizeof(words));
}

/* Both ways, within the time that faults may take */
static void expect_seq(void)
{
	uint8_t frame[100];
	size_t sent = 0;
	unsigned i;

	for (i = 0; i < 500 && (!sent || !occupied()); i++) {
		if (i % 50 == 0)
			send_frame(60, i);
		if (!sent)
			sent = net_receive(m, frame, sizeof(frame), 1);
		machine_step(m, 1 * MS);
	}
	EXPECT(sent, 60);
	EXPECT(occupied() > 0, true);
}

/* Whatever a guest writes, the device is there and works after a reset. */
void test_noise(void)
{
	static uint8_t frame[65536];
	unsigned i;

	for (i = 0; i < 20000; i++) {
		if (i % 500 == 0)
			open_port();
		switch (noise() % 8) {
		case 0:
			machine_step(m, noise() % MS);
			break;
		case 1:
		case 2:
			noise_descriptor();
			break;
		case 3:
			tx_add(noise() % 256);
			break;
		default:
			noise_register();
		}
		if (i % 200 == 0)
			send_frame(60 + noise() % 600, i);
		net_receive(m, frame, sizeof(frame), 0);
	}

	set_reg(MVNETA_PORT_RX_RESET, MVNETA_PORT_RX_DMA_RESET);
	set_reg(MVNETA_PORT_TX_RESET, MVNETA_PORT_TX_DMA_RESET);
	while (net_receive(m, frame, sizeof(frame), 50))
		continue;
	set_reg(MVNETA_RXQ_CONFIG_REG(0), 0);
	set_reg(MVNETA_GMAC_CTRL_2, 0);
	set_reg(MVNETA_PORT_CONFIG, 0);
	set_reg(MVNETA_MAC_ADDR_HIGH, 0x52540012);
	set_reg(MVNETA_MAC_ADDR_LOW, 0x3456);
	open_port();
	tx_desc(0, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_add(1);
	expect_seq();
}
