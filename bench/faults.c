// SPDX-License-Identifier: GPL-2.0
/*
 * faults SECONDS [hook]: gets pages by touching memory and gives them back,
 * over and over; prints page faults a second. Each fault has its page free,
 * which is where netmem-check has a hook; with "hook" an empty program of our
 * own sits there: what any hook costs.
 *
 * The figure is the median of many short slices, so that a slice in which this
 * processor was away does not count.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_SKIP 4

#define REGION (4UL << 20)
#define ROUNDS 8 /* in a slice */
#define SLICES_MAX 10000

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* It stays until we end. */
static int attach_empty_hook(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "bench_empty",
			       "GPL", insns, 2, NULL);

	return fd < 0 ? fd : bpf_raw_tracepoint_open("mm_page_free", fd);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double slice(volatile char *region, size_t page)
{
	double start = now();
	size_t at;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		for (at = 0; at < REGION; at += page)
			region[at] = 1;
		madvise((void *)region, REGION, MADV_DONTNEED);
	}
	return ROUNDS * (REGION / page) / (now() - start);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 0, end;
	size_t page = sysconf(_SC_PAGESIZE), count = 0;
	static double slices[SLICES_MAX];
	char *region;

	if (seconds <= 0) {
		fputs("usage: faults SECONDS [hook]\n", stderr);
		return EXIT_USAGE;
	}
	region = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (region == MAP_FAILED) {
		perror("faults: mmap");
		return EXIT_FAILURE;
	}
	if (argc > 2 && attach_empty_hook() < 0)
		return EXIT_SKIP;
	/* A huge page would be one fault and one free. */
	madvise(region, REGION, MADV_NOHUGEPAGE);
	slice(region, page);
	end = now() + seconds;
	while (count < SLICES_MAX && now() < end)
		slices[count++] = slice(region, page);
	qsort(slices, count, sizeof(*slices), compare);
	printf("%.0f\n", slices[count / 2]);
	return 0;
}
