#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: XDP programs swapped under TCP: pass, drop, pass, off
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

start_tcp
rounds=0
while tcp_runs; do
	xdp_attach 1 dut0 netmem_drop
	sleep 0.03
	xdp_attach 1 dut0 netmem_pass
	sleep 0.2
	xdp_detach 1 dut0
	sleep 0.05
	xdp_attach 1 dut0 netmem_pass
	sleep 0.1
	rounds=$((rounds + 1))
done
finish_tcp "$rounds rounds"
