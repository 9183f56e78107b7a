// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk's blind spots that are no object's of those that it visits:
 * parts of the kernel that keep packets where we do not look. Each is
 * emitted only when it is in use, by what /proc, /sys or a counter says.
 *
 * Neither walked nor emitted, because a page that is out does not stay there:
 * - what a processor, or a task that receives or sends, has in hand: cells of
 *   GRO before their NAPI, a batch of a cpumap's thread, GRO of NAPIs without
 *   a device in a namespace, IPv6's multicast work. It takes two walks, more
 *   than a second apart, that do not meet a page which nothing happened to;
 * - pipes, mappings of TCP's zero-copy receive, spliced data of whatever kind:
 *   they have a reference to the page, with which it leaves its pool as soon
 *   as the packet is freed; then it is not out any more;
 * - memory of devices (net_iov), rings of AF_XDP: no page of theirs is counted;
 * - unix sockets' out-of-band data, netlink, netpoll, caches of the allocators
 *   of packets: data of their own, or no data.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "holders.skel.h"

/* Of whatever namespace the calling thread is in. */
#define NET "/proc/thread-self/net/"
#define FRAG6_SYSCTL "/proc/sys/net/netfilter/nf_conntrack_frag6_high_thresh"
/* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCUL

void holders_blind_begin(struct holders *holders)
{
	free(holders->blind.inodes);
	memset(&holders->blind, 0, sizeof(holders->blind));
}

/* ---- in each network namespace ---- */

typedef void (*line_reader)(struct blind *blind, const char *line);

static void read_lines(struct blind *blind, const char *path, line_reader take)
{
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		take(blind, line);
	if (file)
		fclose(file);
}

/* Number, port of the listener, packets that wait for its verdict. */
static void take_nfqueue(struct blind *blind, const char *line)
{
	unsigned int waiting;

	if (sscanf(line, "%*u %*u %u", &waiting) == 1)
		blind->nfqueue += waiting;
}

/* Below a header: one interface a line. Packets wait for their route. */
static void take_multicast(struct blind *blind, const char *line)
{
	blind->multicast += strncmp(line, "Interface", 9) != 0;
}

static void expect_inode(struct blind *blind, unsigned int bytes,
			 uint64_t inode)
{
	uint64_t *grown;

	if (!bytes || !inode)
		return;
	grown = realloc(blind->inodes,
			(blind->inode_count + 1) * sizeof(*grown));
	if (!grown)
		return;
	blind->inodes = grown;
	grown[blind->inode_count++] = inode;
}

static void take_packet_socket(struct blind *blind, const char *line)
{
	unsigned int bytes;
	uint64_t inode;

	if (sscanf(line, "%*s %*d %*d %*x %*d %*d %u %*u %" SCNu64, &bytes,
		   &inode) == 2)
		expect_inode(blind, bytes, inode);
}

static void take_raw_socket(struct blind *blind, const char *line)
{
	unsigned int bytes;
	uint64_t inode;

	if (sscanf(line, "%*d: %*s %*s %*x %*x:%x %*x:%*x %*x %*u %*d %" SCNu64,
		   &bytes, &inode) == 2)
		expect_inode(blind, bytes, inode);
}

/*
 * Netfilter puts fragments of IPv6 together before IPv6 does. If it does in one
 * namespace, it may in each of them.
 */
static int ask_fragments(struct holders *holders, uint64_t net)
{
	const struct holders_bpf *skel = holders->skel;
	int fd, err;

	if (skel->bss->fragments_id)
		return holders_ask(
			holders,
			bpf_program__fd(skel->progs.holders_fragments_of), net,
			0, 0);
	fd = open(FRAG6_SYSCTL, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = holders_ask(holders,
			  bpf_program__fd(skel->progs.holders_fragments), fd, 0,
			  0);
	close(fd);
	return err;
}

static void read_fragments(struct holders *holders, uint64_t net)
{
	if (!ask_fragments(holders, net))
		holders->blind.fragments +=
			holders->skel->bss->reassembly_bytes;
}

void holders_blind_namespace(struct holders *holders, uint64_t net)
{
	static const struct {
		const char *path;
		line_reader take;
	} files[] = {
		{ NET "netfilter/nfnetlink_queue", take_nfqueue },
		{ NET "ip_mr_vif", take_multicast },
		{ NET "ip6_mr_vif", take_multicast },
		{ NET "packet", take_packet_socket },
		{ NET "raw", take_raw_socket },
		{ NET "raw6", take_raw_socket },
		{ NET "icmp", take_raw_socket },
		{ NET "icmp6", take_raw_socket },
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		read_lines(&holders->blind, files[i].path, files[i].take);
	read_fragments(holders, net);
}

void holders_blind_socket(struct holders *holders, uint64_t inode)
{
	struct blind *blind = &holders->blind;
	size_t i;

	for (i = 0; i < blind->inode_count; i++)
		if (blind->inodes[i] == inode)
			blind->inodes[i] = 0;
}

/* ---- of the system ---- */

static bool exists(const char *path)
{
	struct stat status;

	return !stat(path, &status);
}

/* A module that somebody uses; what is built in cannot be known so. */
static bool is_used(const char *module)
{
	char path[64];
	FILE *file;
	int users = 0;

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (!exists(path))
		return false;
	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	file = fopen(path, "re");
	if (!file)
		return true;
	if (fscanf(file, "%d", &users) != 1)
		users = 1;
	fclose(file);
	return users > 0;
}

static bool has_kind(const struct holders *holders, const char *kind)
{
	size_t i;

	for (i = 0; i < holders->device_count; i++)
		if (!strncmp(holders->devices[i].kind, kind,
			     sizeof(holders->devices[i].kind)))
			return true;
	return false;
}

static int place_ipsec(struct holders *holders)
{
	uint64_t count = 0;
	size_t i;
	int err;

	for (i = 0; i < holders->net_count; i++) {
		err = holders_ask(
			holders,
			bpf_program__fd(holders->skel->progs.holders_ipsec),
			holders->nets[i].address, 0, 0);
		if (err)
			return err;
		count += holders->skel->bss->ipsec_count;
	}
	if (count)
		holders_place(
			holders, "IPsec", 0,
			"packets may wait for a key or for encryption (states and policies: %llu)",
			(unsigned long long)count);
	return 0;
}

/*
 * Sockets that have packets, in a namespace's list, and that no process has
 * open: registered with io_uring, or sent to somebody and not received.
 */
static void place_unmet(struct holders *holders)
{
	size_t i, unmet = 0;

	for (i = 0; i < holders->blind.inode_count; i++)
		unmet += holders->blind.inodes[i] != 0;
	if (unmet)
		holders_place(
			holders, "packet and raw sockets", 0,
			"sockets with packets that no visible process has open: %zu",
			unmet);
}

/* UDP's, raw and packet sockets are found by their process, or namespace. */
static void place_outside(struct holders *holders)
{
	struct stat status;

	if (!holders->blind.left_out || stat("/proc/self/ns/pid", &status) ||
	    status.st_ino == FIRST_PID_NAMESPACE)
		return;
	holders_place(holders, "sockets of other PID namespaces", 0,
		      "network namespaces without a visible process: %llu",
		      (unsigned long long)holders->blind.left_out);
}

int holders_blind_places(struct holders *holders)
{
	const struct blind *blind = &holders->blind;

	if (blind->nfqueue)
		holders_place(holders, "netfilter queues", 0,
			      "packets that wait for a verdict: %llu",
			      (unsigned long long)blind->nfqueue);
	else if (blind->left_out && is_used("nfnetlink_queue"))
		holders_place(
			holders, "netfilter queues", 0,
			"network namespaces whose queues cannot be read: %llu",
			(unsigned long long)blind->left_out);
	if (blind->multicast)
		holders_place(holders, "multicast routing", 0,
			      "packets may wait for a route (interfaces: %llu)",
			      (unsigned long long)blind->multicast);
	if (blind->fragments)
		holders_place(holders, "IPv6 reassembly of netfilter", 0,
			      "incomplete datagrams: %llu bytes of fragments",
			      (unsigned long long)blind->fragments);
	if (has_kind(holders, "tun") && is_used("vhost_net"))
		holders_place(
			holders, "vhost", 0,
			"it takes packets from a tap device before its guest has room for them");
	if (is_used("rxrpc"))
		holders_place(holders, "RxRPC", 0,
			      "its calls have packet queues of their own");
	place_unmet(holders);
	place_outside(holders);
	return place_ipsec(holders);
}
