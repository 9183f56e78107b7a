/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this kernel supports, found by trying: each capability is a row with a
 * probe that loads or calls the real thing, and what is lost without it.
 */
#ifndef NETMEM_PROBE_H
#define NETMEM_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

enum capability {
	CAP_BTF,
	CAP_RAW_TP,
	CAP_TP_BTF,
	CAP_TEST_RUN,
	CAP_CMPXCHG,
	CAP_RINGBUF,
	CAP_XDP,
	CAP_XDP_FRAGS,
	CAP_LIVE_FRAMES,
	CAP_FENTRY,
	CAP_KPROBE,
	CAP_BPFFS,
	CAP_POOL_EVENTS,
	CAP_COUNT
};

struct capability_state {
	const char *id; /* for programs, and for ever */
	const char *name;
	const char *without; /* what is lost without it */
	const enum model_check *checks; /* of these; CHECK_NONE ends them */
	bool required;
	int error; /* 0: supported, else negative errno */
};

/* Probes one capability or all; takes some milliseconds each. */
int probe_one(enum capability capability);
void probe_all(struct capability_state states[CAP_COUNT]);

/*
 * The same for who goes on without it: 1, or 0 where the kernel lacks it. A lack
 * of files or memory is no answer: a negative errno after a message.
 */
int probe_has(enum capability capability);

/* Why BPF programs could not be loaded, where there is BTF. */
const char *load_error_text(int err);

/* From now on libbpf says nothing, or its warnings with NETMEM_DEBUG=1. */
void libbpf_quiet(void);

#endif
