/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The holder walk: who has the pages that are out of their pools. Programs of
 * ours read the places of the network stack where a pool's page can be, on
 * demand and in bounded steps; nothing is stopped, and no lock is taken. The
 * places are walked in the direction in which packets flow, so that a page
 * that moves on meanwhile is met again rather than missed.
 */
#ifndef NETMEM_HOLDERS_H
#define NETMEM_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/facts/names.h"
#include "user/kernel/vmemmap.h"

/* One queue that has pages. */
struct holder {
	enum holder_kind kind;
	char what[24]; /* "tcp", "udp", "cpu 1", "tbf", "veth", ... */
	enum holder_place place;
	uint64_t key; /* kernel address of the queue: its identity */
	bool whole; /* it did not change while it was walked */

	uint64_t netns; /* inode; 0: none */
	uint32_t ifindex;
	char device[16];
	int cpu, queue; /* -1: none */

	/* Sockets. Process: one of those that have it open; pid 0: none has. */
	int pid, fd;
	unsigned int processes;
	char comm[16];
	char local[64], remote[64]; /* "10.0.0.1:80", a path, or "" */
	char state[16]; /* "ESTABLISHED", or "" */
	uint64_t inode;

	char destructor[48]; /* packets: a symbol, or "" */
	bool no_recycle; /* packets: they cannot return a page to its pool */
};

/* One page in one holder; a page that several have stands here several times. */
struct holding {
	uint64_t pfn; /* of the head page */
	uint32_t holder; /* index into walk->holders */
	uint32_t bytes; /* of packets, in this page and this holder */
};

/* A kind of place: looked into, or a blind spot. */
struct place {
	char name[48]; /* "sockets", "qdiscs", "receive ring of eth0" */
	bool walked;
	bool packets; /* nothing else can be there: a sweep meets them */
	bool deferred; /* frees that wait on idle processors: a kick clears it */
	uint64_t objects; /* of this kind that were looked into */
	char why[160]; /* not walked: the reason */
};

struct walk {
	struct holder *holders;
	size_t holder_count;
	struct holding *holdings; /* by pfn, ascending; one a holder */
	size_t holding_count;
	struct place *places;
	size_t place_count;
	uint64_t namespaces, sockets, packets;
	uint64_t took_us;
	uint64_t kernel_us; /* of these, inside our BPF programs */
};

struct holders;

/*
 * Loads the programs. @vmemmap must be calibrated (vmemmap_calibrate()). Returns
 * 0; -EOPNOTSUPP where this kernel refuses them or the bases are unknown
 * (@why, a static text, says which), or a negative errno.
 */
int holders_open(struct holders **holders, const struct vmemmap *vmemmap,
		 const char **why);

/* Walks end with -ECANCELED when @is_cut says so; NULL: they never do. */
void holders_let_cut(struct holders *holders, bool (*is_cut)(void *data),
		     void *data);

/*
 * Walks all places once. The result is the caller's, walk_clear() frees it;
 * what could not be walked is in @walk->places. Returns 0, -ETIME when it took
 * longer than 20 s, or another negative errno.
 */
int holders_walk(struct holders *holders, struct walk *walk);

void walk_clear(struct walk *walk);

/* After holdings were added. */
void walk_sort(struct walk *walk);

/* The holdings of @pfn: the first, and in @count how many follow it. */
const struct holding *walk_find(const struct walk *walk, uint64_t pfn,
				size_t *count);

/*
 * The sweep: which pages are in some packet of this machine, whatever queue it
 * is in. A page that it meets is held; one that a whole sweep does not meet is
 * in no packet (docs/verdict.md says when it is whole).
 */
struct sweep_result {
	bool whole;
	char why[160]; /* not whole: the reason */
	uint64_t wanted, met; /* pages */
	bool unmarked; /* packets without the recycle mark were looked at, too */
	uint32_t passes; /* over the slabs, the two sweeps included */
	uint64_t slabs, packets; /* of the last pass: visited, in use or not */
	uint64_t took_us;
	uint64_t cpu_us; /* of these, CPU time of its calls */
	uint64_t longest_us; /* CPU time of the longest call */
};

/*
 * Sweeps for the pages @wanted (pfns, ascending), and adds those that it meets to
 * @walk, as held by packets in unknown queues. It ends early when all are met.
 * Returns 0, also where it is not available (@result says why), -ECANCELED,
 * or another negative errno.
 */
int holders_sweep(struct holders *holders, struct walk *walk,
		  const uint64_t *wanted, size_t count,
		  struct sweep_result *result);

/*
 * The search: where the memory of the kernel refers to pages that no walk and no
 * sweep met. It is slow (a second for each GiB that is in use), so only on request.
 */

/* A page that is searched for. */
struct search_page {
	uint64_t pfn; /* of the head page */
	uint32_t slot; /* of its pool */
	uint32_t count; /* of pages from pfn on: a compound page has more */
	bool met;
};

struct search_request {
	struct search_page *pages; /* by pfn, ascending; met is set */
	size_t count;
	const uint64_t *pools; /* addresses: what is in these is not out */
	size_t pool_count;
	uint64_t longest_ms;
	/* Somebody wants it to end; how far it is. NULL: nobody does. */
	bool (*is_cut)(void *data);
	void (*progress)(void *data, uint64_t done, uint64_t bytes);
	void *data;
};

/* What refers to pages of one pool. */
struct container {
	enum container_kind kind;
	char what[64]; /* of a slab: its cache */
	enum reference_kind by;
	uint32_t slot;
	uint64_t first, last; /* offsets of the words in it */
	uint64_t objects, pages;
};

struct search_result {
	bool whole; /* all that can be searched */
	char why[160]; /* not whole: the reason */
	uint64_t met; /* of the wanted pages */
	uint64_t bytes[SEARCH_KIND_COUNT]; /* of memory of each kind */
	struct container *containers;
	size_t container_count;
	uint64_t took_us;
	uint64_t cpu_us; /* of these, CPU time of its calls */
	uint64_t longest_us; /* CPU time of the longest call */
};

/* Before the first walk: there will be a search. */
void holders_let_search(struct holders *holders);

/*
 * Behind a walk. Returns 0, also where it is not available or was cut (@result
 * says why), or a negative errno; search_clear() frees the result.
 */
int holders_search(struct holders *holders,
		   const struct search_request *request,
		   struct search_result *result);

void search_clear(struct search_result *result);

/*
 * The packet that a page begins with, with holders_let_search(): its data, so only
 * on request. Returns 0, -ENOENT where none is to be seen, or a negative errno.
 */
int holders_peek(struct holders *holders, uint64_t pfn, char *text,
		 size_t size);

void holders_close(struct holders *holders);

#endif
