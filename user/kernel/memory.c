// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "user/kernel/memory.h"
#include "user/loader.h"

#define MAPS_MAX 256 /* more than all of ours */

struct tally {
	uint32_t maps[MAPS_MAX]; /* ids: programs share maps */
	uint32_t count;
	uint64_t bytes;
	bool failed;
};

static uint64_t memory_of(int fd)
{
	uint64_t bytes = 0;
	char text[256];
	FILE *file;

	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", fd);
	file = fopen(text, "re");
	if (!file)
		return 0;
	while (fgets(text, sizeof(text), file))
		if (sscanf(text, "memlock: %" SCNu64, &bytes) == 1)
			break;
	fclose(file);
	return bytes;
}

static void add_map(struct tally *tally, uint32_t id)
{
	uint32_t i;
	int fd;

	for (i = 0; i < tally->count; i++)
		if (tally->maps[i] == id)
			return;
	fd = i < MAPS_MAX ? bpf_map_get_fd_by_id(id) : -1;
	if (fd < 0) {
		tally->failed = true;
		return;
	}
	tally->maps[tally->count++] = id;
	tally->bytes += memory_of(fd);
	close(fd);
}

static void add_program(struct tally *tally, int fd)
{
	uint32_t ids[MAPS_MAX], i;
	struct bpf_prog_info info = {
		.nr_map_ids = MAPS_MAX,
		.map_ids = (uintptr_t)ids,
	};
	uint32_t size = sizeof(info);

	if (fd <= 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) ||
	    info.nr_map_ids > MAPS_MAX) {
		tally->failed = true;
		return;
	}
	tally->bytes += memory_of(fd);
	for (i = 0; i < info.nr_map_ids; i++)
		add_map(tally, ids[i]);
}

uint64_t loader_kernel_bytes(const struct loader *loader)
{
	struct tally tally = {};
	size_t i;

	for (i = 0; i < hook_count; i++)
		add_program(&tally, loader->hook_fds[i]);
	for (i = 0; i < DEMAND_COUNT; i++)
		add_program(&tally, loader->demand_fds[i]);
	return tally.failed ? 0 : tally.bytes;
}
