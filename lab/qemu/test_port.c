// SPDX-License-Identifier: GPL-2.0
/* What the tests of the NIC do as its driver would: registers, rings, frames. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test_port.h"

const uint8_t our_mac[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
static struct machine machine;
struct machine *const m = &machine;
unsigned failures;
unsigned rx_next; /* descriptor of the next frame, where it matters */

void check(int line, const char *what, uint64_t got, uint64_t wanted)
{
	if (got == wanted)
		return;
	failures++;
	printf("  line %d: %s is 0x%llx, wanted 0x%llx\n", line, what,
	       (unsigned long long)got, (unsigned long long)wanted);
}

uint32_t reg(uint32_t offset)
{
	return machine_readl(m, MMIO + offset);
}

void set_reg(uint32_t offset, uint32_t value)
{
	machine_writel(m, MMIO + offset, value);
}

bool irq(void)
{
	return machine_readl(m, GIC_PENDING) & GIC_PENDING_BIT;
}

/* Rings */

static uint32_t rx_desc(unsigned i)
{
	return RX_RING + i * MVNETA_DESC_ALIGNED_SIZE;
}

uint32_t rx_buf(unsigned i)
{
	return RX_BUFS + i * BUF_STRIDE;
}

void set_rx_buf(unsigned i, uint32_t addr)
{
	machine_writel(m, rx_desc(i) + MVNETA_DESC_BUF_PHYS_ADDR, addr);
}

uint32_t rx_status(unsigned i)
{
	return machine_readl(m, rx_desc(i) + MVNETA_DESC_STATUS);
}

unsigned rx_size(unsigned i)
{
	return machine_readl(m, rx_desc(i) + 4) >> 16;
}

unsigned occupied(void)
{
	return reg(MVNETA_RXQ_STATUS_REG(0)) & MVNETA_DESC_COUNT_MASK;
}

unsigned non_occupied(void)
{
	return reg(MVNETA_RXQ_STATUS_REG(0)) >> 16;
}

void rx_update(unsigned done, unsigned add)
{
	set_reg(MVNETA_RXQ_STATUS_UPDATE_REG(0),
		done | add << MVNETA_RXQ_NON_OCCUPIED_SHIFT);
}

/* Frames cross to QEMU on their own time. */
bool wait_occupied(unsigned wanted)
{
	unsigned tries;

	for (tries = 0; tries < 5000; tries++) {
		if (occupied() >= wanted)
			return occupied() == wanted;
		usleep(1000);
	}
	return false;
}

bool wait_reg(uint32_t offset, uint32_t wanted)
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

void tx_desc(unsigned i, uint32_t command, uint32_t addr, unsigned size)
{
	uint32_t words[4] = { command, size << 16, addr, 0 };

	machine_write(m, TX_RING + i * MVNETA_DESC_ALIGNED_SIZE, words,
		      sizeof(words));
}

void tx_add(unsigned descs)
{
	set_reg(MVNETA_TXQ_UPDATE_REG(0), descs);
}

void tx_done(unsigned descs)
{
	set_reg(MVNETA_TXQ_UPDATE_REG(0), descs << MVNETA_TXQ_DEC_SENT_SHIFT);
}

unsigned tx_sent(void)
{
	return reg(MVNETA_TXQ_STATUS_REG(0)) >> MVNETA_TXQ_SENT_DESC_SHIFT;
}

unsigned tx_pending(void)
{
	return reg(MVNETA_TXQ_STATUS_REG(0)) & MVNETA_DESC_COUNT_MASK;
}

/* The port */

void open_rx(unsigned buf_size)
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

void open_tx(void)
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
void open_port(void)
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

void make_frame(uint8_t *frame, size_t len, uint8_t seed)
{
	size_t i;

	memcpy(frame, our_mac, 6);
	memcpy(frame + 6, "\x02\0\0\0\0\1\x88\xb5", 8);
	for (i = 14; i < len; i++)
		frame[i] = seed + i * 7;
}

void send_frame(size_t len, uint8_t seed)
{
	uint8_t frame[9000];

	make_frame(frame, len, seed);
	net_send(m, frame, len);
}

uint32_t fcs(const uint8_t *frame, size_t len)
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

uint32_t add16(uint32_t sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? data[i] : data[i] << 8;
	return sum;
}

uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* An IP frame with its right checksums; where the segment starts */
size_t make_ip(uint8_t *frame, bool ip6, uint8_t proto, size_t len)
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

size_t receive(uint8_t *frame, size_t size)
{
	return net_receive(m, frame, size, 5000);
}

bool nothing_sent(void)
{
	uint8_t frame[9000];

	return net_receive(m, frame, sizeof(frame), 50) == 0;
}
