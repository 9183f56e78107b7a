#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP of full frames, XDP pass on the receiver
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

iperf_server 1
iperf_client "$far" $DUT_ADDR --udp --length 1400 --bitrate 150M
say "$received arrived"
