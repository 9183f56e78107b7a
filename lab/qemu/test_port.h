/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's side of the NIC, for its tests: one port with queue 0, its
 * rings in the machine's RAM, and frames.
 */
#ifndef LAB_QEMU_TEST_PORT_H
#define LAB_QEMU_TEST_PORT_H

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

extern const uint8_t our_mac[6];
extern struct machine *const m;
extern unsigned failures; /* of the case that runs */
extern unsigned rx_next; /* descriptor of the next frame, where it matters */

void check(int line, const char *what, uint64_t got, uint64_t wanted);
#define EXPECT(got, wanted) check(__LINE__, #got, got, wanted)

uint32_t reg(uint32_t offset);
void set_reg(uint32_t offset, uint32_t value);
bool irq(void);

/* Rings */
uint32_t rx_buf(unsigned i);
void set_rx_buf(unsigned i, uint32_t addr);
uint32_t rx_status(unsigned i);
unsigned rx_size(unsigned i);
unsigned occupied(void);
unsigned non_occupied(void);
void rx_update(unsigned done, unsigned add);
/* Frames cross to QEMU on their own time. */
bool wait_occupied(unsigned wanted);
bool wait_reg(uint32_t offset, uint32_t wanted);
void tx_desc(unsigned i, uint32_t command, uint32_t addr, unsigned size);
void tx_add(unsigned descs);
void tx_done(unsigned descs);
unsigned tx_sent(void);
unsigned tx_pending(void);

/* The port */
void open_rx(unsigned buf_size);
void open_tx(void);
/* Frames of up to 2000 bytes, in-band link, all interrupts, queue 0 */
void open_port(void);

/* Frames */
void make_frame(uint8_t *frame, size_t len, uint8_t seed);
void send_frame(size_t len, uint8_t seed);
uint32_t fcs(const uint8_t *frame, size_t len);
uint32_t add16(uint32_t sum, const uint8_t *data, size_t len);
uint16_t fold(uint32_t sum);
void put16(uint8_t *at, uint16_t value);
/* An IP frame with its right checksums; where the segment starts */
size_t make_ip(uint8_t *frame, bool ip6, uint8_t proto, size_t len);
size_t receive(uint8_t *frame, size_t size);
bool nothing_sent(void);

#endif /* LAB_QEMU_TEST_PORT_H */
