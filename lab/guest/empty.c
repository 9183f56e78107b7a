// SPDX-License-Identifier: GPL-2.0
/*
 * empty CMD...: runs it with as many programs as netmem-check has where a page
 * enters a pool, leaves one and is freed, and nothing in them: what the kernel
 * itself needs to run them.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const tracepoints[] = {
	"page_pool_state_hold",
	"page_pool_state_hold",
	"page_pool_state_release",
	"page_pool_state_release",
	"mm_page_free",
};

static int attach_empty(const char *tracepoint)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insns = (unsigned long)program,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.license = (unsigned long)"GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (unsigned long)tracepoint;
	attr.raw_tracepoint.prog_fd = fd;
	return syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	size_t i;
	int status;

	if (argc < 2)
		return 2;
	for (i = 0; i < sizeof(tracepoints) / sizeof(*tracepoints); i++) {
		if (attach_empty(tracepoints[i]) < 0) {
			perror(tracepoints[i]);
			return 1;
		}
	}
	/* The programs go with this process. */
	if (!fork()) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	return wait(&status) < 0 || status;
}
