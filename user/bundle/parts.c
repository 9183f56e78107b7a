// SPDX-License-Identifier: GPL-2.0
#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

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

/* A static program has no interpreter, and so no libraries that it could load. */
bool parts_can_load(void)
{
	return getauxval(AT_BASE) != 0;
}

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

int parts_write(const struct parts *parts, int fd,
		const volatile bool *interrupted)
{
	struct archive *archive;
	int err = load_library();
	size_t i;

	if (err)
		return err;
	archive = lib.archive_write_new();
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
	return err;
}
