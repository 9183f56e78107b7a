/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instances of xdp_netmem_stats.bpf.o on the system, whoever loaded them,
 * and our inspectors in them.
 */
#ifndef NETMEM_XDP_FIND_H
#define NETMEM_XDP_FIND_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/kernel/xdp.h"

/* One program that uses an instance's maps. */
struct xdp_program {
	__u32 id;
	char name[XDP_PROGRAM_NAME]; /* whole, from BTF; else 15 characters */
	__u8 tag[BPF_TAG_SIZE];
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

/* Of all BPF programs that are loaded now: another set has another fingerprint. */
uint64_t xdp_programs_fingerprint(void);

/* Is it known already? Then it is passed over, and not opened again. */
typedef bool (*xdp_known)(void *data, __u32 program);

/**
 * xdp_find() - all instances on the system, in all net namespaces
 *
 * Without those of programs that are @known. Needs CAP_SYS_ADMIN, and some
 * descriptors for each instance: more than usual are allowed for this process
 * then. An instance that goes away meanwhile is left out; one that was found
 * stays readable until xdp_instances_free(), even detached.
 */
int xdp_find(xdp_known known, void *data, struct xdp_instance **list,
	     size_t *count);

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

#endif
