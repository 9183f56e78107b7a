// SPDX-License-Identifier: GPL-2.0
/*
 * frames DEV COUNT: sends XDP live frames out of DEV in one system call, and
 * prints how many a second. The kernel sends in batches of 64 and polls the
 * other end in between, on the same processor: the time holds the receiver's
 * XDP program and all of its stack. It also holds the making and unmaking of
 * the frames' own page pool (25 to 50 ms): make COUNT large.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_SKIP 4

/* ETH_P_802_EX1: nobody's protocol, so the stack frees the frame on receipt */
#define FRAME_PROTOCOL 0x88b5
#define FRAME_SIZE 64

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* One processor for the whole run: the last one gets the fewest interrupts. */
static void stay(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int load_sender(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .imm = XDP_TX },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_frames", "GPL", insns, 2,
			     NULL);
}

int main(int argc, char **argv)
{
	unsigned char frame[FRAME_SIZE] = {};
	struct ethhdr *eth = (struct ethhdr *)frame;
	struct xdp_md ctx = { .data_end = sizeof(frame) };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame,
		    .data_size_in = sizeof(frame), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx),
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	double start;
	int fd, err;

	run.repeat = argc == 3 ? atoi(argv[2]) : 0;
	if (run.repeat <= 0) {
		fputs("usage: frames DEV COUNT\n", stderr);
		return EXIT_USAGE;
	}
	memset(eth->h_dest, 0xff, ETH_ALEN);
	memcpy(eth->h_source, "\x02\x00\x00\x00\x00\xfe", ETH_ALEN);
	eth->h_proto = htons(FRAME_PROTOCOL);
	ctx.ingress_ifindex = if_nametoindex(argv[1]);
	fd = load_sender();
	if (!ctx.ingress_ifindex || fd < 0) {
		fprintf(stderr, "frames: no device '%s', or no XDP\n", argv[1]);
		return EXIT_SKIP;
	}
	stay();
	start = now();
	err = bpf_prog_test_run_opts(fd, &run);
	if (err) {
		fprintf(stderr, "frames: cannot send XDP live frames: %s\n",
			strerror(-err));
		return EXIT_SKIP;
	}
	printf("%.0f\n", run.repeat / (now() - start));
	return 0;
}
