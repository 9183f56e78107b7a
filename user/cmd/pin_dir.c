// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/cmd/pin_dir.h"
#include "user/kernel/maps.h"
#include "user/kernel/object_kind.h"
#include "user/util/util.h"

#define LOCK_FILE "/run/netmem-check.lock"
#define LOCK_WAIT_MS 30000
#define LOCK_STEP_MS 20

/* -EACCES is what others did; what we may not do is -EPERM. */
static int no_access(int error)
{
	return error == EACCES ? -EPERM : -error;
}

int pin_lock(void)
{
	int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	int waited, err;

	if (fd < 0)
		return no_access(errno);
	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += LOCK_STEP_MS) {
		err = -errno;
		if ((err != -EWOULDBLOCK && err != -EINTR) ||
		    waited >= LOCK_WAIT_MS) {
			close(fd);
			return err;
		}
		usleep(LOCK_STEP_MS * 1000);
	}
	return fd;
}

void pin_lock_why(char *why, size_t size, int err)
{
	if (err == -EWOULDBLOCK || err == -EPERM)
		pin_dir_why(why, size, err);
	else
		snprintf(why, size, "cannot lock '" LOCK_FILE "': %s",
			 error_text(err));
}

static int open_root(void)
{
	int fd = open(PIN_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? no_access(errno) : fd;
}

/* Is it on bpffs, and can only root or we change it? */
static int check_directory(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) || fstat(fd, &st))
		return -errno;
	if (fs.f_type != BPF_FS_MAGIC)
		return -ENOTDIR;
	if ((st.st_uid && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EACCES;
	return 0;
}

static int open_below(int root, const char *name)
{
	int fd = openat(root, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno == ELOOP ? -ENOTDIR : no_access(errno);
	err = check_directory(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int pin_dir_open(const char *name)
{
	int root = open_root(), fd;

	if (root < 0)
		return root;
	fd = open_below(root, name);
	close(root);
	return fd;
}

int pin_dir_make(const char *name)
{
	int root = open_root(), fd;

	if (root < 0)
		return root;
	if (mkdirat(root, name, 0700)) {
		fd = no_access(errno);
	} else {
		fd = open_below(root, name);
		/* Nothing is left of what did not begin. */
		if (fd < 0)
			unlinkat(root, name, AT_REMOVEDIR);
	}
	close(root);
	return fd;
}

/* bpf() of older kernels takes no descriptor of a directory; procfs does. */
static void pin_path(char *path, size_t size, int dir, const char *kind,
		     const char *name)
{
	int prefix = snprintf(path, size, "/proc/self/fd/%d/", dir);
	char *at;

	snprintf(path + prefix, size - prefix, "%s%s", kind, name);
	for (at = path; *at; at++)
		if (*at == ' ')
			*at = '_';
}

int pin_object(int dir, int fd, const char *kind, const char *name)
{
	char path[512];

	if (fd < 0)
		return 0;
	pin_path(path, sizeof(path), dir, kind, name);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

int pin_open(int dir, const char *kind, const char *name)
{
	char path[512];
	int fd;

	pin_path(path, sizeof(path), dir, kind, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

bool pin_exists(int dir, const char *name)
{
	struct stat st;

	/* faccessat() asks for the real user, who may have capabilities only. */
	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* These return 1, 0, or negative errno where the kernel does not say. */

/* Those of functions are called by how they are hooked (bpf/track/function.bpf.c). */
static int is_our_program(int fd)
{
	static const char *const starts[] = { "netmem_", "fe_", "fx_", "kp_",
					      "kr_" };
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	size_t i;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	for (i = 0; i < ARRAY_LEN(starts); i++)
		if (starts_with(info.name, starts[i]))
			return 1;
	return 0;
}

static int is_our_link(int fd)
{
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int prog, ours;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	prog = bpf_prog_get_fd_by_id(info.prog_id);
	/* Not every link has one. */
	if (prog < 0)
		return errno == ENOENT ? 0 : -errno;
	ours = is_our_program(prog);
	close(prog);
	return ours;
}

/*
 * What a pin of an array of inspectors, kept for the XDP program of this number,
 * is called by that program's object; NULL: no such pin.
 */
static const char *inspectors_name(const char *name)
{
	static const struct {
		const char *pin, *map;
	} kinds[] = { { "inspect_frags_", "netmem_insp_frg" },
		      { "inspect_", "netmem_inspect" } };
	const char *number;
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!starts_with(name, kinds[i].pin))
			continue;
		number = name + strlen(kinds[i].pin);
		if (*number && !number[strspn(number, "0123456789")])
			return kinds[i].map;
	}
	return NULL;
}

/* libbpf calls the sections "netmem_b.rodata" and "netmem_b.bss". */
static int is_our_map(int fd, const char *name)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	const char *inspectors, *dot;
	int i;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	inspectors = inspectors_name(name);
	if (inspectors)
		return info.type == BPF_MAP_TYPE_PROG_ARRAY &&
		       !strcmp(info.name, inspectors);
	dot = strchr(info.name, '.');
	if (dot ? !starts_with(info.name, "netmem_") || strcmp(dot + 1, name) :
		  strcmp(info.name, name))
		return 0;
	for (i = 0; i < MAP_COUNT; i++)
		if (!strcmp(name, loader_map_name(i)))
			return 1;
	return !strcmp(name, "description");
}

static int is_ours(int dir, const char *name)
{
	int fd = pin_open(dir, "", name);
	int ours = 0;

	/* Of what is no pin the kernel says EACCES. */
	if (fd < 0)
		return fd == -EACCES ? 0 : fd;
	switch (object_kind(fd)) {
	case OBJECT_MAP:
		ours = is_our_map(fd, name);
		break;
	case OBJECT_PROGRAM:
		ours = starts_with(name, "prog_") && is_our_program(fd);
		break;
	case OBJECT_LINK:
		ours = starts_with(name, "link_") && is_our_link(fd);
		break;
	case OBJECT_OTHER:
		break;
	}
	close(fd);
	return ours;
}

/* Says what is wrong with it. */
static int remove_object(int dir, const char *name, const char *object)
{
	int ours = is_ours(dir, object);

	if (ours > 0)
		return unlinkat(dir, object, 0) ? -errno : 0;
	if (ours == -ENOENT)
		return 0;
	if (ours < 0)
		pr_error("'" PIN_ROOT
			 "/%s/%s' cannot be looked at and stays: %s",
			 name, object, error_text(ours));
	else
		pr_error("'" PIN_ROOT
			 "/%s/%s' is not of netmem-check and stays",
			 name, object);
	return ours < 0 ? ours : -ENOTEMPTY;
}

/* The description first: what is without it is not a whole state. */
static int remove_objects(int dir, const char *name)
{
	struct dirent *entry;
	DIR *entries;
	int err = 0;
	int fd, one;

	if (is_ours(dir, "description") > 0)
		unlinkat(dir, "description", 0);
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	entries = fd < 0 ? NULL : fdopendir(fd);
	if (!entries) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while ((entry = readdir(entries))) {
		if (entry->d_name[0] == '.')
			continue;
		one = remove_object(dir, name, entry->d_name);
		if (!err)
			err = one;
	}
	closedir(entries);
	return err;
}

int pin_dir_remove(const char *name)
{
	int root = open_root(), dir, err;

	if (root < 0)
		return root;
	dir = open_below(root, name);
	err = dir;
	if (dir >= 0) {
		err = remove_objects(dir, name);
		if (!err && unlinkat(root, name, AT_REMOVEDIR))
			err = -errno;
		close(dir);
	}
	close(root);
	return err == -ENOENT ? 0 : err;
}

int pin_dir_why(char *why, size_t size, int err)
{
	switch (err) {
	case -ENOTDIR:
		snprintf(
			why, size,
			"'" PIN_DIRECTORY
			"' is not a directory on a BPF file system (a link or a file, for one); it was not touched");
		break;
	case -EACCES:
		snprintf(
			why, size,
			"'" PIN_DIRECTORY
			"' belongs to another user, or others may write to it; it was not touched");
		break;
	case -EPERM:
		snprintf(
			why, size,
			"'" PIN_ROOT "', '" PIN_DIRECTORY "' or '" LOCK_FILE
			"' is not for this user: CAP_DAC_OVERRIDE is missing, or be root");
		break;
	case -ENOTEMPTY:
		snprintf(why, size,
			 "'" PIN_DIRECTORY
			 "' has objects that are not of netmem-check");
		break;
	case -EWOULDBLOCK:
		snprintf(
			why, size,
			"another netmem-check works with the pinned state since 30 s");
		break;
	default:
		snprintf(why, size, "'" PIN_DIRECTORY "': %s", error_text(err));
	}
	return err;
}
