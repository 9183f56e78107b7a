/* SPDX-License-Identifier: GPL-2.0 */
/* The cases of test_mvneta.c that are in files of their own. */
#ifndef LAB_QEMU_TEST_CASES_H
#define LAB_QEMU_TEST_CASES_H

/* test_rx.c */
void test_rx_one(void);
void test_rx_several(void);
void test_rx_offset(void);
void test_rx_refill(void);
void test_rx_checksum(void);
void test_filters(void);
void test_max_rx_size(void);
void test_rx_irq(void);

/* test_tx.c */
void test_tx_one(void);
void test_tx_several(void);
void test_tx_checksum(void);
void test_tx_irq(void);

/* test_faults.c */
void test_rx_error_every(void);
void test_rx_overrun_every(void);
void test_tx_complete_delay(void);
void test_tx_stall_every(void);
void test_link_flap(void);
void test_bad_rx_buffer(void);
void test_bad_rx_ring(void);
void test_bad_tx_frame(void);
void test_bad_tx_ring(void);
void test_noise(void);

#endif /* LAB_QEMU_TEST_CASES_H */
