#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP, XDP pass, GRO switched off on the receiver
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
traffic 1 offload --dev dut0 gro off
xdp_attach 1 dut0 netmem_pass

iperf_server 1
iperf_client "$far" $DUT_ADDR --bitrate 200M
frames=$(counter 1 dut0 rx_packets)
packets=$(snmp 1 Ip InReceives)
assert_above $((frames / 2)) "$packets" "packets from $frames frames: something merged"
say "$received arrived, $frames frames as $packets packets"
