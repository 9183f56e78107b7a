// SPDX-License-Identifier: GPL-2.0
/*
 * The device model alone: what it does to registers, rings, frames and its
 * interrupt, told apart case by case. Each case has a QEMU of its own.
 *
 *	test_mvneta QEMU [CASE...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mvneta.h"
#include "qtest.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The virt machine: where the platform bus, its first interrupt, RAM are */
#define MMIO 0x0c000000u
#define GIC_PENDING 0x08000210u
#define GIC_PENDING_BIT MVNETA_BIT(16)
#define RAM 0x40000000u
#define RAM_END 0x44000000u
/* An address that is no RAM and where our own registers are */
#define HOLE 0x30000000u

#define RX_RING (RAM + 0x100000)
#define RX_BUFS (RAM + 0x200000)
#define TX_RING (RAM + 0x300000)
#define TX_BUFS (RAM + 0x400000)
#define RING 16u
#define BUF_SIZE 256u
#define BUF_STRIDE 4096u

#define US 1000ull
#define MS (1000 * US)
#define RX_COAL_US 100

static const uint8_t our_mac[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
static struct machine machine, *m = &machine;
static unsigned failures;
static unsigned rx_next; /* descriptor of the next frame, where it matters */

static void check(int line, const char *what, uint64_t got, uint64_t wanted)
{
	if (got == wanted)
		return;
	failures++;
	printf("  line %d: %s is 0x%llx, wanted 0x%llx\n", line, what,
	       (unsigned long long)got, (unsigned long long)wanted);
}

#define EXPECT(got, wanted) check(__LINE__, #got, got, wanted)

static uint32_t reg(uint32_t offset)
{
	return machine_readl(m, MMIO + offset);
}

static void set_reg(uint32_t offset, uint32_t value)
{
	machine_writel(m, MMIO + offset, value);
}

static bool irq(void)
{
	return machine_readl(m, GIC_PENDING) & GIC_PENDING_BIT;
}

/* Rings */

static uint32_t rx_desc(unsigned i)
{
	return RX_RING + i * MVNETA_DESC_ALIGNED_SIZE;
}

static uint32_t rx_buf(unsigned i)
{
	return RX_BUFS + i * BUF_STRIDE;
}

static void set_rx_buf(unsigned i, uint32_t addr)
{
	machine_writel(m, rx_desc(i) + MVNETA_DESC_BUF_PHYS_ADDR, addr);
}

static uint32_t rx_status(unsigned i)
{
	return machine_readl(m, rx_desc(i) + MVNETA_DESC_STATUS);
}

static unsigned rx_size(unsigned i)
{
	return machine_readl(m, rx_desc(i) + 4) >> 16;
}

static unsigned occupied(void)
{
	return reg(MVNETA_RXQ_STATUS_REG(0)) & MVNETA_DESC_COUNT_MASK;
}

static unsigned non_occupied(void)
{
	return reg(MVNETA_RXQ_STATUS_REG(0)) >> 16;
}

static void rx_update(unsigned done, unsigned add)
{
	set_reg(MVNETA_RXQ_STATUS_UPDATE_REG(0),
		done | add << MVNETA_RXQ_NON_OCCUPIED_SHIFT);
}

/* Frames cross to QEMU on their own time. */
static bool wait_occupied(unsigned wanted)
{
	unsigned tries;

	for (tries = 0; tries < 5000; tries++) {
		if (occupied() >= wanted)
			return occupied() == wanted;
		usleep(1000);
	}
	return false;
}

static bool wait_reg(uint32_t offset, uint32_t wanted)
{
	uint32_t sum = 0;
	unsigned tries;

	/* Counters clear as they are read. */
	for (tries = 0; tries < 5000 && sum < wanted; tries++) {
		sum += reg(offset);
		usleep(1000);
	}
	return sum == wanted;
}

static void tx_desc(unsigned i, uint32_t command, uint32_t addr, unsigned size)
{
	uint32_t words[4] = { command, size << 16, addr, 0 };

	machine_write(m, TX_RING + i * MVNETA_DESC_ALIGNED_SIZE, words,
		      sizeof(words));
}

static void tx_add(unsigned descs)
{
	set_reg(MVNETA_TXQ_UPDATE_REG(0), descs);
}

static void tx_done(unsigned descs)
{
	set_reg(MVNETA_TXQ_UPDATE_REG(0), descs << MVNETA_TXQ_DEC_SENT_SHIFT);
}

static unsigned tx_sent(void)
{
	return reg(MVNETA_TXQ_STATUS_REG(0)) >> MVNETA_TXQ_SENT_DESC_SHIFT;
}

static unsigned tx_pending(void)
{
	return reg(MVNETA_TXQ_STATUS_REG(0)) & MVNETA_DESC_COUNT_MASK;
}

/* The port */

static void open_rx(unsigned buf_size)
{
	unsigned i;

	set_reg(MVNETA_RXQ_BASE_ADDR_REG(0), RX_RING);
	set_reg(MVNETA_RXQ_SIZE_REG(0),
		RING | buf_size >> 3 << MVNETA_RXQ_BUF_SIZE_SHIFT);
	set_reg(MVNETA_RXQ_THRESHOLD_REG(0), 2);
	set_reg(MVNETA_RXQ_TIME_COAL_REG(0),
		MVNETA_CLOCK_HZ / 1000000 * RX_COAL_US);
	for (i = 0; i < RING; i++)
		set_rx_buf(i, rx_buf(i));
	rx_update(0, RING);
}

static void open_tx(void)
{
	set_reg(MVNETA_TXQ_BASE_ADDR_REG(0), TX_RING);
	set_reg(MVNETA_TXQ_SIZE_REG(0), RING);
}

static void accept_our_mac(void)
{
	unsigned nibble = our_mac[5] & 0xf;

	set_reg(MVNETA_DA_FILT_UCAST_BASE + nibble / 4 * 4,
		MVNETA_DA_FILT_ACCEPT << 8 * (nibble % 4));
}

/* Frames of up to 2000 bytes, in-band link, all interrupts, queue 0 */
static void open_port(void)
{
	open_rx(BUF_SIZE);
	open_tx();
	accept_our_mac();
	set_reg(MVNETA_INTR_ENABLE, MVNETA_RXQ_INTR_ENABLE_ALL_MASK |
					    MVNETA_TXQ_INTR_ENABLE_ALL_MASK);
	set_reg(MVNETA_INTR_MISC_MASK, MVNETA_CAUSE_LINK_CHANGE);
	set_reg(MVNETA_GMAC_AUTONEG_CONFIG,
		MVNETA_GMAC_INBAND_AN_ENABLE | MVNETA_GMAC_CONFIG_GMII_SPEED |
			MVNETA_GMAC_CONFIG_FULL_DUPLEX);
	set_reg(MVNETA_GMAC_CTRL_0, 2000 / 2 << MVNETA_GMAC_MAX_RX_SIZE_SHIFT |
					    MVNETA_GMAC0_PORT_ENABLE);
	set_reg(MVNETA_INTR_MISC_CAUSE, 0);
	set_reg(MVNETA_TXQ_CMD, 1);
	set_reg(MVNETA_RXQ_CMD, 1);
	set_reg(MVNETA_INTR_NEW_MASK, 0x8000ffff);
}

/* Frames */

static void make_frame(uint8_t *frame, size_t len, uint8_t seed)
{
	size_t i;

	memcpy(frame, our_mac, 6);
	memcpy(frame + 6, "\x02\0\0\0\0\1\x88\xb5", 8);
	for (i = 14; i < len; i++)
		frame[i] = seed + i * 7;
}

static void send_frame(size_t len, uint8_t seed)
{
	uint8_t frame[9000];

	make_frame(frame, len, seed);
	net_send(m, frame, len);
}

static uint32_t fcs(const uint8_t *frame, size_t len)
{
	uint32_t crc = ~0u;
	unsigned bit;

	while (len--) {
		crc ^= *frame++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

static uint32_t add16(uint32_t sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? data[i] : data[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* An IP frame with its right checksums; where the segment starts */
static size_t make_ip(uint8_t *frame, bool ip6, uint8_t proto, size_t len)
{
	size_t l4 = ip6 ? 54 : 34, field = l4 + (proto == 17 ? 6 : 16);
	uint8_t *ip = frame + 14;

	make_frame(frame, len, 3);
	put16(frame + 12, ip6 ? 0x86dd : 0x0800);
	memset(ip, 0, ip6 ? 8 : 12);
	if (ip6) {
		ip[0] = 0x60;
		put16(ip + 4, len - l4);
		ip[6] = proto;
		ip[7] = 64;
	} else {
		ip[0] = 0x45;
		put16(ip + 2, len - 14);
		ip[8] = 64;
		ip[9] = proto;
		put16(ip + 10, fold(add16(0, ip, 20)));
	}
	put16(frame + field, 0);
	put16(frame + field,
	      fold(add16(add16(proto + len - l4, ip + (ip6 ? 8 : 12),
			       ip6 ? 32 : 8),
			 frame + l4, len - l4)));
	return l4;
}

static size_t receive(uint8_t *frame, size_t size)
{
	return net_receive(m, frame, size, 5000);
}

static bool nothing_sent(void)
{
	uint8_t frame[9000];

	return net_receive(m, frame, sizeof(frame), 50) == 0;
}

/* The cases */

static void test_reset(void)
{
	EXPECT(reg(MVNETA_MAC_ADDR_HIGH), 0x52540012);
	EXPECT(reg(MVNETA_MAC_ADDR_LOW), 0x3456);
	EXPECT(reg(MVNETA_GMAC_CTRL_0), 1518 / 2 << 2);
	EXPECT(reg(MVNETA_GMAC_STATUS), MVNETA_GMAC_SYNC_OK);
	EXPECT(reg(MVNETA_RXQ_STATUS_REG(3)), 0);
	EXPECT(reg(MVNETA_TXQ_STATUS_REG(7)), 0);
	EXPECT(reg(MVNETA_INTR_NEW_CAUSE), 0);
	EXPECT(reg(MVNETA_PORT_STATUS), MVNETA_TX_FIFO_EMPTY);
	EXPECT(irq(), false);

	/* Enables are set, reported, and taken back by the other byte. */
	set_reg(MVNETA_RXQ_CMD, 0x0f);
	set_reg(MVNETA_RXQ_CMD, 0x30);
	EXPECT(reg(MVNETA_RXQ_CMD), 0x3f);
	set_reg(MVNETA_RXQ_CMD, 0x3e << 8);
	EXPECT(reg(MVNETA_RXQ_CMD), 0x01);
	set_reg(MVNETA_TXQ_CMD, 0xff);
	set_reg(MVNETA_TXQ_CMD, 0xff << 8);
	EXPECT(reg(MVNETA_TXQ_CMD), 0);

	set_reg(MVNETA_GMAC_CTRL_2, MVNETA_GMAC2_PORT_RESET);
	set_reg(MVNETA_GMAC_CTRL_2, 0);
	EXPECT(reg(MVNETA_GMAC_CTRL_2), 0);
	set_reg(MVNETA_PORT_RX_RESET, MVNETA_PORT_RX_DMA_RESET);
	set_reg(MVNETA_PORT_TX_RESET, MVNETA_PORT_TX_DMA_RESET);
	EXPECT(reg(MVNETA_PORT_RX_RESET), 0);
	EXPECT(reg(MVNETA_PORT_TX_RESET), 0);
	EXPECT(reg(MVNETA_RXQ_CMD), 0);

	/* Only registers that do nothing keep what they are told. */
	set_reg(MVNETA_RXQ_CONFIG_REG(5), 0x123);
	EXPECT(reg(MVNETA_RXQ_CONFIG_REG(5)), 0x123);
	set_reg(MVNETA_GMAC_STATUS, ~0u);
	EXPECT(reg(MVNETA_GMAC_STATUS), MVNETA_GMAC_SYNC_OK);
}

static void test_rx_one(void)
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

static void test_rx_several(void)
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
static void test_rx_offset(void)
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
static void test_rx_refill(void)
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

static void test_update_limits(void)
{
	set_reg(MVNETA_RXQ_SIZE_REG(0), 512);
	rx_update(0, 255);
	EXPECT(non_occupied(), 255);
	/* A write has eight bits for each count. */
	set_reg(MVNETA_RXQ_STATUS_UPDATE_REG(0), 0x0102 << 16);
	EXPECT(non_occupied(), 257);
	rx_update(0, 255);
	/* The ring is full, and nothing was occupied. */
	rx_update(9, 255);
	EXPECT(non_occupied(), 512);
	EXPECT(occupied(), 0);

	set_reg(MVNETA_TXQ_SIZE_REG(0), 300);
	tx_add(255);
	tx_add(255);
	EXPECT(tx_pending(), 300);
	tx_done(255);
	EXPECT(tx_sent(), 0);

	/* Another size of the ring makes it empty. */
	set_reg(MVNETA_TXQ_SIZE_REG(0), 200);
	EXPECT(tx_pending(), 0);
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

static void test_rx_checksum(void)
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

static void test_tx_one(void)
{
	uint8_t frame[200], got[2000];

	open_port();
	make_frame(frame, sizeof(frame), 4);
	machine_write(m, TX_BUFS, frame, sizeof(frame));
	tx_desc(0, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 200);
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 200);
	EXPECT(memcmp(got, frame, sizeof(frame)), 0);
	EXPECT(tx_pending(), 0);
	EXPECT(tx_sent(), 1);
	EXPECT(reg(MVNETA_INTR_NEW_CAUSE), MVNETA_CAUSE_TXQ_SENT(0));
	EXPECT(irq(), true);
	tx_done(1);
	EXPECT(tx_sent(), 0);
	EXPECT(irq(), false);

	/* Padding is for those who ask for it. */
	tx_desc(1, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC | MVNETA_TXD_Z_PAD,
		TX_BUFS, 20);
	tx_desc(2, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 30);
	tx_add(2);
	EXPECT(receive(got, sizeof(got)), 60);
	EXPECT(memcmp(got, frame, 20), 0);
	EXPECT(got[20] | got[59], 0);
	EXPECT(receive(got, sizeof(got)), 30);
}

/* A frame in three pieces, handed over in two writes; and off and on */
static void test_tx_several(void)
{
	uint8_t frame[1500], got[2000];

	open_port();
	make_frame(frame, sizeof(frame), 8);
	machine_write(m, TX_BUFS, frame, sizeof(frame));
	tx_desc(0, MVNETA_TXD_F_DESC, TX_BUFS, 54);
	tx_desc(1, 0, TX_BUFS + 54, 46);
	tx_desc(2, MVNETA_TXD_L_DESC, TX_BUFS + 100, 1400);
	tx_add(2);
	EXPECT(nothing_sent(), true);
	EXPECT(tx_sent(), 0);
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 1500);
	EXPECT(memcmp(got, frame, sizeof(frame)), 0);
	EXPECT(tx_sent(), 3);
	tx_done(3);

	set_reg(MVNETA_TXQ_CMD, 1 << 8);
	tx_desc(3, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 100);
	tx_add(1);
	EXPECT(nothing_sent(), true);
	EXPECT(tx_pending(), 1);
	set_reg(MVNETA_TXQ_CMD, 1);
	EXPECT(receive(got, sizeof(got)), 100);
}

/* Sends a frame whose sums are wrong; the device has to set them right. */
static void expect_tx_csum(int line, bool ip6, uint8_t proto, size_t len)
{
	uint32_t command = 14 | (ip6 ? 10 : 5) << MVNETA_TX_IP_HLEN_SHIFT |
			   MVNETA_TX_L4_CSUM_FULL;
	uint8_t right[600], frame[600], got[600];
	size_t l4 = make_ip(right, ip6, proto, len);
	static unsigned at;

	memcpy(frame, right, len);
	put16(frame + l4 + (proto == 17 ? 6 : 16), 0x1234);
	if (!ip6) {
		put16(frame + 24, 0x5678);
		command |= MVNETA_TXD_IP_CSUM;
	} else {
		command |= MVNETA_TX_L3_IP6;
	}
	if (proto == 17)
		command |= MVNETA_TX_L4_UDP;
	machine_write(m, TX_BUFS, frame, len);
	/* In pieces as TSO makes them: headers, then an odd rest */
	tx_desc(at++ % RING, command | MVNETA_TXD_F_DESC, TX_BUFS, l4 + 20);
	tx_desc(at++ % RING, 0, TX_BUFS + l4 + 20, 33);
	tx_desc(at++ % RING, MVNETA_TXD_L_DESC, TX_BUFS + l4 + 53,
		len - l4 - 53);
	tx_add(3);
	check(line, "length", receive(got, sizeof(got)), len);
	check(line, "contents", memcmp(got, right, len), 0);
	tx_done(3);
}

static void test_tx_checksum(void)
{
	uint8_t frame[100], got[600];

	open_port();
	expect_tx_csum(__LINE__, false, 6, 500);
	expect_tx_csum(__LINE__, false, 17, 501);
	expect_tx_csum(__LINE__, true, 6, 502);
	expect_tx_csum(__LINE__, true, 17, 503);

	/* XDP asks for no sums, and gets none. */
	make_ip(frame, false, 6, 100);
	put16(frame + 50, 0x1234);
	put16(frame + 24, 0x5678);
	machine_write(m, TX_BUFS, frame, 100);
	tx_desc(12, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 100);
	/* Headers beyond the frame */
	tx_desc(13,
		MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC | MVNETA_TXD_IP_CSUM |
			MVNETA_TX_L4_CSUM_FULL | 0x1f << 8 | 0x7f,
		TX_BUFS, 100);
	tx_add(2);
	EXPECT(receive(got, sizeof(got)), 100);
	EXPECT(memcmp(got, frame, 100), 0);
	EXPECT(receive(got, sizeof(got)), 100);
	EXPECT(memcmp(got, frame, 100), 0);
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

static void test_filters(void)
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

static void test_mib(void)
{
	uint8_t frame[300], got[2000];

	open_port();
	make_frame(frame, sizeof(frame), 0);
	net_send(m, frame, 300);
	memset(frame, 0xff, 6);
	net_send(m, frame, 60);
	EXPECT(wait_occupied(3), true);
	EXPECT(reg(MVNETA_MIB_GOOD_FRAMES_RECEIVED), 2);
	EXPECT(reg(MVNETA_MIB_GOOD_FRAMES_RECEIVED), 0);
	EXPECT(reg(MVNETA_MIB_GOOD_OCTETS_RECEIVED), 304 + 64);
	EXPECT(reg(MVNETA_MIB_GOOD_OCTETS_RECEIVED), 0);
	EXPECT(reg(MVNETA_MIB_GOOD_OCTETS_RECEIVED + 4), 0);
	EXPECT(reg(MVNETA_MIB_BROADCAST_FRAMES_RECEIVED), 1);
	EXPECT(reg(MVNETA_MIB_FRAMES_64_OCTETS), 1);
	EXPECT(reg(MVNETA_MIB_FRAMES_256_TO_511_OCTETS), 1);

	machine_write(m, TX_BUFS, frame, sizeof(frame));
	tx_desc(0, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 300);
	tx_add(1);
	EXPECT(receive(got, sizeof(got)), 300);
	EXPECT(reg(MVNETA_MIB_GOOD_FRAMES_SENT), 1);
	EXPECT(reg(MVNETA_MIB_GOOD_OCTETS_SENT), 304);
	EXPECT(reg(MVNETA_MIB_BROADCAST_FRAMES_SENT), 1);
	EXPECT(reg(MVNETA_MIB_FRAMES_256_TO_511_OCTETS), 1);

	/* Counters are not for writing. */
	set_reg(MVNETA_MIB_GOOD_FRAMES_SENT, 5);
	EXPECT(reg(MVNETA_MIB_GOOD_FRAMES_SENT), 0);
}

/* What MAX_RX_SIZE does not let in: the FCS counts, the header does not. */
static void test_max_rx_size(void)
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

static void test_rx_irq(void)
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

static void test_tx_irq(void)
{
	unsigned i;

	open_port();
	set_reg(MVNETA_TXQ_SIZE_REG(0),
		RING | 2 << MVNETA_TXQ_SENT_THRESH_SHIFT);
	for (i = 0; i < 3; i++) {
		tx_desc(i, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
		EXPECT(irq(), false);
		tx_add(1);
	}
	EXPECT(irq(), true);
	tx_done(1);
	EXPECT(irq(), false);
}

static void test_link(void)
{
	const uint32_t up = MVNETA_GMAC_LINK_UP | MVNETA_GMAC_SPEED_1000 |
			    MVNETA_GMAC_FULL_DUPLEX | MVNETA_GMAC_SYNC_OK;
	uint32_t an;

	open_port();
	an = reg(MVNETA_GMAC_AUTONEG_CONFIG);
	EXPECT(reg(MVNETA_GMAC_STATUS), up | MVNETA_GMAC_AN_COMPLETE);
	EXPECT(irq(), false);
	set_reg(MVNETA_GMAC_AUTONEG_CONFIG, an | MVNETA_GMAC_FORCE_LINK_DOWN);
	EXPECT(reg(MVNETA_GMAC_STATUS), MVNETA_GMAC_SYNC_OK);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), MVNETA_CAUSE_LINK_CHANGE);
	EXPECT(reg(MVNETA_INTR_NEW_CAUSE), MVNETA_MISCINTR_INTR_MASK);
	EXPECT(irq(), true);
	set_reg(MVNETA_INTR_MISC_MASK, 0);
	EXPECT(irq(), false);
	set_reg(MVNETA_INTR_MISC_MASK, MVNETA_CAUSE_LINK_CHANGE);
	set_reg(MVNETA_INTR_MISC_CAUSE, 0);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), 0);
	EXPECT(irq(), false);

	/* A frame handed over without a link waits for it. */
	tx_desc(0, MVNETA_TXD_F_DESC | MVNETA_TXD_L_DESC, TX_BUFS, 60);
	tx_add(1);
	EXPECT(tx_pending(), 1);
	set_reg(MVNETA_GMAC_AUTONEG_CONFIG,
		MVNETA_GMAC_FORCE_LINK_PASS | MVNETA_GMAC_CONFIG_MII_SPEED |
			MVNETA_GMAC_CONFIG_FLOW_CTRL);
	EXPECT(tx_pending(), 0);
	EXPECT(reg(MVNETA_GMAC_STATUS),
	       MVNETA_GMAC_LINK_UP | MVNETA_GMAC_SPEED_100 |
		       MVNETA_GMAC_SYNC_OK | MVNETA_GMAC_RX_FLOW_CTRL_ENABLE |
		       MVNETA_GMAC_TX_FLOW_CTRL_ENABLE);
	set_reg(MVNETA_GMAC_CTRL_0, 0);
	EXPECT(reg(MVNETA_GMAC_STATUS), MVNETA_GMAC_SYNC_OK);
}

/* Faults */

static void test_rx_error_every(void)
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

static void test_rx_overrun_every(void)
{
	unsigned i;

	open_port();
	for (i = 0; i < 12; i++)
		send_frame(60, i);
	EXPECT(wait_occupied(9), true);
	EXPECT(wait_reg(MVNETA_OVERRUN_FRAME_COUNT, 3), true);
	EXPECT(reg(MVNETA_INTR_MISC_CAUSE), MVNETA_CAUSE_RX_OVERRUN);
}

static void test_tx_complete_delay(void)
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

static void test_tx_stall_every(void)
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

static void test_link_flap(void)
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

/* Bad descriptors */

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

static void test_bad_rx_buffer(void)
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

static void test_bad_rx_ring(void)
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

static void test_bad_tx_frame(void)
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

static void test_bad_tx_ring(void)
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

/* Noise */

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
static void expect_life(void)
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
static void test_noise(void)
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
	expect_life();
}

static const struct {
	const char *name;
	const char *properties;
	void (*run)(void);
} cases[] = {
	{ "reset", "", test_reset },
	{ "rx-one", "", test_rx_one },
	{ "rx-several", "", test_rx_several },
	{ "rx-offset", "", test_rx_offset },
	{ "rx-refill", "", test_rx_refill },
	{ "rx-checksum", "", test_rx_checksum },
	{ "update-limits", "", test_update_limits },
	{ "tx-one", "", test_tx_one },
	{ "tx-several", "", test_tx_several },
	{ "tx-checksum", "", test_tx_checksum },
	{ "filters", "", test_filters },
	{ "mib", "", test_mib },
	{ "max-rx-size", "", test_max_rx_size },
	{ "rx-irq", "", test_rx_irq },
	{ "tx-irq", "", test_tx_irq },
	{ "link", "", test_link },
	{ "rx-error-every", ",rx-error-every=3", test_rx_error_every },
	{ "rx-overrun-every", ",rx-overrun-every=4", test_rx_overrun_every },
	{ "tx-complete-delay", ",tx-complete-delay-us=500",
	  test_tx_complete_delay },
	{ "tx-stall-every", ",tx-stall-every=3,tx-stall-ms=10",
	  test_tx_stall_every },
	{ "link-flap", ",link-flap-ms=50", test_link_flap },
	{ "bad-rx-buffer", "", test_bad_rx_buffer },
	{ "bad-rx-ring", "", test_bad_rx_ring },
	{ "bad-tx-frame", "", test_bad_tx_frame },
	{ "bad-tx-ring", "", test_bad_tx_ring },
	{ "noise", "", test_noise },
	{ "noise-and-faults",
	  ",rx-error-every=3,rx-overrun-every=5,tx-stall-every=7,"
	  "tx-complete-delay-us=100,link-flap-ms=3",
	  test_noise },
};

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc <= 2;
}

static bool run_case(unsigned i, const char *qemu)
{
	failures = 0;
	rx_next = 0;
	machine_start(m, qemu, cases[i].properties);
	cases[i].run();
	if (!machine_stop(m)) {
		printf("  QEMU has crashed\n");
		failures++;
	}
	printf("%s %s\n", failures ? "FAIL" : "ok  ", cases[i].name);
	fflush(stdout);
	return failures == 0;
}

int main(int argc, char **argv)
{
	unsigned i, passed = 0, failed = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: test_mvneta QEMU [CASE...]\n");
		return 2;
	}
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!wanted(cases[i].name, argc, argv))
			continue;
		if (run_case(i, argv[1]))
			passed++;
		else
			failed++;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
