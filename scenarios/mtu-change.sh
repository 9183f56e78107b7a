#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the MTU of both ends changed under TCP, XDP pass
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

start_tcp
rounds=0
while tcp_runs; do
	# The receiver first when it grows, last when it shrinks
	for mtu in 3000 1500 1280 1500; do
		ip link set dut0 mtu 3000 || fail 'dut0 refuses the MTU 3000'
		in_ns "$far" ip link set far0 mtu $mtu || fail "far0 refuses the MTU $mtu"
		ip link set dut0 mtu $mtu || fail "dut0 refuses the MTU $mtu"
		sleep 0.1
	done
	rounds=$((rounds + 1))
done
finish_tcp "$rounds rounds of four changes"
