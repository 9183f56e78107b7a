#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP redirects into a veth
# expect: PASS
# seconds: 5
# xdp: redirect:veth0
# prepare: veth
. /lab/lib.sh

renew
flood 1000 5000
arrived=$(cat /sys/class/net/veth1/statistics/rx_packets)
assert_above 0 "$arrived" 'frames arrived at the other end of the veth'
say "$arrived frames arrived"
