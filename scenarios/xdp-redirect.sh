#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: TCP that XDP redirects from one veth pair into another
# expect: PASS
# seconds: 4
. "${0%/*}/lib.sh"

# $far far0 -- dut0 ==XDP redirect== out0 -- end0 $end, and the same way back
END_ADDR=10.200.0.3

traffic 1 probe devmap
far=$(new_ns) || exit
end=$(new_ns) || exit
veth_pair dut0 1 far0 "$far"
veth_pair out0 1 end0 "$end"
address "$far" far0 $FAR_ADDR
address "$end" end0 $END_ADDR
neighbours "$far" far0 $FAR_ADDR "$end" end0 $END_ADDR

# A veth accepts XDP frames only where its receive queue is polled; and a
# redirected frame forgets that its checksum was still to be filled in
xdp_attach "$far" far0 netmem_pass
xdp_attach "$end" end0 netmem_pass
traffic "$far" offload --dev far0 tx off
traffic "$end" offload --dev end0 tx off
xdp_redirect_to dut0 out0
xdp_redirect_to out0 dut0

iperf_server "$end"
iperf_client "$far" $END_ADDR --bitrate 200M
arrived=$(counter "$end" end0 rx_packets)
packets=$(snmp 1 Ip InReceives)
[ "$packets" -eq 0 ] || fail "$packets packets went through the stack"
assert_above 0 "$arrived" 'frames arrived at the far end'
say "$received, $arrived frames arrived at the far end"
