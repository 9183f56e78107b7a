#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP at MTU 9000 in both directions, multi-buffer XDP pass
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

traffic 1 probe xdp-frags
plain_setup
ip link set dut0 mtu 9000
in_ns "$far" ip link set far0 mtu 9000
xdp_attach 1 dut0 netmem_pass_frags
xdp_attach "$far" far0 netmem_pass_frags

iperf_server 1
iperf_client "$far" $DUT_ADDR --bidir --bitrate 150M
size=$(($(counter 1 dut0 rx_bytes) / $(counter 1 dut0 rx_packets)))
assert_above 4096 $size 'bytes in a frame on average'
say "$received arrived, $size bytes in a frame"
