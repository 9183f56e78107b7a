// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/netdevs.h"

bool netdev_hangs_on(const char *sysfs_net, const char *netdev,
		     const char *parent, size_t cut_length)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s/device", sysfs_net, netdev);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = 0;
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(parent) >= cut_length)
		return !strncmp(name, parent, cut_length);
	return !strcmp(name, parent);
}

static unsigned int read_ifindex(const char *sysfs_net, const char *netdev)
{
	unsigned int ifindex = 0;
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/ifindex", sysfs_net, netdev);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%u", &ifindex) != 1)
		ifindex = 0;
	fclose(file);
	return ifindex;
}

/* Several bus devices that a cut name stands for are several net devices. */
bool netdev_of_parent(const char *sysfs_net, const char *parent,
		      size_t cut_length, struct netdev *found)
{
	struct dirent *entry;
	unsigned int count = 0;
	DIR *directory;

	if (!*parent)
		return false;
	directory = opendir(sysfs_net);
	if (!directory)
		return false;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.' ||
		    strlen(entry->d_name) >= sizeof(found->name) ||
		    !netdev_hangs_on(sysfs_net, entry->d_name, parent,
				     cut_length))
			continue;
		strcpy(found->name, entry->d_name);
		count++;
	}
	closedir(directory);
	if (count != 1)
		return false;
	found->ifindex = read_ifindex(sysfs_net, found->name);
	return found->ifindex != 0;
}
