// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/kernel/namespaces.h"
#include "user/kernel/netns.h"
#include "user/util/util.h"

#define NAMED "/run/netns"

static int add_namespace(struct namespaces *list, size_t *room, uint64_t inode,
			 const char *directory, const char *entry)
{
	struct namespace *grown;
	char *path;

	if (list->count == *room) {
		*room = *room ? *room * 2 : 256;
		grown = realloc(list->items, *room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->items = grown;
	}
	if (asprintf(&path, "%s/%s", directory, entry) < 0)
		return -ENOMEM;
	list->items[list->count++] = (struct namespace){ inode, path };
	return 0;
}

/* Adds what stands in a directory; @behind: behind each entry's name. */
static int scan(struct namespaces *list, size_t *room, const char *directory,
		const char *behind, bool numbers)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	struct stat status;
	char path[320];
	int err = 0;

	while (stream && !err && (entry = readdir(stream))) {
		if (*entry->d_name == '.' ||
		    (numbers && (*entry->d_name < '0' || *entry->d_name > '9')))
			continue;
		snprintf(path, sizeof(path), "%s%s", entry->d_name, behind);
		if (!fstatat(dirfd(stream), path, &status, 0))
			err = add_namespace(list, room, status.st_ino,
					    directory, path);
	}
	if (stream)
		closedir(stream);
	return err;
}

static bool is_named(const struct namespace *namespace)
{
	return !strncmp(namespace->path, NAMED "/", sizeof(NAMED));
}

/* By inode; those with a name first. */
static int compare_namespace(const void *left, const void *right)
{
	const struct namespace *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (is_named(a) != is_named(b))
		return is_named(a) ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void keep_one_each(struct namespaces *list)
{
	size_t i, kept = 0;

	sort_list(list->items, list->count, sizeof(*list->items),
		  compare_namespace);
	for (i = 0; i < list->count; i++) {
		if (kept && list->items[kept - 1].inode == list->items[i].inode)
			free(list->items[i].path);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

int namespaces_find(struct namespaces *list)
{
	size_t room = 0;
	int err;

	namespaces_clear(list);
	err = scan(list, &room, NAMED, "", false);
	if (!err)
		err = scan(list, &room, "/proc", "/ns/net", true);
	if (err)
		namespaces_clear(list);
	else
		keep_one_each(list);
	return err;
}

void namespaces_clear(struct namespaces *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int compare_inode(const void *key, const void *item)
{
	uint64_t inode = *(const uint64_t *)key;
	const struct namespace *namespace = item;

	return (inode > namespace->inode) - (inode < namespace->inode);
}

static const struct namespace *find(const struct namespaces *list,
				    uint64_t inode)
{
	return list->count ? bsearch(&inode, list->items, list->count,
				     sizeof(*list->items), compare_inode) :
			     NULL;
}

/* -ESTALE: the path leads to another namespace now, or nowhere. */
static int open_namespace(const struct namespace *namespace)
{
	int fd = open(namespace->path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -ESTALE;
	if (!fstat(fd, &status) && status.st_ino == namespace->inode)
		return fd;
	close(fd);
	return -ESTALE;
}

int namespaces_open(struct namespaces *list, uint64_t inode)
{
	const struct namespace *namespace = find(list, inode);
	int err, fd = namespace ? open_namespace(namespace) : -ENOENT;

	if (fd != -ESTALE)
		return fd;
	err = namespaces_find(list);
	if (err)
		return err;
	namespace = find(list, inode);
	fd = namespace ? open_namespace(namespace) : -ENOENT;
	return fd == -ESTALE ? -ENOENT : fd;
}

int namespaces_enter(struct namespaces *list, uint64_t inode)
{
	int err = 0, fd = namespaces_open(list, inode);

	if (fd < 0)
		return fd;
	if (inode != netns_own() && setns(fd, CLONE_NEWNET))
		err = -errno;
	close(fd);
	return err;
}

const char *namespaces_name(const struct namespaces *list, uint64_t inode)
{
	const struct namespace *namespace = find(list, inode);

	return namespace && is_named(namespace) ?
		       namespace->path + sizeof(NAMED) :
		       NULL;
}
