/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A QEMU without a guest: its machine is driven through the qtest protocol
 * (one line of text a command) and its network is a stream of frames, each
 * after its length. For tests of the device model.
 */
#ifndef LAB_QEMU_QTEST_H
#define LAB_QEMU_QTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct machine {
	pid_t pid;
	int qtest;
	int net;
};

/* Starts QEMU with the device's properties (",NAME=VALUE...", or ""). */
void machine_start(struct machine *m, const char *qemu, const char *properties);
/* Ends it; false when it had ended on its own, as by a crash. */
bool machine_stop(struct machine *m);

uint32_t machine_readl(struct machine *m, uint64_t addr);
void machine_writel(struct machine *m, uint64_t addr, uint32_t value);
void machine_read(struct machine *m, uint64_t addr, void *buf, size_t len);
void machine_write(struct machine *m, uint64_t addr, const void *buf,
		   size_t len);
/* Lets the machine's time go on: it stands still otherwise. */
void machine_step(struct machine *m, uint64_t ns);

void net_send(struct machine *m, const void *frame, size_t len);
/* The length of the frame that came within some milliseconds, 0 for none */
size_t net_receive(struct machine *m, void *frame, size_t size, int ms);

#endif /* LAB_QEMU_QTEST_H */
