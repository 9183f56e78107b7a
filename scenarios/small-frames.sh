#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP of 18 bytes, the smallest Ethernet frames, XDP pass
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

# 2880 kbit/s of 18-byte payloads are 20,000 packets a second
iperf_server 1
iperf_client "$far" $DUT_ADDR --udp --length 18 --bitrate 2880K
say "$(snmp 1 Udp InDatagrams) datagrams arrived"
