// SPDX-License-Identifier: GPL-2.0
/*
 * The device model alone: what it does to registers, rings, frames and its
 * interrupt, told apart case by case. Each case has a QEMU of its own.
 *
 *	test_mvneta QEMU [CASE...]
 */
#include <stdio.h>
#include <string.h>

#include "test_cases.h"
#include "test_port.h"

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
