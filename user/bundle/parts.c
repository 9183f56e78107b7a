// SPDX-License-Identifier: GPL-2.0
#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "user/bundle/parts.h"

#define DIRECTORY "netmem-check/"

int parts_add(struct parts *parts, const char *name, const char *about,
	      char *data, size_t size)
{
	struct part part = { strdup(name), strdup(about), data, size };
	struct part *items =
		realloc(parts->items, (parts->count + 1) * sizeof(*items));

	if (items)
		parts->items = items;
	if (!items || !part.name || !part.about) {
		free(part.name);
		free(part.about);
		free(data);
		return -ENOMEM;
	}
	items[parts->count++] = part;
	return 0;
}

void parts_clear(struct parts *parts)
{
	size_t i;

	for (i = 0; i < parts->count; i++) {
		free(parts->items[i].name);
		free(parts->items[i].about);
		free(parts->items[i].data);
	}
	free(parts->items);
	memset(parts, 0, sizeof(*parts));
}

/* ---- libarchive, which brings many libraries: loaded only here ---- */

#define LIBRARY "libarchive.so.13"

#define FUNCTIONS(X)                               \
	X(archive_entry_new)                       \
	X(archive_entry_free)                      \
	X(archive_entry_set_pathname)              \
	X(archive_entry_set_filetype)              \
	X(archive_entry_set_perm)                  \
	X(archive_entry_set_size)                  \
	X(archive_entry_set_mtime)                 \
	X(archive_errno)                           \
	X(archive_write_new)                       \
	X(archive_write_set_format_pax_restricted) \
	X(archive_write_open_fd)                   \
	X(archive_write_header)                    \
	X(archive_write_data)                      \
	X(archive_write_close)                     \
	X(archive_write_free)

static struct {
	void *handle;
#define POINTER(name) typeof(&name) name;
	FUNCTIONS(POINTER)
#undef POINTER
} lib;

/* -ELIBACC where it is not installed. */
static int load_library(void)
{
	if (!lib.handle)
		lib.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!lib.handle)
		return -ELIBACC;
#define FIND(name)                                             \
	lib.name = (typeof(lib.name))dlsym(lib.handle, #name); \
	if (!lib.name)                                         \
		return -ELIBBAD;
	FUNCTIONS(FIND)
#undef FIND
	return 0;
}

/* ---- the archive ---- */

static int archive_error(struct archive *archive)
{
	int err = lib.archive_errno(archive);

	return err > 0 ? -err : -EIO;
}

static int write_part(struct archive *archive, const struct part *part)
{
	struct archive_entry *entry = lib.archive_entry_new();
	char name[PATH_MAX];
	int err = 0;

	if (!entry)
		return -ENOMEM;
	snprintf(name, sizeof(name), DIRECTORY "%s", part->name);
	lib.archive_entry_set_pathname(entry, name);
	lib.archive_entry_set_filetype(entry, AE_IFREG);
	lib.archive_entry_set_perm(entry, 0600);
	lib.archive_entry_set_size(entry, part->size);
	lib.archive_entry_set_mtime(entry, time(NULL), 0);
	if (lib.archive_write_header(archive, entry) != ARCHIVE_OK ||
	    lib.archive_write_data(archive, part->data, part->size) !=
		    (la_ssize_t)part->size)
		err = archive_error(archive);
	lib.archive_entry_free(entry);
	return err;
}

static int write_archive(const struct parts *parts, int fd,
			 const volatile bool *interrupted)
{
	struct archive *archive = lib.archive_write_new();
	int err = 0;
	size_t i;

	if (!archive)
		return -ENOMEM;
	if (lib.archive_write_set_format_pax_restricted(archive) !=
		    ARCHIVE_OK ||
	    lib.archive_write_open_fd(archive, fd) != ARCHIVE_OK)
		err = archive_error(archive);
	for (i = 0; !err && i < parts->count; i++)
		err = *interrupted ? -EINTR :
				     write_part(archive, &parts->items[i]);
	if (!err && lib.archive_write_close(archive) != ARCHIVE_OK)
		err = archive_error(archive);
	lib.archive_write_free(archive);
	if (!err && fsync(fd))
		err = -errno;
	return err;
}

/* ---- the file: it has no name before it is whole ---- */

static int directory_of(const char *path, char *directory, size_t size)
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return -ENAMETOOLONG;
	snprintf(directory, size, "%s", dirname(copy));
	return 0;
}

/* Where files without a name are not to be had: one that somebody removes. */
static int open_named(const char *directory, char *name, size_t size)
{
	int fd;

	if (snprintf(name, size, "%s/.netmem-bundle.XXXXXX", directory) >=
	    (int)size)
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		name[0] = 0;
	return fd < 0 ? -errno : fd;
}

static int open_unnamed(const char *directory, char *name, size_t size)
{
	int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	name[0] = 0;
	if (fd < 0 &&
	    (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		return open_named(directory, name, size);
	return fd < 0 ? -errno : fd;
}

/* Gives an unnamed file the name of one that does not exist, and keeps it. */
static int name_unnamed(int fd, const char *directory, char *name, size_t size)
{
	char self[64];
	int tries;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	for (tries = 0; tries < 100; tries++) {
		if (snprintf(name, size, "%s/.netmem-bundle.%d.%d", directory,
			     getpid(), tries) >= (int)size)
			return -ENAMETOOLONG;
		if (!linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW))
			return 0;
		if (errno != EEXIST)
			break;
	}
	name[0] = 0;
	return -errno;
}

/* A link to an existing name fails, a rename replaces it. */
static int put_in_place(int fd, const char *directory, char *name, size_t size,
			const char *path, bool force)
{
	char self[64];
	int err = 0;

	if (!force) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		return linkat(AT_FDCWD, *name ? name : self, AT_FDCWD, path,
			      *name ? 0 : AT_SYMLINK_FOLLOW) ?
			       -errno :
			       0;
	}
	if (!*name)
		err = name_unnamed(fd, directory, name, size);
	if (!err && rename(name, path))
		err = -errno;
	if (!err)
		name[0] = 0;
	return err;
}

int parts_write(const struct parts *parts, const char *path, bool force,
		const volatile bool *interrupted)
{
	char directory[PATH_MAX], name[PATH_MAX] = "";
	int fd, err = directory_of(path, directory, sizeof(directory));

	if (err)
		return err;
	err = load_library();
	if (err)
		return err;
	fd = open_unnamed(directory, name, sizeof(name));
	if (fd < 0)
		return fd;
	err = write_archive(parts, fd, interrupted);
	if (!err && *interrupted)
		err = -EINTR;
	if (!err)
		err = put_in_place(fd, directory, name, sizeof(name), path,
				   force);
	if (*name)
		unlink(name);
	close(fd);
	return err;
}
