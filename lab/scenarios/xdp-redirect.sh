#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP redirects into a veth
# expect: PASS
# seconds: 1
# xdp: redirect:veth0
# prepare: veth
# frames: exact
. /lab/lib.sh

flood 1000 5000
arrived=$(cat /sys/class/net/veth1/statistics/rx_packets)
assert_above 1000 "$arrived" 'frames arrived at the other end of the veth'
say "$arrived frames arrived"
