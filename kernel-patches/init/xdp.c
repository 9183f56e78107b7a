// SPDX-License-Identifier: GPL-2.0
/*
 * XDP live frames: the BPF test run takes pages from a page pool of its own
 * and sends them into a veth pair, from where they come back on all ways.
 */
#include "init.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UDP_PORT 9

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* One number, which all programs add to when they run. */
static int counter_new(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static long counter_read(int map)
{
	uint64_t value = 0;
	uint32_t key = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		return -1;
	return value;
}

/* counter += 1; return action, or redirect to a device when one is named. */
static int program_new(int map, int action, int ifindex)
{
	struct bpf_insn insns[] = {
		/* r1 = &counter */
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = map },
		{},
		/* lock *r1 += 1 */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 1 },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC,
		  .dst_reg = 1,
		  .src_reg = 2,
		  .imm = BPF_ADD },
		/* r0 = action, or r0 = bpf_redirect(ifindex, 0) */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = ifindex ? 1 : 0,
		  .imm = ifindex ? ifindex : action },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t) "GPL",
	};

	/* without a device the call is a plain move */
	if (!ifindex)
		insns[6] = insns[5];
	return bpf(BPF_PROG_LOAD, &attr);
}

/* The program stays on the device as long as the descriptor is open. */
static int attach(int program, int ifindex)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = program,
			.target_ifindex = ifindex,
			.attach_type = BPF_XDP,
			.flags = XDP_FLAGS_DRV_MODE,
		},
	};

	return bpf(BPF_LINK_CREATE, &attr);
}

int xdp_attach_pass(const char *name)
{
	int map = counter_new();
	int program = program_new(map, XDP_PASS, 0);
	int link = attach(program, if_nametoindex(name));

	close(program);
	close(map);
	return link;
}

static uint16_t ip_checksum(const void *data, size_t size)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; size; size -= 2)
		sum += *word++;
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* To near0, which is 10.9.0.1. The other kind is nobody's protocol. */
static size_t packet(uint8_t *data, bool udp)
{
	struct ethhdr *eth = (void *)data;
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.tot_len = htons(sizeof(ip) + sizeof(struct udphdr) + 64),
		.saddr = htonl(0x0a090002),
		.daddr = htonl(0x0a090001),
	};
	struct udphdr header = {
		.source = htons(UDP_PORT),
		.dest = htons(UDP_PORT),
		.len = htons(sizeof(header) + 64),
	};

	memset(data, 0, 256);
	memcpy(eth->h_dest, "\2\0\0\0\0\1", 6);
	memcpy(eth->h_source, "\2\0\0\0\0\2", 6);
	eth->h_proto = htons(udp ? ETH_P_IP : ETH_P_802_EX1);
	ip.check = ip_checksum(&ip, sizeof(ip));
	memcpy(eth + 1, &ip, sizeof(ip));
	memcpy(data + sizeof(*eth) + sizeof(ip), &header, sizeof(header));
	return sizeof(*eth) + sizeof(ip) + sizeof(header) + 64;
}

static int test_run(int program, bool udp, int frames, int batch)
{
	uint8_t data[256];
	size_t size = packet(data, udp);
	struct xdp_md context = {
		.data_end = size,
		.ingress_ifindex = if_nametoindex("near0"),
	};
	union bpf_attr attr = {
		.test = {
			.prog_fd = program,
			.data_in = (uintptr_t)data,
			.data_size_in = size,
			.ctx_in = (uintptr_t)&context,
			.ctx_size_in = sizeof(context),
			.repeat = frames,
			.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			.batch_size = batch,
		},
	};

	return bpf(BPF_PROG_TEST_RUN, &attr);
}

static int udp_socket(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(UDP_PORT),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&address, sizeof(address)))
		fail("no UDP socket for frames that pass: %s", strerror(errno));
	return fd;
}

/* Reads some of what waits; the rest goes with the socket. */
static long udp_read(int fd)
{
	char data[256];
	long got = 0;

	while (got < 20 && recv(fd, data, sizeof(data), 0) > 0)
		got++;
	return got;
}

enum target { NONE, NEAR, FAR };

struct way {
	const char *name;
	int action;
	enum target target;
	bool udp;
};

/* What the devices do with a frame that arrives there; -1: no program. */
struct devices {
	int near;
	int far;
};

static void one_run(struct live_result *result, const struct way *way,
		    const struct devices *devices, int frames, int batch,
		    int device_map)
{
	const char *const names[] = { "", "near0", "far0" };
	int map = counter_new();
	int program = program_new(map, way->action,
				  if_nametoindex(names[way->target]));
	int socket = way->udp ? udp_socket() : -1;
	long before = counter_read(device_map), seen, arrived, received = 0;

	if (program < 0 || test_run(program, way->udp, frames, batch))
		fail("live frames %s, batch %d: %s", way->name, batch,
		     strerror(errno));
	seen = counter_read(map);
	if (seen != frames)
		fail("live frames %s, batch %d: %ld of %d ran", way->name,
		     batch, seen, frames);
	arrived = counter_read(device_map) - before;
	if (way->action != XDP_DROP && way->action != XDP_PASS &&
	    devices->far >= 0 && !arrived)
		fail("live frames %s, batch %d: none arrived", way->name,
		     batch);
	if (way->udp) {
		received = udp_read(socket);
		if (!received)
			fail("live frames %s, batch %d: socket got none",
			     way->name, batch);
		close(socket);
	}
	result->runs++;
	result->frames += seen;
	result->device_frames += arrived;
	result->received += received;
	close(program);
	close(map);
}

/* All ways from near0, with these programs on the two devices. */
static void one_setup(struct live_result *result, const struct devices *devices)
{
	static const struct way ways[] = {
		{ "drop", XDP_DROP, NONE, false },
		{ "pass", XDP_PASS, NONE, false },
		{ "pass to a socket", XDP_PASS, NONE, true },
		{ "tx", XDP_TX, NONE, false },
		{ "redirect to near0", XDP_REDIRECT, NEAR, false },
		{ "redirect to far0", XDP_REDIRECT, FAR, false },
	};
	static const int batches[] = { 1, 64, 256 };
	int frames = argument("frames", 20000);
	int map = counter_new(), link[2] = { -1, -1 }, program;

	if (devices->far >= 0) {
		program = program_new(map, devices->near, 0);
		link[0] = attach(program, if_nametoindex("near0"));
		close(program);
		program = program_new(map, devices->far, 0);
		link[1] = attach(program, if_nametoindex("far0"));
		close(program);
		if (link[0] < 0 || link[1] < 0)
			fail("no XDP program on the veth pair: %s",
			     strerror(errno));
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		/* what the devices do matters only to frames that reach them */
		if (devices->far >= 0 &&
		    (ways[i].action == XDP_DROP || ways[i].action == XDP_PASS))
			continue;
		for (size_t b = 0; b < sizeof(batches) / sizeof(batches[0]);
		     b++)
			one_run(result, &ways[i], devices, frames, batches[b],
				map);
	}
	close(link[0]);
	close(link[1]);
	close(map);
}

void live_frames(struct live_result *result)
{
	static const struct devices setups[] = {
		{ -1, -1 },
		{ XDP_DROP, XDP_DROP },
		{ XDP_DROP, XDP_PASS },
		{ XDP_PASS, XDP_TX },
	};
	bool traced = trace_start("xdp/mem_disconnect");

	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++)
		one_setup(result, &setups[i]);
	if (!traced)
		return;
	/* A pool ends with its last frame, or up to a second after it. */
	for (int second = 0; second < 20; second++) {
		result->pools_gone = trace_count("mem_disconnect:", NULL, NULL);
		if (result->pools_gone >= result->runs)
			break;
		sleep(1);
	}
	trace_stop("xdp/mem_disconnect");
	if (result->pools_gone != result->runs)
		fail("%ld live runs, but %ld page pools have gone",
		     result->runs, result->pools_gone);
}
