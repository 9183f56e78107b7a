// SPDX-License-Identifier: GPL-2.0
/*
 * Pinned maps of wrong shapes, and descriptions that do not fit them: real maps,
 * pinned where attach pins. The input has four bytes a map, then what becomes of
 * the description. Needs root, and a BPF file system of its own.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>

/* Its description of maps */
#include "user/cmd/pins.c"

/* The map of this name that the bytes ask for; -1: none. */
static int make_map(const char *name, const uint8_t *bytes)
{
	static const enum bpf_map_type types[] = {
		BPF_MAP_TYPE_ARRAY,	   BPF_MAP_TYPE_ARRAY,
		BPF_MAP_TYPE_HASH,	   BPF_MAP_TYPE_PERCPU_ARRAY,
		BPF_MAP_TYPE_PERCPU_HASH,  BPF_MAP_TYPE_PROG_ARRAY,
		BPF_MAP_TYPE_RINGBUF,	   BPF_MAP_TYPE_LRU_HASH,
		BPF_MAP_TYPE_ARRAY_OF_MAPS
	};
	enum bpf_map_type type = types[bytes[0] % ARRAY_LEN(types)];
	bool ring = type == BPF_MAP_TYPE_RINGBUF;
	uint32_t key = ring			 ? 0 :
		       type == BPF_MAP_TYPE_HASH ? bytes[1] % 64 + 1 :
						   4;
	uint32_t value = ring				 ? 0 :
			 type == BPF_MAP_TYPE_PROG_ARRAY ? 4 :
							   bytes[2] * 16U + 1;
	LIBBPF_OPTS(bpf_map_create_opts, options,
		    .map_flags = bytes[0] >= 128 && type == BPF_MAP_TYPE_ARRAY ?
					 BPF_F_MMAPABLE :
					 0);

	return bpf_map_create(type, name, key, value,
			      ring ? 4096 : bytes[3] + 1, &options);
}

/* Pins them, and says in @loader which they are. */
static void pin_maps(int dir, struct loader *loader, const uint8_t *bytes)
{
	char name[32];
	int i;

	for (i = 0; i < MAP_COUNT; i++, bytes += 4) {
		/* What libbpf calls the sections */
		snprintf(name, sizeof(name), "%s%s",
			 i == MAP_RODATA || i == MAP_BSS ? "netmem_b." : "",
			 loader_map_name(i));
		loader->map_fds[i] = bytes[0] == 255 ? -1 :
						       make_map(name, bytes);
		if (loader->map_fds[i] < 0)
			continue;
		MUST(!pin_object(dir, loader->map_fds[i], "",
				 loader_map_name(i)));
	}
}

/* The description of these maps with @bytes over it from some place on. */
static void pin_described(int dir, const struct loader *loader,
			  const uint8_t *bytes, size_t size)
{
	struct description description;
	uint32_t zero = 0, value = sizeof(description);
	char place[8192] = {};
	size_t offset;
	int fd;

	MUST(!describe(loader, &description));
	memcpy(place, &description, sizeof(description));
	if (size > 3) {
		value = bytes[0] & 1 ? bytes[1] * 8 + 1U : value;
		offset = (bytes[1] | bytes[2] << 8) % sizeof(description);
		memcpy(place + offset, bytes + 3, size - 3);
	}
	fd = bpf_map_create(size && bytes[0] & 2 ? BPF_MAP_TYPE_HASH :
						   BPF_MAP_TYPE_ARRAY,
			    DESCRIPTION, sizeof(zero), value, 1, NULL);
	if (fd < 0)
		return;
	bpf_map_update_elem(fd, &zero, place, BPF_ANY);
	MUST(!pin_object(dir, fd, "", DESCRIPTION));
	close(fd);
}

static void close_maps(struct loader *loader)
{
	int i;

	for (i = 0; i < MAP_COUNT; i++)
		if (loader->map_fds[i] >= 0)
			close(loader->map_fds[i]);
}

/* Readers refuse it with words, and detach takes it away. */
static void read_and_remove(void)
{
	struct loader loader;
	char why[512] = "";
	int err = pinned_check();

	if (!err)
		err = pinned_open(&loader);
	MUST(err);
	pinned_why_not(why, sizeof(why), err);
	MUST(why[0]);
	MUST(!pinned_remove());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int first = open("/dev/null", O_RDONLY | O_CLOEXEC), dir;
	uint8_t bytes[MAP_COUNT * 4] = {}, rest[1024];
	struct loader loader = {};

	close(first);
	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	size = size < sizeof(bytes) ? 0 : size - sizeof(bytes);
	if (size > sizeof(rest))
		size = sizeof(rest);
	if (size)
		memcpy(rest, data + sizeof(bytes), size);
	dir = pin_dir_make(PIN_NAME);
	MUST(dir >= 0);
	pin_maps(dir, &loader, bytes);
	pin_described(dir, &loader, rest, size);
	close_maps(&loader);
	close(dir);
	read_and_remove();
	dir = open("/dev/null", O_RDONLY | O_CLOEXEC);
	MUST(dir == first); /* no descriptor is left open */
	close(dir);
	return 0;
}
