#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP aborts: no packet may reach the stack
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_aborted

traffic "$far" send --proto udp --to $DUT_ADDR --port $PORT --size 1000 \
	--pps 20000 --seconds "$NETMEM_SECONDS"
frames=$(counter 1 dut0 rx_packets)
assert_above 0 "$frames" 'frames reached dut0'
packets=$(snmp 1 Ip InReceives)
[ "$packets" -eq 0 ] || fail "$packets packets came through XDP aborted"
say "$frames frames aborted"
