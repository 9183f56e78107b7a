#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP in both directions at once, XDP pass on both ends
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass
xdp_attach "$far" far0 netmem_pass

iperf_server 1
iperf_client "$far" $DUT_ADDR --bidir --bitrate 100M
say "$received arrived"
