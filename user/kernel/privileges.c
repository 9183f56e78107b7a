// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/kernel/privileges.h"
#include "user/util/util.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

/* r1 = fp - 8; *(u64 *)r1 = 0; bpf_probe_read_kernel(r1, 8, 0); return 0 */
static const struct bpf_insn read_kernel[] = {
	{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
	  .dst_reg = BPF_REG_1,
	  .src_reg = BPF_REG_10 },
	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* For messages only: what may be done is tried. */
bool privileges_has(int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	return !syscall(SYS_capget, &header, data) &&
	       data[CAP_TO_INDEX(capability)].effective &
		       CAP_TO_MASK(capability);
}

static int load(enum bpf_prog_type type, const struct bpf_insn *insns,
		size_t count)
{
	int fd = bpf_prog_load(type, "netmem_may", "GPL", insns, count, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static bool is_locked_down(void)
{
	char line[128] = "";
	FILE *file = fopen(LOCKDOWN, "re");
	bool locked;

	if (!file)
		return false;
	locked = fgets(line, sizeof(line), file) &&
		 strstr(line, "[confidentiality]");
	fclose(file);
	return locked;
}

/* The kernel takes CAP_SYS_ADMIN for each of both. */
static void name_missing(char *why, size_t size)
{
	bool bpf = privileges_has(CAP_SYS_ADMIN) || privileges_has(CAP_BPF);
	bool perfmon = privileges_has(CAP_SYS_ADMIN) ||
		       privileges_has(CAP_PERFMON);

	if (bpf && perfmon)
		snprintf(
			why, size,
			"bpf() is refused although CAP_BPF and CAP_PERFMON are there: by a seccomp filter, a user namespace or a security module");
	else
		snprintf(
			why, size, "missing: %s%s%s; root has them",
			bpf ? "" : "CAP_BPF (to load BPF programs)",
			bpf || perfmon ? "" : " and ",
			perfmon ?
				"" :
				"CAP_PERFMON (to trace the kernel and read its memory)");
}

int missing_privileges(char *why, size_t size)
{
	int err = load(BPF_PROG_TYPE_RAW_TRACEPOINT, read_kernel,
		       ARRAY_LEN(read_kernel));

	if (!err)
		return 0;
	/* Also of kernels without BPF: what is missing there is named by probes. */
	if (is_locked_down())
		snprintf(
			why, size,
			"kernel lockdown (confidentiality, " LOCKDOWN
			") lets no BPF program read kernel memory; boot with lockdown=integrity or none");
	else if (err == -EPERM || err == -EACCES)
		name_missing(why, size);
	else
		return 0;
	return -EPERM;
}

int missing_for_pins(char *why, size_t size)
{
	__u32 id;

	if (!bpf_prog_get_next_id(0, &id) || errno != EPERM)
		return 0;
	snprintf(
		why, size,
		"missing: CAP_SYS_ADMIN (to tell whose the pinned links are); root has it");
	return -EPERM;
}

int check_privileges(void)
{
	char why[256];
	int err = missing_privileges(why, sizeof(why));

	if (err)
		pr_error("%s", why);
	return err;
}
