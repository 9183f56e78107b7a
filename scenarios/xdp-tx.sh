#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP sends back out of the device it came from
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_tx
# A veth accepts XDP frames only where its receive queue is polled
xdp_attach "$far" far0 netmem_pass

traffic "$far" send --proto udp --to $DUT_ADDR --port $PORT --size 1000 \
	--pps 20000 --seconds "$NETMEM_SECONDS"
sent=$(counter "$far" far0 tx_packets)
back=$(counter "$far" far0 rx_packets)
assert_above 0 "$back" 'frames came back'
say "$back frames came back of $sent"
