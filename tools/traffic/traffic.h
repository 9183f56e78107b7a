/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of netmem-traffic share. */
#ifndef NETMEM_TRAFFIC_H
#define NETMEM_TRAFFIC_H

#include <stdbool.h>

#define EXIT_USAGE 2
#define EXIT_SKIP 4

#define NSEC_PER_SEC 1000000000LL
#define NSEC_PER_MSEC 1000000LL

/* Debian 12's netinet/in.h has it for programs that ask for GNU's. */
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Of raw sockets: for experiments, so nobody else's (RFC 3692) */
#define RAW_PROTOCOL 253

struct options {
	const char *dev;
	const char *action;
	const char *proto;
	const char *to;
	long count;
	long bytes;
	long size;
	long pps;
	long port;
	double seconds;
	double release_after;
	bool in_flight;
	bool leave;
};

/* Ends the program with this exit code and the message on stderr. */
void quit(int code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

long long now_ns(void);
void sleep_until_ns(long long when);

/* The index of --dev, which must be there */
unsigned int need_device(const struct options *o);

/* @what: where the packets are to stay; empty: as --proto says */
int hold(const struct options *o, const char *what);

#endif
