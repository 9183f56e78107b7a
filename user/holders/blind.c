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
#include "user/kernel/multicast.h"
#include "holders.skel.h"

/* Of whatever namespace the calling thread is in. */
#define NET "/proc/thread-self/net/"
#define FRAG6_SYSCTL "/proc/sys/net/netfilter/nf_conntrack_frag6_high_thresh"
/* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCUL

void holders_blind_end(struct holders *holders)
{
	free(holders->blind.inodes);
	free(holders->blind.counted);
	memset(&holders->blind, 0, sizeof(holders->blind));
}

/* The majors of macvtap and ipvtap are not fixed. */
static void find_tap_majors(uint32_t *majors)
{
	FILE *file = fopen("/proc/devices", "re");
	char line[80], name[32];
	unsigned int major;

	majors[0] = majors[1] = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %31s", &major, name) != 2)
			continue;
		if (!strcmp(name, "macvtap"))
			majors[0] = major;
		else if (!strcmp(name, "ipvtap"))
			majors[1] = major;
	}
	if (file)
		fclose(file);
}

void holders_blind_begin(struct holders *holders)
{
	struct holders_bpf__bss *bss = holders->skel->bss;

	holders_blind_end(holders);
	find_tap_majors(bss->tap_majors);
	bss->open_ppp = bss->open_taps = bss->open_vhosts = 0;
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
 * Protocols whose sockets are listed, in files below or by an iterator, and
 * those whose packets are copies.
 */
static bool is_listed(const char *protocol)
{
	static const char *const names[] = {
		"TCP",	  "TCPv6",     "UDP",	      "UDPv6",	 "UDP-Lite",
		"RAW",	  "UDPLITEv6", "RAWv6",	      "PING",	 "PINGv6",
		"PACKET", "UNIX",      "UNIX-STREAM", "NETLINK", "XDP",
		"ALG",	  "KEY",       "AF_VSOCK",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(protocol, names[i]))
			return true;
	return false;
}

/* Name, size of a socket, sockets in this namespace */
static void take_protocol(struct blind *blind, const char *line)
{
	struct counted_sockets *grown, counted = { .netns = blind->netns };
	char name[32];
	long long count;

	if (sscanf(line, "%31s %*u %lld", name, &count) != 2 || count <= 0 ||
	    is_listed(name))
		return;
	grown = realloc(blind->counted,
			(blind->counted_count + 1) * sizeof(*grown));
	if (!grown)
		return;
	snprintf(counted.name, sizeof(counted.name), "%.*s", NAME_LEN - 1,
		 name);
	counted.unmet = count;
	blind->counted = grown;
	grown[blind->counted_count++] = counted;
}

/* Packets wait for the routes that are not resolved. */
static void count_multicast(struct blind *blind)
{
	uint64_t unresolved = 0;
	int err = multicast_unresolved(&unresolved);

	blind->multicast += unresolved;
	if (err)
		blind->multicast_error = err;
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

void holders_blind_namespace(struct holders *holders,
			     const struct found_object *net)
{
	static const struct {
		const char *path;
		line_reader take;
	} files[] = {
		{ NET "netfilter/nfnetlink_queue", take_nfqueue },
		{ NET "protocols", take_protocol },
		{ NET "packet", take_packet_socket },
		{ NET "raw", take_raw_socket },
		{ NET "raw6", take_raw_socket },
		{ NET "icmp", take_raw_socket },
		{ NET "icmp6", take_raw_socket },
		{ NET "udplite", take_raw_socket },
		{ NET "udplite6", take_raw_socket },
	};
	size_t i;

	holders->blind.netns = net->netns;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		read_lines(&holders->blind, files[i].path, files[i].take);
	count_multicast(&holders->blind);
	read_fragments(holders, net->address);
}

void holders_blind_socket(struct holders *holders,
			  const struct found_socket *found)
{
	struct blind *blind = &holders->blind;
	size_t i;

	for (i = 0; i < blind->inode_count; i++)
		if (blind->inodes[i] == found->inode)
			blind->inodes[i] = 0;
	for (i = 0; i < blind->counted_count; i++)
		if (blind->counted[i].netns == found->netns &&
		    !strncmp(blind->counted[i].name, found->counted_as,
			     NAME_LEN))
			blind->counted[i].unmet--;
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
			holders, PACKETS, "IPsec", 0,
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
			holders, PACKETS, "packet and raw sockets", 0,
			"sockets with packets (packet, raw, ping, UDP-Lite) that no visible process has open: %zu",
			unmet);
}

/* The same where only the kernel's count tells of them (MPTCP, SCTP, ...). */
static void place_uncounted(struct holders *holders)
{
	const struct counted_sockets *counted = holders->blind.counted;
	const char *name = NULL;
	uint64_t unmet = 0;
	size_t i;

	for (i = 0; i < holders->blind.counted_count; i++) {
		if (counted[i].unmet <= 0)
			continue;
		unmet += counted[i].unmet;
		name = counted[i].name;
	}
	if (unmet)
		holders_place(
			holders, PACKETS, "sockets that no list shows", 0,
			"sockets that the kernel counts and no visible process has open: %llu (%s)",
			(unsigned long long)unmet, name);
}

/*
 * UDP's, raw and packet sockets are found by their process or their namespace,
 * netfilter's queues and its reassembly by their namespace alone.
 */
static void place_left_out(struct holders *holders)
{
	struct stat status;
	bool first = !stat("/proc/self/ns/pid", &status) &&
		     status.st_ino == FIRST_PID_NAMESPACE;

	if (!holders->blind.left_out)
		return;
	holders_place(
		holders, PACKETS, "network namespaces that were left out", 0,
		"without %s process and without a name: %llu; their UDP, raw and packet sockets and netfilter's queues may hold packets",
		first ? "a" : "a visible",
		(unsigned long long)holders->blind.left_out);
}

/* Open files have packets of their own, also when their device is gone. */
static void place_files(struct holders *holders)
{
	const struct holders_bpf__bss *bss = holders->skel->bss;

	if (bss->open_ppp)
		holders_place(holders, PACKETS, "/dev/ppp", 0,
			      "packets may wait in its open files (%u)",
			      bss->open_ppp);
	if (bss->open_taps)
		holders_place(
			holders, PACKETS, "macvtap and ipvtap", 0,
			"packets may wait in open files of /dev/tapN (%u)",
			bss->open_taps);
	if (bss->open_vhosts || (is_used("vhost_net") &&
				 (has_kind(holders, "tun") ||
				  bss->tap_majors[0] || bss->tap_majors[1])))
		holders_place(
			holders, ANYTHING, "vhost", 0,
			"it takes packets from a tap device before its guest has room for them");
}

static void place_multicast(struct holders *holders)
{
	const struct blind *blind = &holders->blind;

	if (blind->multicast)
		holders_place(holders, PACKETS, "multicast routing", 0,
			      "routes for which packets wait: %llu",
			      (unsigned long long)blind->multicast);
	else if (blind->multicast_error)
		holders_place(holders, PACKETS, "multicast routing", 0,
			      "its tables cannot be listed: %s",
			      strerror(-blind->multicast_error));
}

int holders_blind_places(struct holders *holders)
{
	const struct blind *blind = &holders->blind;

	if (blind->nfqueue)
		holders_place(holders, PACKETS, "netfilter queues", 0,
			      "packets that wait for a verdict: %llu",
			      (unsigned long long)blind->nfqueue);
	if (blind->fragments)
		holders_place(holders, PACKETS, "IPv6 reassembly of netfilter",
			      0,
			      "incomplete datagrams: %llu bytes of fragments",
			      (unsigned long long)blind->fragments);
	if (is_used("rxrpc"))
		holders_place(holders, PACKETS, "RxRPC", 0,
			      "its calls have packet queues of their own");
	place_multicast(holders);
	place_files(holders);
	place_unmet(holders);
	place_uncounted(holders);
	place_left_out(holders);
	return place_ipsec(holders);
}
