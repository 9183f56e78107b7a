// SPDX-License-Identifier: GPL-2.0
/*
 * The holder walk: where a page that is out of its pool can be, and who has
 * it. Programs run with BPF_PROG_TEST_RUN, one step each: user space asks for
 * objects, then for the queues of one, then for the pages of a queue.
 */
#include "bpf/holders/walk.bpf.h"
#include "bpf/holders/self.bpf.h"
#include "bpf/holders/processors.bpf.h"
#include "bpf/holders/networks.bpf.h"
#include "bpf/holders/devices.bpf.h"
#include "bpf/holders/qdiscs.bpf.h"
#include "bpf/holders/neighbours.bpf.h"
#include "bpf/holders/maps.bpf.h"
#include "bpf/holders/sockets.bpf.h"

char LICENSE[] SEC("license") = "GPL";
