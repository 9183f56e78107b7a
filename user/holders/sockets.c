// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk's sockets: those that some process has open, in whatever
 * network namespace, by the iterator over files; and those of TCP, UDP and
 * unix without a process (orphans, connections that nobody accepted, the
 * kernel's own), by iterators that see the namespace they are opened in.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/holders/private.h"
#include "user/kernel/netns.h"
#include "user/util/util.h"
#include "holders.skel.h"

struct table {
	struct socket_entry *entries;
	size_t count, room;
};

static int add_entry(struct table *table, const struct socket_user *user)
{
	struct socket_entry *grown, *entry;

	if (table->count == table->room) {
		table->room = table->room ? table->room * 2 : 256;
		grown = realloc(table->entries, table->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		table->entries = grown;
	}
	entry = &table->entries[table->count++];
	*entry = (struct socket_entry){ .address = user->address,
					.pid = user->pid,
					.fd = user->fd,
					.processes = user->pid != 0 };
	memcpy(entry->comm, user->comm, sizeof(entry->comm));
	return 0;
}

/* By address; those with a process first, the lowest of them first. */
static int compare_entry(const void *left, const void *right)
{
	const struct socket_entry *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (!a->pid != !b->pid)
		return a->pid ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* One entry a socket, which counts the processes that have it. */
static void merge_entries(struct table *table)
{
	struct socket_entry *last = NULL, *entry;
	size_t i, kept = 0;
	uint32_t pid = 0;

	sort_list(table->entries, table->count, sizeof(*table->entries),
		  compare_entry);
	for (i = 0; i < table->count; i++) {
		entry = &table->entries[i];
		if (last && last->address == entry->address) {
			if (entry->pid && entry->pid != pid)
				last->processes++;
			pid = entry->pid;
			continue;
		}
		pid = entry->pid;
		table->entries[kept] = *entry;
		last = &table->entries[kept++];
	}
	table->count = kept;
}

/* ---- listing ---- */

static int read_iterator(const struct bpf_link *link, struct table *table)
{
	struct socket_user users[128];
	size_t have = 0, i;
	ssize_t got;
	int err = 0, fd;

	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return -errno;
	while (!err) {
		got = read(fd, (char *)users + have, sizeof(users) - have);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			err = -errno;
		if (got <= 0)
			break;
		have += got;
		for (i = 0; !err && (i + 1) * sizeof(*users) <= have; i++)
			err = add_entry(table, &users[i]);
		memmove(users, users + i, have - i * sizeof(*users));
		have -= i * sizeof(*users);
	}
	close(fd);
	return err;
}

/* Does TCP's hash tell all of its sockets, of all namespaces at once? */
static bool is_hashed(const struct holders *holders,
		      const struct found_object *net)
{
	return net->connections && holders->skel->bss->knows_listeners;
}

static int list_namespace(const struct holders *holders,
			  const struct found_object *net, struct table *table)
{
	const struct bpf_link *links[] = {
		is_hashed(holders, net) ? NULL : holders->tcp, holders->udp,
		holders->unix_sockets
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(links) / sizeof(*links); i++)
		if (links[i])
			err = read_iterator(links[i], table);
	return err;
}

/* Enters each namespace in turn; @left_out: those that it could not. */
static int enter_namespaces(struct holders *holders, bool *left_out,
			    struct table *table)
{
	int own, back, err = 0;
	size_t i;

	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	for (i = 0; !err && i < holders->net_count; i++) {
		if (namespaces_enter(&holders->namespaces,
				     holders->nets[i].netns)) {
			left_out[i] = !(holders->nets[i].flags & OBJECT_DYING);
			holders->blind.left_out += left_out[i];
			continue;
		}
		err = list_namespace(holders, &holders->nets[i], table);
		holders_blind_namespace(holders, &holders->nets[i]);
	}
	back = netns_return(own);
	close(own);
	return err ? err : back;
}

/* What a program finds in the buckets of a hash. */
static int list_buckets(struct holders *holders,
			const struct bpf_program *program, uint64_t hash,
			struct table *table)
{
	struct holders_bpf__bss *bss = holders->skel->bss;
	struct socket_user user = {};
	uint64_t next = 0;
	uint32_t i;
	int err;

	do {
		err = holders_ask(holders, bpf_program__fd(program), hash, next,
				  0);
		next = bss->go_on;
		for (i = 0; !err && i < bss->object_count; i++) {
			user.address = holders->objects[i].address;
			err = add_entry(table, &user);
		}
	} while (!err && next);
	return err;
}

static int list_hash(struct holders *holders, uint64_t hash,
		     struct table *table)
{
	const struct holders_bpf *skel = holders->skel;
	int err = list_buckets(holders, skel->progs.holders_connections, hash,
			       table);

	if (err || !skel->bss->knows_listeners)
		return err;
	return list_buckets(holders, skel->progs.holders_listeners, hash,
			    table);
}

static bool is_listed_by_hash(const struct holders *holders,
			      const bool *left_out, size_t i)
{
	const struct found_object *net = &holders->nets[i];

	return net->connections && (left_out[i] || is_hashed(holders, net));
}

/*
 * TCP's own hash has the sockets of all namespaces that share it, as most do:
 * it is listed once, also for those that nobody can enter because no process is
 * left in them. Other protocols' sockets go with their process. Returns how
 * many namespaces that could not be entered do not tell where their hash is,
 * or a negative errno.
 */
static int list_connections(struct holders *holders, const bool *left_out,
			    struct table *table)
{
	const struct found_object *nets = holders->nets;
	uint64_t last = 0;
	size_t i, k;
	int err, hidden = 0;

	for (i = 0; i < holders->net_count; i++) {
		hidden += left_out[i] && !nets[i].connections;
		if (!is_listed_by_hash(holders, left_out, i) ||
		    nets[i].connections == last)
			continue;
		last = nets[i].connections;
		for (k = 0; k < i; k++)
			if (nets[k].connections == last &&
			    is_listed_by_hash(holders, left_out, k))
				break;
		err = k < i ? 0 : list_hash(holders, last, table);
		if (err)
			return err;
	}
	return hidden;
}

/* Returns how many namespaces keep their sockets from us, or an error. */
static int list_namespaces(struct holders *holders, struct table *table)
{
	bool *left_out = calloc(holders->net_count + 1, sizeof(*left_out));
	int err;

	if (!left_out)
		return -ENOMEM;
	err = enter_namespaces(holders, left_out, table);
	if (!err)
		err = list_connections(holders, left_out, table);
	free(left_out);
	return err;
}

/* ---- describing ---- */

static const char *tcp_state(unsigned int state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED",
		[TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECV] = "SYN_RECV",
		[TCP_FIN_WAIT1] = "FIN_WAIT1",
		[TCP_FIN_WAIT2] = "FIN_WAIT2",
		[TCP_CLOSE] = "CLOSE",
		[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_LAST_ACK] = "LAST_ACK",
		[TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};

	if (state < sizeof(names) / sizeof(*names) && names[state])
		return names[state];
	return "";
}

static bool is_inet(const struct found_socket *found)
{
	return found->family == AF_INET || found->family == AF_INET6;
}

static void name_protocol(const struct found_socket *found, char *name,
			  size_t size)
{
	const char *text = NULL;

	if (found->family == AF_UNIX)
		text = "unix";
	else if (found->family == AF_PACKET)
		text = "packet";
	else if (found->family == AF_NETLINK)
		text = "netlink";
	else if (is_inet(found) && found->protocol == IPPROTO_TCP)
		text = "tcp";
	else if (is_inet(found) && found->protocol == IPPROTO_MPTCP)
		text = "mptcp";
	else if (is_inet(found) && found->protocol == IPPROTO_UDP)
		text = "udp";
	else if (is_inet(found) && found->type == SOCK_RAW)
		text = "raw";
	if (text)
		snprintf(name, size, "%s", text);
	else if (is_inet(found))
		snprintf(name, size, "protocol %u", found->protocol);
	else
		snprintf(name, size, "family %u", found->family);
}

static void name_address(const struct found_socket *found,
			 const uint8_t *address, uint16_t port, char *text,
			 size_t size)
{
	char host[INET6_ADDRSTRLEN];

	if (!inet_ntop(found->family, address, host, sizeof(host)))
		return;
	snprintf(text, size, found->family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 host, port);
}

/* An abstract name begins with 0, which people write as '@'. */
static void name_path(const struct found_socket *found, char *text, size_t size)
{
	size_t i, length = found->path_length;

	if (length >= size)
		length = size - 1;
	for (i = 0; i < length; i++)
		text[i] = found->path[i] ? found->path[i] : '@';
	while (length > 1 && text[length - 1] == '@')
		length--;
	text[length] = 0;
}

static void describe(struct holders *holders, const struct socket_entry *entry,
		     const struct found_socket *found, struct holder *who)
{
	const char *device;

	*who = (struct holder){ .kind = HOLDER_SOCKET,
				.netns = found->netns,
				.ifindex = found->ifindex,
				.inode = found->inode,
				.pid = entry->pid,
				.fd = entry->pid ? (int)entry->fd : -1,
				.processes = entry->processes,
				.cpu = -1,
				.queue = -1 };
	memcpy(who->comm, entry->comm, sizeof(who->comm));
	name_protocol(found, who->what, sizeof(who->what));
	if (is_inet(found)) {
		name_address(found, found->local, found->local_port, who->local,
			     sizeof(who->local));
		if (found->remote_port)
			name_address(found, found->remote, found->remote_port,
				     who->remote, sizeof(who->remote));
		if (found->protocol == IPPROTO_TCP)
			snprintf(who->state, sizeof(who->state), "%s",
				 tcp_state(found->state));
	} else if (found->family == AF_UNIX) {
		name_path(found, who->local, sizeof(who->local));
	}
	device = holders_device(holders, found->netns, found->ifindex);
	if (found->ifindex && device)
		snprintf(who->device, sizeof(who->device), "%s", device);
}

/* ---- walking ---- */

/* What sockets keep in places that are not walked. */
struct hidden {
	uint64_t changed, upper, mapped, other;
	char other_name[24];
};

/* Protocols whose queues are those of every socket, or whose own we walk. */
static bool has_plain_queues(const struct found_socket *found)
{
	switch (found->family) {
	case AF_INET:
	case AF_INET6:
		return found->type == SOCK_RAW ||
		       found->protocol == IPPROTO_TCP ||
		       found->protocol == IPPROTO_UDP ||
		       found->protocol == IPPROTO_UDPLITE ||
		       found->protocol == IPPROTO_ICMP ||
		       found->protocol == IPPROTO_ICMPV6;
	case AF_UNIX:
	case AF_PACKET:
	case AF_NETLINK:
	case AF_XDP: /* copies, or memory that is no pool's */
	case AF_ALG:
	case AF_VSOCK:
	case AF_KEY:
	case AF_CAN:
	case AF_BLUETOOTH:
	case AF_QIPCRTR:
		return true;
	default:
		return false;
	}
}

static void note_hidden(const struct found_socket *found, struct hidden *hidden)
{
	hidden->upper += !!(found->flags & SOCKET_ULP);
	hidden->mapped += !!(found->flags & SOCKET_MAPPED);
	if (has_plain_queues(found))
		return;
	hidden->other++;
	name_protocol(found, hidden->other_name, sizeof(hidden->other_name));
}

/* Connections that a listening socket keeps, and that are listed nowhere else. */
static int add_unaccepted(const struct holders *holders,
			  const struct socket_entry *listener,
			  struct table *table)
{
	uint32_t i, count = holders->skel->bss->object_count;
	struct socket_user user = { .pid = listener->pid, .fd = listener->fd };
	int err = 0;

	memcpy(user.comm, listener->comm, sizeof(user.comm));
	for (i = 0; !err && i < count; i++) {
		user.address = holders->objects[i].address;
		err = add_entry(table, &user);
	}
	return err;
}

/* The table may grow, and move. */
static int walk_socket(struct holders *holders, struct table *table, size_t at,
		       struct hidden *hidden)
{
	struct socket_entry entry = table->entries[at];
	static const struct pass all = { PLACE_NONE, PLACE_COUNT };
	struct found_socket found;
	struct holder who;
	int err;

	err = holders_ask(holders,
			  bpf_program__fd(holders->skel->progs.holders_socket),
			  entry.address, holders->nodes, 0);
	if (err)
		return err;
	found = holders->skel->bss->found_socket;
	if (!(found.flags & SOCKET_ALIVE) ||
	    (found.flags & SOCKET_MINI && !holders->skel->bss->queue_count))
		return 0;
	holders->walk->sockets++;
	note_hidden(&found, hidden);
	holders_blind_socket(holders, &found);
	err = add_unaccepted(holders, &entry, table);
	if (err || !holders->skel->bss->queue_count)
		return err;
	describe(holders, &entry, &found, &who);
	err = holders_collect(holders, &all, &who);
	if (err < 0)
		return err;
	hidden->changed += err;
	return 0;
}

static void place_hidden(struct holders *holders, const struct hidden *hidden)
{
	if (hidden->upper)
		holders_place(
			holders, PACKETS, "upper layer protocols", 0,
			"sockets with one (TLS, ...) that may hold packets: %llu",
			(unsigned long long)hidden->upper);
	if (hidden->mapped)
		holders_place(holders, PACKETS, "sockmaps", 0,
			      "sockets in one that may hold packets: %llu",
			      (unsigned long long)hidden->mapped);
	if (hidden->other)
		holders_place(
			holders, PACKETS, "other protocols' sockets", 0,
			"sockets with queues that are not known: %llu (%s)",
			(unsigned long long)hidden->other, hidden->other_name);
}

static void place_listing(struct holders *holders, int left_out)
{
	if (!holders->files)
		holders_place(holders, PACKETS, "sockets of processes", 0,
			      "this kernel has no iterator over files");
	if (!holders->tcp || !holders->udp)
		holders_place(
			holders, PACKETS, "sockets without a process", 0,
			"this kernel has no iterator over TCP and UDP sockets");
	else if (left_out)
		holders_place(
			holders, PACKETS, "sockets without a process", 0,
			"network namespaces without a process: %d; TCP's connections cannot be located on this kernel",
			left_out);
	else
		holders_place(holders, PACKETS, "sockets without a process",
			      holders->net_count, NULL);
}

static int compare_address(const void *key, const void *item)
{
	uint64_t address = *(const uint64_t *)key;
	const struct socket_entry *entry = item;

	return (address > entry->address) - (address < entry->address);
}

void holders_socket_owner(struct holders *holders, uint64_t address,
			  struct holder *who)
{
	const struct socket_entry *entry = NULL;

	if (holders->socket_count)
		entry = bsearch(&address, holders->sockets,
				holders->socket_count, sizeof(*entry),
				compare_address);
	if (!entry || !entry->pid)
		return;
	who->pid = entry->pid;
	who->fd = entry->fd;
	who->processes = entry->processes;
	memcpy(who->comm, entry->comm, sizeof(who->comm));
}

int holders_walk_sockets(struct holders *holders)
{
	struct hidden hidden = {};
	struct table table = {};
	int err = 0, left_out = 0;
	size_t i, listed;
	uint64_t walked;

	if (holders->files)
		err = read_iterator(holders->files, &table);
	if (!err)
		err = left_out = list_namespaces(holders, &table);
	if (err > 0)
		err = 0;
	merge_entries(&table);
	listed = table.count;
	walked = holders->walk->sockets;
	for (i = 0; !err && i < table.count; i++)
		err = walk_socket(holders, &table, i, &hidden);
	free(holders->sockets);
	holders->sockets = table.entries;
	holders->socket_count = listed;
	if (err)
		return err;
	holders_place_walked(holders, PACKETS, "sockets",
			     holders->walk->sockets - walked, hidden.changed);
	place_listing(holders, left_out);
	place_hidden(holders, &hidden);
	return 0;
}
