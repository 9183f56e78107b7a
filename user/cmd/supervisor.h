/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process between us and the workload. It ends with us, whatever ends us:
 * then it ends the workload and all that came of it, and brings back the XDP
 * programs that ours replaced. Orders and answers go over one socket.
 */
#ifndef NETMEM_SUPERVISOR_H
#define NETMEM_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

enum order_kind {
	ORDER_RUN, /* start the workload: ANSWER_STARTED */
	ORDER_TERM, /* ask its process group to end */
	ORDER_KILL, /* kill what there is of it: ANSWER_GONE */
	ORDER_HOLD_XDP, /* a program's descriptor comes with it */
	ORDER_FORGET_XDP, /* all of them are back */
};

struct order {
	enum order_kind kind;
	int ifindex;
	uint32_t mode; /* XDP_FLAGS_*_MODE */
};

enum answer_kind {
	ANSWER_STARTED, /* 0 or negative errno */
	ANSWER_ENDED, /* exit status, or 128 + signal */
	ANSWER_GONE, /* 0, or -EBUSY: not all of it could be ended */
};

struct answer {
	enum answer_kind kind;
	int value;
};

/* What it is told by the fork. */
struct supervision {
	char **argv; /* of the workload; NULL: none */
	int control; /* its end of the socket (SOCK_SEQPACKET) */
	int parent; /* pidfd of us */
	int ready_fd; /* for the workload only; -1: none */
	int stdout_fd; /* for the workload's output; -1: as ours */
	bool keep; /* the workload outlives us */
};

/* In a process that was forked for it, with SIGINT, SIGTERM, SIGHUP blocked. */
void __attribute__((noreturn)) supervise(struct supervision *supervision);

#endif
