#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the receiver taken down and up under TCP, XDP pass
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

start_tcp
rounds=0
while tcp_runs; do
	sleep 0.3
	ip link set dut0 down
	ip link set dut0 up
	neighbours 1 dut0 $DUT_ADDR "$far" far0 $FAR_ADDR
	rounds=$((rounds + 1))
done
finish_tcp "$rounds flaps"
