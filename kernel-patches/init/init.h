/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the init that `boot` and `bench` start as process 1. It has no
 * library but libc, and says everything on the console.
 */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* init.c: what the run has found; a failure does not end the run. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool write_file(const char *path, const char *text);
/* The first line of a file; empty when it cannot be read. */
void read_file(const char *path, char *text, size_t size);
/* The number after `netmem.NAME=` on the kernel's command line. */
long argument(const char *name, long otherwise);

/* link.c */
int link_up(const char *name);
int link_add_veth(const char *name, const uint8_t mac[6], const char *peer,
		  const uint8_t peer_mac[6]);
int link_move(const char *name, int pid);
int link_address(const char *name, const char *address, int prefix);

/* xdp.c */
struct live_result {
	long runs;
	/* frames that programs of the test runs and of the devices have seen */
	long frames;
	long device_frames;
	/* frames that a socket has received */
	long received;
	/* page pools whose end the kernel told */
	long pools_gone;
};

void live_frames(struct live_result *result);
/* A program on a device that passes all; -1 when that fails. */
int xdp_attach_pass(const char *name);

/* traffic.c */
struct traffic_result {
	long tcp_bytes;
	long udp_packets;
};

void traffic(struct traffic_result *result);

/* trace.c: page_pool's tracepoints */
bool trace_start(const char *events);
void trace_stop(const char *events);
/* Lines with WORD; how many of them do not have FIELD followed by a value. */
long trace_count(const char *word, const char *field, long *without);

/* klog.c */
struct log_result {
	long lines;
	long bad;
	long allowed;
	long lost;
	/* the test module's own lines */
	long ok;
	long not_ok;
	long skipped;
	long planned;
};

void log_read(struct log_result *result);

#endif /* INIT_H */
