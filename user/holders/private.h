/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the holder walk share. */
#ifndef NETMEM_HOLDERS_PRIVATE_H
#define NETMEM_HOLDERS_PRIVATE_H

#include "model/holder_records.h"
#include "user/holders/holders.h"
#include "user/kernel/namespaces.h"

struct bpf_link;
struct bpf_program;
struct holders_bpf;
struct sweep;
struct sweep_bpf;

/* A socket, however often it was listed, and one of the processes that have it. */
struct socket_entry {
	uint64_t address;
	uint32_t pid, fd, processes;
	char comm[NAME_LEN];
};

/* Sockets of one protocol in a namespace: what the kernel counts less those met. */
struct counted_sockets {
	uint64_t netns;
	char name[NAME_LEN]; /* as in /proc/net/protocols */
	int64_t unmet;
};

/* What network namespaces say of packets in places that are not walked. */
struct blind {
	uint64_t netns; /* that is read */
	uint64_t nfqueue; /* packets */
	uint64_t multicast; /* routes that are not resolved */
	int multicast_error; /* they could not be listed */
	uint64_t fragments; /* bytes */
	uint64_t left_out; /* namespaces that could not be read */
	uint64_t *inodes; /* sockets with packets; 0: was met */
	size_t inode_count;
	struct counted_sockets *counted; /* of protocols that no list shows */
	size_t counted_count;
};

struct holders {
	struct holders_bpf *skel;
	struct found_object *objects;
	struct found_queue *queues;
	struct found_page *pages;
	struct bpf_link *files, *tcp, *udp, *unix_sockets;

	int cpu_count; /* possible processors */
	uint64_t *scratch; /* per processor: where its walk_scratch is; 0: unknown */
	uint64_t runqueue; /* ours, and on which processor; 0: not found */
	int own_cpu;
	uint64_t net, hotdata;
	int nodes; /* of memory */
	/* Distance of softnet_data behind runqueues, by BTF; 0: unknown. */
	int64_t softnet_distance;
	int64_t napi_distance; /* the same of napi_alloc_cache */
	const struct vmemmap *vmemmap;
	struct sweep *sweep; /* NULL: none was done yet */
	bool searches; /* its object can search, too */

	struct walk *walk; /* the one that runs */
	bool (*is_cut)(void *data);
	void *cut_data;
	uint32_t runs; /* of programs, to ask for a cut now and then */
	uint64_t deadline_ns; /* of it, on the clock of now_ns() */
	struct namespaces namespaces; /* by inode, of this walk */
	struct found_object *nets; /* of this walk */
	size_t net_count;
	struct found_object *devices; /* of this pass */
	size_t device_count;
	bool any_xdp; /* some device has an XDP program */
	struct blind blind; /* of this walk */
	struct socket_entry *sockets; /* of this walk, by address */
	size_t socket_count;
};

/* Some namespaces have it only. */
#define HOLDERS_DEFER_SYSCTL "/proc/sys/net/core/skb_defer_max"

/* Which queues a pass takes: packets on their way in, then on their way out. */
struct pass {
	enum holder_place first, last;
};

static inline bool holders_goes_in(const struct pass *pass)
{
	return pass->first < PLACE_SOCK_BACKLOG;
}

/* A device or a map in a pass, and whose its queues are. */
struct visit {
	struct holders *holders;
	const struct pass *pass;
	const struct found_object *dev;
	struct holder who;
	uint64_t changed, devices, qdiscs;
};

/* ---- found.c ---- */

/* Runs a program with up to four arguments. Returns 0 or a negative errno. */
int holders_run(struct holders *holders, int prog_fd, const uint64_t *arguments,
		size_t count);

/* The same, with the counts of objects and queues zeroed before. */
int holders_ask(struct holders *holders, int prog_fd, uint64_t first,
		uint64_t second, uint64_t third);

/*
 * Walks the queues that the last program found and that @pass takes, and
 * notes those that have pages, as of @who. Returns how many changed under the
 * walk each time, or a negative errno.
 */
int holders_collect(struct holders *holders, const struct pass *pass,
		    const struct holder *who);

/* What can be in a place: a sweep meets packets, and not frames of XDP. */
enum place_contents { ANYTHING, PACKETS };

/* Notes a kind of place; @format: why it was not walked, NULL when it was. */
void __attribute__((format(printf, 5, 6)))
holders_place(struct holders *holders, enum place_contents contents,
	      const char *name, uint64_t objects, const char *format, ...);

/* Notes a walked place, unless @changed of its queues, or bounds, hid pages. */
void holders_place_walked(struct holders *holders, enum place_contents contents,
			  const char *name, uint64_t objects, uint64_t changed);

/* Adds a holder, and a page of the last one; the walk is not sorted then. */
int holders_add(struct walk *walk, const struct holder *who);
int holders_add_page(struct walk *walk, uint64_t pfn, uint32_t holder,
		     uint32_t bytes);

/* The name of a device of this walk, NULL: not met. */
const char *holders_device(const struct holders *holders, uint64_t netns,
			   uint32_t ifindex);

/* ---- begin.c ---- */

int holders_begin(struct holders *holders);
int holders_list_devices(struct holders *holders);

/* ---- processors.c ---- */

/* Distance to add to a per-CPU pointer; false: unknown. */
bool holders_distance(const struct holders *holders, int cpu,
		      uint64_t *distance);
int holders_walk_processors(struct holders *holders, const struct pass *pass,
			    const char *name);
/* Newer kernels keep deferred frees beside softnet_data. */
int holders_walk_deferred(struct holders *holders, const struct pass *pass);

/* ---- visit.c ---- */

/* Collects what the program found that returned @err. */
int holders_visit(struct visit *visit, int err);
/* Queues that are per-CPU: one walk a processor. */
int holders_visit_bulk(struct visit *visit);

/* ---- qdiscs.c, devices.c ---- */

int holders_visit_qdiscs(struct visit *visit);
int holders_visit_device(struct visit *visit);

/* ---- stack.c ---- */

int holders_walk_stack(struct holders *holders, const struct pass *pass);

/* ---- sockets.c ---- */

int holders_walk_sockets(struct holders *holders);
/* Who has the socket at @address open, by this walk; @who is left alone else. */
void holders_socket_owner(struct holders *holders, uint64_t address,
			  struct holder *who);

/* ---- sweep.c ---- */

/* A packet of our own that waits in a socket of our own. */
struct own_packet {
	int pair[2]; /* pair[1] has it; -1: there is none */
	uint64_t address;
};

struct sweep {
	struct holders *holders;
	struct sweep_bpf *skel;
	struct swept_page *swept;
	uint64_t *slabs;
	struct search_hit *hits; /* NULL: it cannot search */
	uint64_t *search_bits;
	struct found_area *areas;
	int error; /* of loading */
	uint32_t runs;
	uint64_t cpu_ns; /* of the sweep that runs */

	/* Of the sweep that runs. */
	struct sweep_result *result;
	struct walk *walk;
	const uint64_t *wanted;
	size_t count;
	bool *met; /* of each wanted page */
	size_t groups; /* the walk's holders from here on are packets */
	bool unmarked; /* the pass is for packets without the recycle mark */
	bool confirms; /* and these are to be met where they were before */
	uint64_t *packets; /* of each wanted page: one without the mark */
	struct own_packet own[SWEEP_CPUS];
};

int sweep_run(struct sweep *sweep, const struct bpf_program *program,
	      uint64_t first, uint64_t second);

/*
 * Opens it, and learns what this kernel has; the cause why it is not whole is in
 * @result. Returns 0 or a negative errno.
 */
int sweep_begin(struct holders *holders, struct sweep_result *result);

/* Lists all slabs of the caches that its object knows. */
int sweep_find_slabs(struct sweep *sweep);

/* Not met is no proof then. */
void __attribute__((format(printf, 2, 3)))
sweep_is_not_whole(struct sweep *sweep, const char *format, ...);

/* ---- sweep_test.c ---- */

/* Learns the cache of packets, and what this kernel has, from one of our own. */
int sweep_learn(struct sweep *sweep);
/* Makes a packet on each processor that is online: each must look used. */
int sweep_test_begin(struct sweep *sweep);
/*
 * Each must have been found, and look free when it is freed on its processor.
 * Always frees what sweep_test_begin() made; @err: what went before failed.
 */
int sweep_test_end(struct sweep *sweep, int err);

/* ---- packets.c ---- */

/* What it is and its ends, by its protocol and its network header. */
void holders_name_packet(const struct found_packet *found, struct holder *who);

/* Notes that the packet has the page, as of a holder that has others like it. */
int sweep_add_holding(struct sweep *sweep, const struct swept_page *swept);

void sweep_close(struct sweep *sweep);

/* ---- blind.c ---- */

void holders_blind_begin(struct holders *holders);
void holders_blind_end(struct holders *holders);
/* Reads what the namespace @net says, which the calling thread is in. */
void holders_blind_namespace(struct holders *holders,
			     const struct found_object *net);
/* A socket that was walked. */
void holders_blind_socket(struct holders *holders,
			  const struct found_socket *found);
/* Behind the last place; devices and namespaces are known. */
int holders_blind_places(struct holders *holders);

#endif
