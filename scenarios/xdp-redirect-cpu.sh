#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP that XDP hands to another CPU (cpumap)
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

traffic 1 probe cpumap
plain_setup
xdp_attach 1 dut0 netmem_redirect_cpu
xdp_map_set dut0 netmem_cpumap 512
# The frame forgets that its checksum was still to be filled in
traffic "$far" offload --dev far0 tx off

iperf_server 1
iperf_client "$far" $DUT_ADDR --bitrate 200M
say "$received arrived"
