#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The snapshot of all pools.
. "${0%/*}/lib.sh"

case_idle_system() {
	check '0|3' audit
	expect_no_crash
}

# Pools that are older than the program, idle, and hidden from netlink
case_pools_that_were_there_before() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 2
	sleep 3
	check '0|3' audit
	expect_output '^POOL'
	expect_output '^dut0(/0)?( id [0-9]+)? '
	check '0|3' audit --json
	cp "$tmp/out" "$json"
	no_findings
	holds '.pools | any(.device == "dut0" and .inflight > 0 and
		.in_cache + .in_ring + .out == .inflight)' 'in cache, in ring, out'
}

case_stalled_pool() {
	veth 1500
	stall
	own_pools_without_device
	check '0|3' audit
	expect_output 'stalled'
	unstall
}

case_under_traffic() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 30
	live_frames 30
	for _ in 1 2 3 4 5; do
		check '0|3' audit --json
		cp "$tmp/out" "$json"
		no_findings
	done
}

run_cases "$@"
