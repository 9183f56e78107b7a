// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/kernel_btf.h"
#include "user/util/util.h"

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

/* Of anonymous members in each other; a file may have them without end. */
#define DEPTH_MAX 16

static const char *file;
static bool unverified;

void kernel_btf_use(const char *path)
{
	file = path;
}

struct btf *kernel_btf_load(void)
{
	return file ? btf__parse(file, NULL) : btf__load_vmlinux_btf();
}

const char *kernel_btf_path(void)
{
	__u32 id;

	if (file)
		return file;
	return bpf_btf_get_next_id(0, &id) && errno == EPERM ? VMLINUX_BTF :
							       NULL;
}

/* ---- is it the running kernel's? ---- */

static const struct btf_type *find_struct(const struct btf *btf,
					  const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

static const struct btf_member *find_member(const struct btf *btf,
					    const struct btf_type *type,
					    const char *name)
{
	const struct btf_member *members = btf_members(type);
	int i;

	for (i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, members[i].name_off),
			    name))
			return &members[i];
	return NULL;
}

/* Registers as a system call saves them have a name on each architecture. */
static const char *architecture(const struct btf *btf)
{
	static const struct {
		const char *member, *name;
	} marks[] = {
		{ "orig_ax", "x86" },
		{ "orig_x0", "arm64" },
		{ "orig_a0", "riscv" },
		{ "uregs", "arm" },
	};
	const struct btf_type *registers = find_struct(btf, "pt_regs");
	size_t i;

	for (i = 0; registers && i < ARRAY_LEN(marks); i++)
		if (find_member(btf, registers, marks[i].member))
			return marks[i].name;
	return NULL;
}

#if defined(__x86_64__)
#define OUR_ARCHITECTURE "x86"
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE "arm64"
#elif defined(__riscv)
#define OUR_ARCHITECTURE "riscv"
#elif defined(__arm__)
#define OUR_ARCHITECTURE "arm"
#else
#error "which member of struct pt_regs does this architecture have?"
#endif

static const enum btf_endianness our_endianness =
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? BTF_LITTLE_ENDIAN :
						    BTF_BIG_ENDIAN;

static bool is_other_architecture(const struct btf *btf)
{
	const char *name = architecture(btf);

	if (name && strcmp(name, OUR_ARCHITECTURE)) {
		pr_error(
			"--btf: '%s' is of another architecture: %s; this is " OUR_ARCHITECTURE,
			file, name);
		return true;
	}
	if (btf__endianness(btf) == our_endianness &&
	    (!btf__pointer_size(btf) ||
	     btf__pointer_size(btf) == sizeof(void *)))
		return false;
	pr_error(
		"--btf: '%s' is of another architecture, with other words than " OUR_ARCHITECTURE,
		file);
	return true;
}

/* The anonymous struct or union that a member is; NULL: it is none. */
static const struct btf_type *anonymous(const struct btf *btf,
					const struct btf_member *member)
{
	int id = member->name_off ? -1 : btf__resolve_type(btf, member->type);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, id);

	return type && btf_is_composite(type) ? type : NULL;
}

/* In bits from the start of the struct, -1: it has no such member. */
static int64_t member_offset(const struct btf *btf, const struct btf_type *type,
			     const char *name, int depth)
{
	const struct btf_member *members = btf_members(type);
	const struct btf_type *inner;
	int64_t offset;
	int i;

	for (i = 0; i < btf_vlen(type); i++) {
		inner = anonymous(btf, &members[i]);
		offset = 0;
		if (inner && depth < DEPTH_MAX)
			offset = member_offset(btf, inner, name, depth + 1);
		else if (strcmp(btf__name_by_offset(btf, members[i].name_off),
				name))
			offset = -1;
		if (offset >= 0)
			return offset + btf_member_bit_offset(type, i);
	}
	return -1;
}

/*
 * A minimised file has some of the members, all where they are. @base: where
 * @one begins, in bits from the start of the struct that @other is.
 */
static bool members_differ(const struct btf *given, const struct btf_type *one,
			   const struct btf *own, const struct btf_type *other,
			   int64_t base, int depth)
{
	const struct btf_member *members = btf_members(one);
	const struct btf_type *inner;
	const char *name;
	int64_t offset;
	int i;

	for (i = 0; i < btf_vlen(one); i++) {
		name = btf__name_by_offset(given, members[i].name_off);
		offset = base + btf_member_bit_offset(one, i);
		inner = anonymous(given, &members[i]);
		if (inner && depth < DEPTH_MAX &&
		    members_differ(given, inner, own, other, offset, depth + 1))
			return true;
		if (*name && member_offset(own, other, name, 0) != offset)
			return true;
	}
	return false;
}

static bool struct_differs(const struct btf *given, const struct btf *own,
			   const char *name)
{
	const struct btf_type *one = find_struct(given, name);
	const struct btf_type *other = find_struct(own, name);

	if (!one || !other)
		return one;
	return one->size != other->size ||
	       members_differ(given, one, own, other, 0, 0);
}

static bool is_other_kernel(const struct btf *given)
{
	static const char *const structs[] = {
		"page_pool", "page",	     "net_device", "sk_buff",
		"xdp_buff",  "xdp_rxq_info", "sock",	   "task_struct",
	};
	struct btf *own = btf__load_vmlinux_btf();
	bool differs = false;
	size_t i;

	unverified = !own;
	if (!own) {
		pr_error("--btf: '%s': " KERNEL_BTF_UNVERIFIED, file);
		return false;
	}
	for (i = 0; !differs && i < ARRAY_LEN(structs); i++) {
		differs = struct_differs(given, own, structs[i]);
		if (differs)
			pr_error(
				"--btf: '%s' is of another kernel: its struct %s is not that of the running one",
				file, structs[i]);
	}
	btf__free(own);
	return differs;
}

bool kernel_btf_is_unverified(void)
{
	return unverified;
}

/* libbpf has one error for what is no BTF, and one for an ELF file without. */
static int refuse_unread(int err)
{
	if (err == -ENOENT || err == -EACCES || err == -EISDIR ||
	    error_is_shortage(err)) {
		pr_error("--btf: cannot read '%s': %s", file, error_text(err));
		return err;
	}
	pr_error(
		"--btf: '%s' is neither BTF nor an ELF file with BTF; pahole --btf_encode_detached makes one of a vmlinux with debug information",
		file);
	return -EOPNOTSUPP;
}

int kernel_btf_check(void)
{
	struct btf *btf;
	int err = 0, fd;

	if (!file)
		return 0;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return refuse_unread(-errno);
	close(fd);
	btf = btf__parse(file, NULL);
	if (!btf)
		return refuse_unread(errno == ENOENT ? -EINVAL : -errno);
	if (is_other_architecture(btf)) {
		err = -EOPNOTSUPP;
	} else if (!find_struct(btf, "page_pool")) {
		pr_error(
			"--btf: '%s' has no struct page_pool: it is of a module, or of a kernel without CONFIG_PAGE_POOL",
			file);
		err = -EOPNOTSUPP;
	} else if (is_other_kernel(btf)) {
		err = -EOPNOTSUPP;
	}
	btf__free(btf);
	return err;
}
