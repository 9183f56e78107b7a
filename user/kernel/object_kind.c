// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/object_kind.h"

enum object_kind object_kind(int fd)
{
	char path[64], target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return OBJECT_OTHER;
	target[length] = '\0';
	if (!strcmp(target, "anon_inode:bpf-map"))
		return OBJECT_MAP;
	if (!strcmp(target, "anon_inode:bpf-prog"))
		return OBJECT_PROGRAM;
	/* Newer kernels write bpf_link. */
	if (!strcmp(target, "anon_inode:bpf-link") ||
	    !strcmp(target, "anon_inode:bpf_link"))
		return OBJECT_LINK;
	return OBJECT_OTHER;
}
