// SPDX-License-Identifier: GPL-2.0
/* The NIC receives: descriptors, buffers, checksums, filters, its interrupt. */
#include <string.h>
#include <unistd.h>

#include "test_cases.h"
#include "test_port.h"

void test_rx_one(void)
{
	uint8_t frame[100], got[106];
	uint32_t sum;

	open_port();
	EXPECT(non_occupied(), RING);
	make_frame(frame, sizeof(frame), 1);
	net_send(m, frame, sizeof(frame));
	EXPECT(wait_occupied(1), true);
	EXPECT(non_occupied(), RING - 1);
	EXPECT(rx_status(0), MVNETA_RXD_FIRST_DESC | MVNETA_RXD_LAST_DESC);
	EXPECT(rx_size(0), 2 + 100 + 4);
	machine_read(m, rx_buf(0), got, sizeof(got));
	EXPECT(got[0] | got[1], 0);
	EXPECT(memcmp(got + 2, frame, sizeof(frame)), 0);
	memcpy(&sum, got + 102, 4);
	EXPECT(sum, fcs(frame, sizeof(frame)));
	rx_update(1, 1);
	EXPECT(occupied(), 0);
	EXPECT(non_occupied(), RING);

	/* Short ones come at their smallest legal length. */
	send_frame(20, 2);
	EXPECT(wait_occupied(1), true);
	EXPECT(rx_size(1), 2 + 60 + 4);
}

void test_rx_several(void)
{
	uint8_t frame[600], got[3 * BUF_SIZE];
	unsigned i;

	open_port();
	/* 606 bytes in buffers of 256 */
	make_frame(frame, sizeof(frame), 5);
	net_send(m, frame, sizeof(frame));
	EXPECT(wait_occupied(3), true);
	EXPECT(rx_status(0), MVNETA_RXD_FIRST_DESC);
	EXPECT(rx_status(1), 0);
	EXPECT(rx_status(2), MVNETA_RXD_LAST_DESC);
	EXPECT(rx_size(0), 606);
	for (i = 0; i < 3; i++)
		machine_read(m, rx_buf(i), got + i * BUF_SIZE, BUF_SIZE);
	EXPECT(memcmp(got + 2, frame, sizeof(frame)), 0);
	rx_update(3, 3);

	/* Over the end of the ring: descriptors 3-14, then 15, 0, 1 */
	for (i = 0; i < 4; i++)
		send_frame(600, i);
	EXPECT(wait_occupied(12), true);
	rx_update(12, 12);
	net_send(m, frame, sizeof(frame));
	EXPECT(wait_occupied(3), true);
	EXPECT(rx_status(15), MVNETA_RXD_FIRST_DESC);
	EXPECT(rx_status(0), 0);
	EXPECT(rx_status(1), MVNETA_RXD_LAST_DESC);
}

/* The buffer's offset holds for the first one only. */
void test_rx_offset(void)
{
	uint8_t frame[300], got[300];

	open_port();
	set_reg(MVNETA_RXQ_CONFIG_REG(0), 64 / 8 << 8);
	make_frame(frame, sizeof(frame), 9);
	net_send(m, frame, sizeof(frame));
	EXPECT(wait_occupied(2), true);
	machine_read(m, rx_buf(0) + 64, got, BUF_SIZE - 64);
	machine_read(m, rx_buf(1), got + BUF_SIZE - 64, 300 - BUF_SIZE + 64);
	EXPECT(memcmp(got + 2, frame, sizeof(got) - 2), 0);
}

/* Frames that find no descriptor wait in the backend for the refill. */
void test_rx_refill(void)
{
	unsigned i;

	open_port();
	for (i = 0; i < RING + 2; i++)
		send_frame(60, i);
	EXPECT(wait_occupied(RING), true);
	EXPECT(non_occupied(), 0);
	rx_update(RING, 1);
	EXPECT(wait_occupied(1), true);
	rx_update(1, 1);
	EXPECT(wait_occupied(1), true);
	EXPECT(reg(MVNETA_RX_DISCARD_FRAME_COUNT), 0);

	/* Without a queue to wait for they are lost, and counted. */
	set_reg(MVNETA_RXQ_CMD, 1 << 8);
	send_frame(60, 0);
	EXPECT(wait_reg(MVNETA_RX_DISCARD_FRAME_COUNT, 1), true);
}

/* Sends a frame and looks at what the device found out about it. */
static void expect_csum(int line, const uint8_t *frame, size_t len,
			uint32_t wanted)
{
	net_send(m, frame, len);
	check(line, "arrival", wait_occupied(1), true);
	check(line, "checksum bits",
	      rx_status(rx_next) & (MVNETA_RXD_L3_IP4 | MVNETA_RXD_L4_CSUM_OK),
	      wanted);
	rx_update(1, 1);
	rx_next = (rx_next + 1) % RING;
}

void test_rx_checksum(void)
{
	const uint32_t ip4 = MVNETA_RXD_L3_IP4, good = MVNETA_RXD_L4_CSUM_OK;
	uint8_t frame[204];
	size_t l4;

	open_port();
	make_ip(frame, false, 17, 101);
	expect_csum(__LINE__, frame, 101, ip4 | good);
	frame[60] ^= 1;
	expect_csum(__LINE__, frame, 101, ip4);
	l4 = make_ip(frame, false, 17, 100);
	put16(frame + l4 + 6, 0);
	expect_csum(__LINE__, frame, 100, ip4 | good);
	make_ip(frame, false, 6, 100);
	expect_csum(__LINE__, frame, 100, ip4 | good);
	/* A bad IP header is no IPv4. */
	frame[22] ^= 1;
	expect_csum(__LINE__, frame, 100, 0);
	/* A fragment: the sum of the header still holds. */
	make_ip(frame, false, 6, 100);
	frame[20] = 0x20;
	put16(frame + 24,
	      fold(add16(0, frame + 14, 10) + add16(0, frame + 26, 8)));
	expect_csum(__LINE__, frame, 100, ip4);
	make_ip(frame, true, 6, 200);
	expect_csum(__LINE__, frame, 200, good);
	make_ip(frame, true, 17, 200);
	frame[80] ^= 1;
	expect_csum(__LINE__, frame, 200, 0);
	/* Over a VLAN tag */
	make_ip(frame, false, 6, 200);
	memmove(frame + 16, frame + 12, 188);
	memcpy(frame + 12, "\x81\0\0\5", 4);
	expect_csum(__LINE__, frame, 204, ip4 | good);
	/* An IP length beyond the frame */
	make_ip(frame, false, 6, 100);
	put16(frame + 16, 400);
	put16(frame + 24, 0);
	put16(frame + 24, fold(add16(0, frame + 14, 20)));
	expect_csum(__LINE__, frame, 100, 0);
}

/* Whether a frame to an address comes in, on which queue (or -1) */
static int queue_of(const char *addr)
{
	uint8_t frame[60];
	unsigned i, queue = 0;
	bool taken = false;

	/* The one behind it is to us and always comes, on queue 0. */
	make_frame(frame, sizeof(frame), 0);
	memcpy(frame, addr, 6);
	net_send(m, frame, sizeof(frame));
	send_frame(60, 1);
	for (i = 0; i < 5000 && occupied() == 0; i++)
		usleep(1000);
	usleep(20000);
	for (i = 1; i < MVNETA_QUEUES; i++) {
		if (reg(MVNETA_RXQ_STATUS_REG(i)) & MVNETA_DESC_COUNT_MASK) {
			taken = true;
			queue = i;
			set_reg(MVNETA_RXQ_STATUS_UPDATE_REG(i), 1);
		}
	}
	if (occupied() == 2)
		taken = true;
	rx_update(occupied(), occupied());
	return taken ? (int)queue : -1;
}

static void open_queue(unsigned q)
{
	uint32_t ring = RX_RING + q * 0x1000;

	machine_writel(m, ring + MVNETA_DESC_BUF_PHYS_ADDR, RAM + 0x500000);
	set_reg(MVNETA_RXQ_BASE_ADDR_REG(q), ring);
	set_reg(MVNETA_RXQ_SIZE_REG(q),
		1 | BUF_SIZE >> 3 << MVNETA_RXQ_BUF_SIZE_SHIFT);
	set_reg(MVNETA_RXQ_STATUS_UPDATE_REG(q), 1 << 16);
	set_reg(MVNETA_RXQ_CMD, 1 << q);
}

void test_filters(void)
{
	const char *all_hosts = "\x01\0\x5e\0\0\1", *ip6 = "\x33\x33\0\0\0\1";

	open_port();
	EXPECT(queue_of("\x52\x54\0\x12\x34\x56"), 0);
	EXPECT(queue_of("\x52\x54\0\x12\x34\x57"), -1);
	EXPECT(queue_of("\x52\x54\0\x12\x35\x56"), -1);
	EXPECT(queue_of("\xff\xff\xff\xff\xff\xff"), 0);
	EXPECT(queue_of(all_hosts), -1);
	EXPECT(queue_of(ip6), -1);

	/* The table's last nibble, its queue, and the multicast tables */
	open_queue(3);
	set_reg(MVNETA_DA_FILT_UCAST_BASE + 4, 1 << 16 | 7u << 24);
	EXPECT(queue_of("\x52\x54\0\x12\x34\x57"), 3);
	open_queue(5);
	set_reg(MVNETA_DA_FILT_SPEC_MCAST, (1 | 5 << 1) << 8);
	EXPECT(queue_of(all_hosts), 5);
	EXPECT(queue_of("\x01\0\x5e\0\0\2"), -1);
	/* 33:33:00:00:00:01 has the hash 0x29, by the driver's function. */
	set_reg(MVNETA_DA_FILT_OTH_MCAST + 0x28, 1 << 8);
	EXPECT(queue_of(ip6), 0);
	EXPECT(queue_of("\x33\x33\0\0\0\2"), -1);

	set_reg(MVNETA_PORT_CONFIG, MVNETA_UNI_PROMISC_MODE);
	EXPECT(queue_of("\x02\0\0\0\0\x99"), 0);
	EXPECT(queue_of("\x33\x33\0\0\0\2"), -1);
}

/* What MAX_RX_SIZE does not let in: the FCS counts, the header does not. */
void test_max_rx_size(void)
{
	open_port();
	send_frame(1997, 0);
	EXPECT(wait_reg(MVNETA_MIB_OVERSIZE_RECEIVED, 1), true);
	EXPECT(occupied(), 0);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), MVNETA_CAUSE_RX_LARGE_PKT);
	send_frame(1996, 0);
	EXPECT(wait_occupied(8), true);
	EXPECT(rx_size(0), 2002);
}

void test_rx_irq(void)
{
	open_port();
	/* One frame is for the clock: no interrupt before its time. */
	send_frame(60, 0);
	EXPECT(wait_occupied(1), true);
	EXPECT(irq(), false);
	machine_step(m, (RX_COAL_US - 1) * US);
	EXPECT(irq(), false);
	EXPECT(reg(MVNETA_INTR_NEW_CAUSE), 0);
	machine_step(m, 1 * US);
	EXPECT(irq(), true);
	EXPECT(reg(MVNETA_INTR_NEW_CAUSE), MVNETA_CAUSE_RXQ_OCCUPIED(0));

	/* Levels: the mask hides them, only taking the frame ends them. */
	set_reg(MVNETA_INTR_NEW_MASK, 0);
	EXPECT(irq(), false);
	set_reg(MVNETA_INTR_NEW_CAUSE, 0);
	EXPECT(reg(MVNETA_INTR_NEW_CAUSE), MVNETA_CAUSE_RXQ_OCCUPIED(0));
	set_reg(MVNETA_INTR_NEW_MASK, 0x8000ffff);
	EXPECT(irq(), true);
	set_reg(MVNETA_INTR_ENABLE, 0xff00);
	EXPECT(irq(), false);
	set_reg(MVNETA_INTR_ENABLE, 0xffff);
	EXPECT(irq(), true);
	rx_update(1, 1);
	EXPECT(irq(), false);

	/* More than the threshold of 2: at once */
	send_frame(60, 0);
	send_frame(60, 0);
	EXPECT(wait_occupied(2), true);
	EXPECT(irq(), false);
	send_frame(60, 0);
	EXPECT(wait_occupied(3), true);
	EXPECT(irq(), true);
	/* What is left when some are taken has its own time. */
	rx_update(2, 2);
	EXPECT(irq(), false);
	machine_step(m, RX_COAL_US * US);
	EXPECT(irq(), true);
	rx_update(1, 1);

	/* No time at all */
	set_reg(MVNETA_RXQ_TIME_COAL_REG(0), 0);
	send_frame(60, 0);
	EXPECT(wait_occupied(1), true);
	EXPECT(irq(), true);
}
