#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: XDP live frames of 64 bytes into a veth with XDP pass
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

traffic "$far" live-frames --dev far0 --size 64 --pps 100000 \
	--seconds "$NETMEM_SECONDS"
arrived=$(counter 1 dut0 rx_packets)
assert_above 0 "$arrived" 'frames arrived'
say "$counted, $arrived arrived"
