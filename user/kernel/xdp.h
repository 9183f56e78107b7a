/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XDP statistics: find the instances of xdp_netmem_stats.bpf.o on the system,
 * whoever loaded them; read them; put inspectors into them; attach one.
 *
 * Functions return 0 or a negative errno, and print nothing.
 */
#ifndef NETMEM_USER_XDP_H
#define NETMEM_USER_XDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#include "model/xdp_records.h"

#define XDP_PROGRAM_NAME 32

/* ---- actions ---- */

/* What to do with frames: `pass|drop|tx|redirect:DEV|cpu:N|aborted`. */
struct xdp_target {
	int action; /* enum xdp_action */
	bool to_cpu; /* redirect to a CPU, else to a device */
	__u32 device; /* ifindex, of a redirect to a device */
	__u32 cpu; /* of a redirect to a CPU */
};

/**
 * xdp_action_name() - "aborted", "drop", "pass", "tx", "redirect"
 *
 * "unknown" for any other number.
 */
const char *xdp_action_name(int action);

/**
 * xdp_memory_type_name() - name of an enum xdp_mem_type, "unknown" if newer
 */
const char *xdp_memory_type_name(__u32 type);

/**
 * xdp_parse_target() - read an action as the command line has it
 *
 * Returns -EINVAL for text that is no action, -ENODEV for a device that is not
 * in this net namespace, -ERANGE for a CPU that this system does not have.
 */
int xdp_parse_target(const char *text, struct xdp_target *target);

/* ---- instances ---- */

/* One program that uses an instance's maps. */
struct xdp_program {
	__u32 id;
	char name[XDP_PROGRAM_NAME]; /* whole, from BTF; else 15 characters */
};

/* One load of the object: its maps, and the programs that share them. */
struct xdp_instance {
	__u32 id; /* of the map netmem_stats: unique on the system */
	struct xdp_config config;
	struct xdp_program *programs;
	size_t program_count;
	int stats;
	int samples;
	int rxq;
	int reuse;
	int inspect; /* -1: no program of section xdp is loaded */
	int inspect_frags; /* -1: none of section xdp.frags */
	__u32 armed; /* slots that hold inspectors of ours, one bit an action */
	__u32 armed_frags;
};

/* Of all BPF programs that are loaded now: another set has another mark. */
uint64_t xdp_programs_mark(void);

/**
 * xdp_find() - all instances on the system, in all net namespaces
 *
 * Needs CAP_SYS_ADMIN. An instance that goes away meanwhile is left out; one
 * that was found stays readable until xdp_instances_free(), even detached.
 */
int xdp_find(struct xdp_instance **list, size_t *count);

/**
 * xdp_instances_free() - close and free what xdp_find() returned
 *
 * When the last descriptor of an instance's inspector array is closed, the
 * kernel empties the array: keep the list for as long as inspectors must run.
 */
void xdp_instances_free(struct xdp_instance *list, size_t count);

/**
 * xdp_set_inspectors() - have sampled frames inspected
 * @fds: programs of section xdp, one per enum xdp_action
 * @frags_fds: the same of section xdp.frags
 *
 * Each must return the action of its slot. A negative fd leaves its slot
 * empty. Programs must be of the kind that libbpf makes of these sections (the
 * kernel compares expected_attach_type from 6.18 on).
 *
 * Returns -EEXIST if another netmem-check's inspectors are there, -EINVAL if
 * the kernel finds a program incompatible; then nothing is changed.
 */
int xdp_set_inspectors(struct xdp_instance *instance,
		       const int fds[XDP_ACTIONS],
		       const int frags_fds[XDP_ACTIONS]);

/**
 * xdp_clear_inspectors() - take out what xdp_set_inspectors() put in
 */
void xdp_clear_inspectors(struct xdp_instance *instance);

/* ---- facts ---- */

struct xdp_queue_facts {
	__u32 queue;
	__u64 packets[XDP_ACTIONS];
	__u64 bytes[XDP_ACTIONS];
	__u64 sizes[XDP_SIZE_BUCKETS];
	struct xdp_rxq_record rxq; /* ifindex 0: no sampled frame yet */
};

/* A device that an instance runs on. */
struct xdp_place {
	__u32 ifindex;
	__u32 netns; /* inode; 0: not known */
	char device[NAME_LEN]; /* "": not known */
	bool attached; /* seen attached now; else: a frame came from there */
};

/* An instance, summed up over CPUs. Sampled numbers are not scaled. */
struct xdp_facts {
	__u32 sample; /* one frame in this many is sampled */
	struct xdp_place *places;
	size_t place_count;
	struct xdp_queue_facts *queues; /* those that saw a frame */
	size_t queue_count;

	__u64 packets[XDP_ACTIONS]; /* every frame */
	__u64 bytes[XDP_ACTIONS];
	__u64 sizes[XDP_SIZE_BUCKETS];

	struct xdp_sample_stats samples; /* sampled frames */
	__u64 reuse[XDP_REUSE_BUCKETS]; /* pages by sightings, ended ones too */
	__u64 reuse_max; /* sightings of one page */
};

/**
 * xdp_read() - read an instance
 *
 * Free with xdp_facts_free(). Places are those of bpf_links, of this net
 * namespace's devices, and those that sampled frames named.
 */
int xdp_read(const struct xdp_instance *instance, struct xdp_facts *facts);

void xdp_facts_free(struct xdp_facts *facts);

/* ---- attach ---- */

struct xdp_attach_options {
	const char *object; /* path of xdp_netmem_stats.bpf.o */
	int ifindex; /* in this net namespace */
	struct xdp_target target;
	bool replace; /* take the place of a program that is there */
	__u32 sample; /* one frame in this many, a power of two; 0: default */
};

struct xdp_attachment;

/**
 * xdp_attached_program() - id of the program on a device, 0: none
 *
 * Of this net namespace; any mode; natively attached ones first.
 */
__u32 xdp_attached_program(int ifindex);

/**
 * xdp_attach() - load the object and attach one of its programs
 *
 * Native where the driver can, else generic; the program for fragments where
 * the MTU asks for it or the driver does. It hangs on a bpf_link: it goes when
 * this process goes. xdp_detach() brings a replaced program back; a process
 * that is killed cannot.
 *
 * Returns NULL and in *err: -EBUSY if a program is there and must stay (see
 * xdp_attached_program(); even with @replace, one that hangs on a bpf_link
 * of somebody else), -ENOENT without the object, -ENODEV, -EPERM, -EINVAL for
 * options, or the driver's error.
 */
struct xdp_attachment *xdp_attach(const struct xdp_attach_options *options,
				  int *err);

/**
 * xdp_detach() - undo xdp_attach(); NULL is allowed
 *
 * Statistics of it stay readable through an xdp_find() list.
 */
void xdp_detach(struct xdp_attachment *attachment);

#endif
