#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP redirects into a veth whose other end takes no frames
# expect: PASS
# seconds: 1
# xdp: redirect:veth0
# prepare: veth
# frames: exact
. /lab/lib.sh

# without GRO and without XDP it does not poll
ethtool -K veth1 gro off || fail 'veth1 does not take gro off'
flood 1000 5000
assert_above 1000 "$(nic_counter rx_xdp_redirect)" 'frames redirected'
arrived=$(cat /sys/class/net/veth1/statistics/rx_packets)
[ "$arrived" -eq 0 ] || fail "$arrived frames arrived at the other end of the veth"
say "$(nic_counter rx_xdp_redirect) frames redirected, none taken"
