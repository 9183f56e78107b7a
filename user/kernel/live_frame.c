// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "model/records.h"
#include "user/kernel/live_frame.h"
#include "user/util/testing.h"
#include "user/util/util.h"

static const struct bpf_insn return_drop[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
	  .dst_reg = BPF_REG_0,
	  .imm = XDP_DROP },
	{ .code = BPF_JMP | BPF_EXIT },
};

int live_frame_drop(void)
{
	char frame[64] = {};
	struct xdp_md context = { .data_end = sizeof(frame) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    /* The size of the pool, of which one frame is used. */
		    .batch_size = CONTROL_POOL_SIZE);
	int fd, err;

	if (testing_flag("no-live-frames"))
		return -EOPNOTSUPP;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "netmem_control", "GPL",
			   return_drop, ARRAY_LEN(return_drop), NULL);
	if (fd < 0)
		return -errno;
	err = bpf_prog_test_run_opts(fd, &opts) ? -errno : 0;
	close(fd);
	return err;
}
