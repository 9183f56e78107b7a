// SPDX-License-Identifier: GPL-2.0
/* The NIC sends: descriptors, pieces of frames, checksums, its interrupt. */
#include <string.h>

#include "test_cases.h"
#include "test_port.h"

void test_tx_one(void)
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
void test_tx_several(void)
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

void test_tx_checksum(void)
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

void test_tx_irq(void)
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
