/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Directories of pins: opened without following links, owned by root or by us,
 * read and changed by descriptor, and only our own objects are removed.
 */
#ifndef NETMEM_PIN_DIR_H
#define NETMEM_PIN_DIR_H

#include <stdbool.h>
#include <stddef.h>

#define PIN_ROOT "/sys/fs/bpf"
#define PIN_NAME "netmem"
#define PIN_DIRECTORY PIN_ROOT "/" PIN_NAME
/* Where attach pins, before one rename; what it leaves when it is killed. */
#define PIN_NAME_NEW "netmem_new"

/*
 * The only lock of attach, detach and of all who read, one at a time: no reader
 * only reads. It closes the windows of pools, and runs programs that leave what
 * they found in maps that all have, where two at once would mix what they see.
 * So readers that meet wait for each other, a second or so each, for 30 s at
 * most. attach has it from its first look until all is pinned: two that start
 * at once would both load and arm their hooks, and one would throw them away.
 *
 * A descriptor, to be closed, or -EWOULDBLOCK or another errno.
 *
 * It is a file in /run: the directories of pins come and go, and anybody may
 * open the root of bpffs and hold a lock there.
 */
int pin_lock(void);

/* Says why it failed. */
void pin_lock_why(char *why, size_t size, int err);

/*
 * A directory below PIN_ROOT. -ENOENT: none. -ENOTDIR: a link, a file or on
 * another file system. -EACCES: somebody else owns it or may write to it.
 */
int pin_dir_open(const char *name);

/* Makes an empty one; a descriptor or a negative errno. */
int pin_dir_make(const char *name);

/* "redirect error" has no place in a name: "link_redirect_error". */
int pin_object(int dir, int fd, const char *kind, const char *name);
int pin_open(int dir, const char *kind, const char *name);
bool pin_exists(int dir, const char *name);

/*
 * Removes our objects (by name, and by what the kernel calls the map or the
 * program) and then the directory. -ENOTEMPTY: something that is not ours is
 * left there and was named on standard error. 0 where there is none.
 */
int pin_dir_remove(const char *name);

/* Says why pin_dir_open() failed; returns @err. */
int pin_dir_why(char *why, size_t size, int err);

#endif
