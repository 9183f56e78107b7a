// SPDX-License-Identifier: GPL-2.0
/*
 * netmem-traffic: the traffic that iproute2 and iperf3 cannot make for the
 * scenarios: XDP live frames, paced one-way senders, a socket that receives
 * and does not read, and the device offload switches (ethtool may be absent).
 *
 * Exit codes: 0 done, 1 failed, 2 usage, 4 this kernel or device refuses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "tools/traffic/traffic.h"

/* ETH_P_802_EX1: nobody's protocol, so the stack frees the frame on receipt */
#define FRAME_PROTOCOL 0x88b5
/* What is left of a page beside headroom, skb_shared_info and bookkeeping */
#define FRAME_MAX 3000

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static void complain(const char *fmt, va_list ap)
{
	fputs("netmem-traffic: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void quit(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
	exit(code);
}

long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void sleep_until_ns(long long when)
{
	struct timespec ts = {
		.tv_sec = when / NSEC_PER_SEC,
		.tv_nsec = when % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR)
		;
}

unsigned int need_device(const struct options *o)
{
	unsigned int ifindex;

	if (!o->dev)
		quit(EXIT_USAGE, "--dev is missing");
	ifindex = if_nametoindex(o->dev);
	if (!ifindex)
		quit(EXIT_FAILURE, "cannot find device '%s': %s", o->dev,
		     strerror(errno));
	return ifindex;
}

/* ---- live-frames ---- */

/* The whole program: "return ACTION", or "return bpf_redirect(ifindex, 0)". */
static int load_frame_program(const char *action, unsigned int ifindex)
{
	struct bpf_insn insns[4] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_1,
		  .imm = ifindex },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_insn *ret = &insns[2];
	int fd;

	if (strcmp(action, "redirect")) {
		*ret = (struct bpf_insn){
			.code = BPF_ALU64 | BPF_MOV | BPF_K,
			.dst_reg = BPF_REG_0,
		};
		if (!strcmp(action, "tx"))
			ret->imm = XDP_TX;
		else if (!strcmp(action, "pass"))
			ret->imm = XDP_PASS;
		else
			quit(EXIT_USAGE,
			     "unknown action '%s', expected tx, pass or redirect",
			     action);
	}

	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "netmem_frames", "GPL", insns, 4,
			   NULL);
	if (fd < 0)
		quit(EXIT_SKIP, "cannot load an XDP program: %s",
		     strerror(-fd));
	return fd;
}

static void build_frame(unsigned char *frame, size_t size)
{
	struct ethhdr *eth = (struct ethhdr *)frame;
	size_t i;

	memset(eth->h_dest, 0xff, ETH_ALEN);
	memcpy(eth->h_source, "\x02\x00\x00\x00\x00\xfe", ETH_ALEN);
	eth->h_proto = htons(FRAME_PROTOCOL);
	for (i = sizeof(*eth); i < size; i++)
		frame[i] = i;
}

/*
 * Each call makes and destroys a page pool of its own (about 25 ms), so a
 * burst is a tenth of a second of frames. Inside a burst the kernel sends in
 * batches of 64 and polls in between, which no veth ring overruns.
 */
static int live_frames(const struct options *o)
{
	unsigned int ifindex = need_device(o);
	long burst = o->pps ? (o->pps + 9) / 10 : 65536;
	unsigned char frame[FRAME_MAX];
	struct xdp_md ctx = {
		.data_end = o->size,
		.ingress_ifindex = ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, run);
	long long start, end;
	long sent = 0;
	int err, fd;

	if (o->size < ETH_HLEN || o->size > FRAME_MAX)
		quit(EXIT_USAGE, "--size must be %d to %d", ETH_HLEN,
		     FRAME_MAX);

	build_frame(frame, o->size);
	run.data_in = frame;
	run.data_size_in = o->size;
	run.ctx_in = &ctx;
	run.ctx_size_in = sizeof(ctx);
	run.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	fd = load_frame_program(o->action, ifindex);

	start = now_ns();
	end = start + o->seconds * NSEC_PER_SEC;
	while (o->count ? sent < o->count : now_ns() < end) {
		run.repeat = burst;
		if (o->count && o->count - sent < burst)
			run.repeat = o->count - sent;
		err = bpf_prog_test_run_opts(fd, &run);
		if (err)
			quit(sent ? EXIT_FAILURE : EXIT_SKIP,
			     "cannot send XDP live frames through '%s': %s",
			     o->dev, strerror(-err));
		sent += run.repeat;
		if (o->pps)
			sleep_until_ns(start + sent * (NSEC_PER_SEC / o->pps));
	}
	close(fd);
	printf("sent %ld frames\n", sent);
	return 0;
}

/* ---- send ---- */

static int open_sender(const struct options *o)
{
	if (!strcmp(o->proto, "raw"))
		return socket(AF_INET, SOCK_RAW, RAW_PROTOCOL);
	if (!o->port)
		quit(EXIT_USAGE, "--port is missing");
	if (!strcmp(o->proto, "tcp"))
		return socket(AF_INET, SOCK_STREAM, 0);
	if (!strcmp(o->proto, "mptcp"))
		return socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	if (!strcmp(o->proto, "sctp"))
		return socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	if (!strcmp(o->proto, "udp"))
		return socket(AF_INET, SOCK_DGRAM, 0);
	if (!strcmp(o->proto, "udplite"))
		return socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
	quit(EXIT_USAGE, "unknown protocol '%s'", o->proto);
}

static int connect_sender(const struct options *o)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(o->port),
	};
	int fd;

	if (!o->to || inet_pton(AF_INET, o->to, &addr.sin_addr) != 1)
		quit(EXIT_USAGE, "--to needs an IPv4 address");
	fd = open_sender(o);
	if (fd < 0)
		quit(EXIT_FAILURE, "cannot open a socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		quit(EXIT_FAILURE, "cannot connect to %s port %ld: %s", o->to,
		     o->port, strerror(errno));
	return fd;
}

/* Every byte is in the receiver's socket when the peer has acknowledged it */
static void wait_until_acknowledged(int fd)
{
	long long end = now_ns() + 5 * NSEC_PER_SEC;
	int queued = 1;

	while (!ioctl(fd, SIOCOUTQ, &queued) && queued && now_ns() < end)
		sleep_until_ns(now_ns() + NSEC_PER_MSEC);
	if (queued)
		quit(EXIT_FAILURE, "%d bytes were never acknowledged", queued);
}

/* Paced in steps of a millisecond. A UDP peer that does not listen answers
 * with an ICMP error, which a later send reports: that datagram is sent again.
 * The first byte is another than all that follow (`hold out-of-order`).
 */
static int send_traffic(const struct options *o)
{
	static char payload[65536];
	long packets = 0, bytes = 0;
	long long start, end;
	int fd = connect_sender(o);
	ssize_t n;

	if (o->size < 1 || o->size > (long)sizeof(payload))
		quit(EXIT_USAGE, "--size must be 1 to %zu", sizeof(payload));

	start = now_ns();
	end = start + o->seconds * NSEC_PER_SEC;
	while (o->bytes ? bytes < o->bytes : now_ns() < end) {
		n = o->size;
		if (o->bytes && o->bytes - bytes < n)
			n = o->bytes - bytes;
		payload[0] = !packets;
		n = send(fd, payload, n, MSG_NOSIGNAL);
		if (n < 0 && (errno == EINTR || errno == ECONNREFUSED))
			continue;
		if (n < 0)
			quit(EXIT_FAILURE, "cannot send after %ld packets: %s",
			     packets, strerror(errno));
		bytes += n;
		packets++;
		if (o->pps && packets % ((o->pps + 999) / 1000) == 0)
			sleep_until_ns(start +
				       packets * (NSEC_PER_SEC / o->pps));
	}
	if (!strcmp(o->proto, "tcp"))
		wait_until_acknowledged(fd);
	close(fd);
	printf("sent %ld packets %ld bytes\n", packets, bytes);
	return 0;
}

/* ---- raw frames ---- */

/* Frames that no socket sends; those to nobody here a NIC filters out. */
static const struct {
	const char *to; /* NULL: the receiver */
	unsigned short protocol;
	size_t size; /* without FCS */
	bool filtered;
} raw_frames[] = {
	{ NULL, FRAME_PROTOCOL, 60, false }, /* the smallest */
	{ NULL, FRAME_PROTOCOL, ETH_FRAME_LEN, false }, /* the largest */
	{ NULL, FRAME_PROTOCOL, 61, false },
	{ NULL, ETH_P_IP, 60, false }, /* no IP header in it */
	{ NULL, ETH_P_IPV6, 200, false },
	{ NULL, ETH_P_8021Q, ETH_FRAME_LEN, false }, /* of no VLAN here */
	{ NULL, 46, 60, false }, /* 802.3: a length, and no LLC that fits */
	{ "\xff\xff\xff\xff\xff\xff", FRAME_PROTOCOL, 60, false },
	{ "\xff\xff\xff\xff\xff\xff", ETH_P_ARP, 60, false },
	{ "\x02\x00\x00\x00\x77\x77", FRAME_PROTOCOL, 60, true },
	{ "\x01\x00\x5e\x7f\x77\x77", ETH_P_IP, 200, true },
};

static void parse_mac(const char *text, unsigned char *mac)
{
	struct ether_addr *address = text ? ether_aton(text) : NULL;

	if (!address)
		quit(EXIT_USAGE, "--to '%s' is no Ethernet address",
		     text ? text : "");
	memcpy(mac, address, ETH_ALEN);
}

/* Sends each of them --count times out of --dev. */
static int send_raw(const struct options *o)
{
	size_t kinds = sizeof(raw_frames) / sizeof(*raw_frames), i;
	struct sockaddr_ll out = { .sll_family = AF_PACKET,
				   .sll_ifindex = need_device(o) };
	unsigned char frame[ETH_FRAME_LEN], to[ETH_ALEN];
	struct ethhdr *eth = (struct ethhdr *)frame;
	long round, passed = 0, filtered = 0;
	int fd;

	parse_mac(o->to, to);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&out, sizeof(out)))
		quit(EXIT_FAILURE, "cannot send raw frames out of '%s': %s",
		     o->dev, strerror(errno));
	build_frame(frame, sizeof(frame));
	for (round = 0; round < o->count; round++) {
		for (i = 0; i < kinds; i++) {
			memcpy(eth->h_dest,
			       raw_frames[i].to ?: (const char *)to, ETH_ALEN);
			eth->h_proto = htons(raw_frames[i].protocol);
			if (send(fd, frame, raw_frames[i].size, 0) < 0)
				quit(EXIT_FAILURE, "cannot send a frame: %s",
				     strerror(errno));
			passed += !raw_frames[i].filtered;
			filtered += raw_frames[i].filtered;
		}
		usleep(2000);
	}
	close(fd);
	printf("sent %ld frames to receive and %ld to filter out\n", passed,
	       filtered);
	return 0;
}

/* ---- offload ---- */

static const struct {
	const char *name;
	__u32 set;
	__u32 get;
} offloads[] = {
	{ "gro", ETHTOOL_SGRO, ETHTOOL_GGRO },
	{ "gso", ETHTOOL_SGSO, ETHTOOL_GGSO },
	{ "tso", ETHTOOL_STSO, ETHTOOL_GTSO },
	{ "sg", ETHTOOL_SSG, ETHTOOL_GSG },
	{ "tx", ETHTOOL_STXCSUM, ETHTOOL_GTXCSUM },
};

static int ethtool_value(int fd, const char *dev, __u32 cmd, __u32 *data)
{
	struct ethtool_value value = { .cmd = cmd, .data = *data };
	struct ifreq ifr = { .ifr_data = (void *)&value };

	strncpy(ifr.ifr_name, dev, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		return -errno;
	*data = value.data;
	return 0;
}

static int offload(const struct options *o, const char *what, const char *how)
{
	__u32 wanted, got = 0;
	size_t i = 0;
	int err, fd;

	need_device(o);
	if (strcmp(how, "on") && strcmp(how, "off"))
		quit(EXIT_USAGE, "offload needs a name and on or off");
	while (i < sizeof(offloads) / sizeof(offloads[0]) &&
	       strcmp(offloads[i].name, what))
		i++;
	if (i == sizeof(offloads) / sizeof(offloads[0]))
		quit(EXIT_USAGE,
		     "unknown offload '%s', expected gro, gso, tso, sg or tx",
		     what);

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		quit(EXIT_FAILURE, "cannot open a socket: %s", strerror(errno));
	wanted = !strcmp(how, "on");
	err = ethtool_value(fd, o->dev, offloads[i].set, &wanted);
	if (!err)
		err = ethtool_value(fd, o->dev, offloads[i].get, &got);
	if (err)
		quit(EXIT_SKIP, "cannot switch '%s' %s on '%s': %s", what, how,
		     o->dev, strerror(-err));
	if (!got != !wanted)
		quit(EXIT_SKIP, "'%s' refuses to switch '%s' %s", o->dev, what,
		     how);
	close(fd);
	return 0;
}

/* ---- probe ---- */

static int probe_map(enum bpf_map_type type, const char *what)
{
	int fd = bpf_map_create(type, "netmem_probe", 4, 4, 1, NULL);

	if (fd < 0)
		quit(EXIT_SKIP, "the kernel refuses %s: %s", what,
		     strerror(-fd));
	close(fd);
	return 0;
}

static int probe_frags(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, load);
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd;

	load.prog_flags = BPF_F_XDP_HAS_FRAGS;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "netmem_probe", "GPL", insns, 2,
			   &load);
	if (fd < 0)
		quit(EXIT_SKIP,
		     "the kernel refuses multi-buffer XDP (xdp.frags): %s",
		     strerror(-fd));
	close(fd);
	return 0;
}

static int probe(const char *what)
{
	if (!strcmp(what, "xdp-frags"))
		return probe_frags();
	if (!strcmp(what, "devmap"))
		return probe_map(BPF_MAP_TYPE_DEVMAP, "an XDP device map");
	if (!strcmp(what, "cpumap"))
		return probe_map(BPF_MAP_TYPE_CPUMAP, "an XDP CPU map");
	quit(EXIT_USAGE, "probe needs one of xdp-frags, devmap, cpumap");
}

/* ---- nudge ---- */

/* Sends a few datagrams over loopback from this processor. */
static void nudge_here(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), i;

	if (fd < 0)
		quit(EXIT_FAILURE, "cannot open a socket: %s", strerror(errno));
	/* A refusal (nobody listens) is all that we expect. */
	for (i = 0; i < 8; i++)
		sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/*
 * Freed skbs wait on the processor that made them until that processor
 * receives something: an idle one keeps a pool's pages for long.
 */
static int nudge(void)
{
	cpu_set_t allowed, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		quit(EXIT_FAILURE, "cannot list processors: %s",
		     strerror(errno));
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (!sched_setaffinity(0, sizeof(one), &one))
			nudge_here();
	}
	return 0;
}

/* ---- command line ---- */

static void usage(FILE *to)
{
	fputs("usage: netmem-traffic COMMAND [OPTION]...\n"
	      "  live-frames --dev DEV [--count N | --seconds S] [--size BYTES]\n"
	      "              [--pps N] [--action redirect|tx|pass]\n"
	      "      send XDP live frames: redirected or transmitted out of DEV, or\n"
	      "      passed to the stack as if DEV had received them\n"
	      "  hold [WHAT] [--port P] [--dev DEV] [--bytes N] [--release-after S]\n"
	      "       [--in-flight] [--leave]\n"
	      "      receive without reading; print \"ready\" when N bytes wait; at\n"
	      "      SIGUSR1 or after S seconds read everything, and fail if it is\n"
	      "      less than N; at SIGTERM end at once. WHAT (else --proto tcp|udp):\n"
	      "      tcp, udp      a socket on port P, bytes of udp with overhead\n"
	      "      unaccepted    a TCP socket that nobody accepts\n"
	      "      out-of-order  a TCP socket that never gets the first segment; send\n"
	      "                    with --size as large as --bytes, and have GRO off\n"
	      "      pipe          spliced from a TCP socket into a pipe\n"
	      "      packet        a packet socket on DEV, for IPv4\n"
	      "      raw           a raw socket, for `send --proto raw`\n"
	      "      tap           DEV is made as a tap, whose ring nobody reads\n"
	      "      udplite, mptcp, sctp   a socket on port P\n"
	      "      macvtap       the file of the macvtap DEV\n"
	      "      ppp           the file /dev/ppp\n"
	      "      multicast     DEV routes multicast by table 100, without a route\n"
	      "      With --in-flight no process has the socket open: it waits in a\n"
	      "      unix socket. With --leave the process leaves its network\n"
	      "      namespace as soon as it has the socket\n"
	      "  send --to ADDR --port P [--proto tcp|udp|raw|udplite|mptcp|sctp]\n"
	      "       [--bytes N | --seconds S] [--size BYTES] [--pps N]\n"
	      "      send one way; with tcp wait until all is acknowledged\n"
	      "  raw --dev DEV --to MAC --count N\n"
	      "      send frames that no socket sends, each kind N times\n"
	      "  offload --dev DEV gro|gso|tso|sg|tx on|off\n"
	      "  probe xdp-frags|devmap|cpumap\n"
	      "  nudge\n"
	      "      let every processor receive something over loopback, so that\n"
	      "      it frees the skbs that wait there\n"
	      "exit: 0 done, 1 failed, 2 usage, 4 this kernel or device refuses\n",
	      to);
}

static double parse_number(const char *name, const char *text, double max)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || *end || value < 0 || value > max)
		quit(EXIT_USAGE, "--%s: '%s' is not a number from 0 to %.0f",
		     name, text, max);
	return value;
}

static const struct option long_options[] = {
	{ "dev", required_argument, NULL, 'd' },
	{ "action", required_argument, NULL, 'a' },
	{ "proto", required_argument, NULL, 'o' },
	{ "to", required_argument, NULL, 't' },
	{ "count", required_argument, NULL, 'c' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "size", required_argument, NULL, 'l' },
	{ "pps", required_argument, NULL, 'r' },
	{ "port", required_argument, NULL, 'p' },
	{ "seconds", required_argument, NULL, 's' },
	{ "release-after", required_argument, NULL, 'R' },
	{ "in-flight", no_argument, NULL, 'F' },
	{ "leave", no_argument, NULL, 'L' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static void parse_options(struct options *o, int argc, char **argv)
{
	const char *name;
	int c, i;

	while ((c = getopt_long(argc, argv, "h", long_options, &i)) != -1) {
		name = c == 'h' || c == '?' ? "" : long_options[i].name;
		switch (c) {
		case 'd':
			o->dev = optarg;
			break;
		case 'a':
			o->action = optarg;
			break;
		case 'o':
			o->proto = optarg;
			break;
		case 't':
			o->to = optarg;
			break;
		case 'c':
			o->count = parse_number(name, optarg, 1e9);
			break;
		case 'b':
			o->bytes = parse_number(name, optarg, 1 << 26);
			break;
		case 'l':
			o->size = parse_number(name, optarg, 65536);
			break;
		case 'r':
			o->pps = parse_number(name, optarg, 1e8);
			break;
		case 'p':
			o->port = parse_number(name, optarg, 65535);
			break;
		case 's':
			o->seconds = parse_number(name, optarg, 86400);
			break;
		case 'R':
			o->release_after = parse_number(name, optarg, 86400);
			break;
		case 'F':
			o->in_flight = true;
			break;
		case 'L':
			o->leave = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(EXIT_USAGE);
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.action = "redirect",
		.proto = "tcp",
		.seconds = 1,
		.size = 64,
	};
	const char *command, *what, *how;

	parse_options(&o, argc, argv);
	command = optind < argc ? argv[optind++] : "";
	what = optind < argc ? argv[optind++] : "";
	how = optind < argc ? argv[optind] : "";

	if (!strcmp(command, "live-frames"))
		return live_frames(&o);
	if (!strcmp(command, "hold"))
		return hold(&o, what);
	if (!strcmp(command, "send"))
		return send_traffic(&o);
	if (!strcmp(command, "raw"))
		return send_raw(&o);
	if (!strcmp(command, "offload"))
		return offload(&o, what, how);
	if (!strcmp(command, "probe"))
		return probe(what);
	if (!strcmp(command, "nudge"))
		return nudge();
	usage(stderr);
	return EXIT_USAGE;
}
