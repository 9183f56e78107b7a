#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP redirects into a veth whose MTU is too small for it
# expect: PASS
# seconds: 1
# xdp: redirect:veth0
# prepare: veth
# frames: exact
. /lab/lib.sh

ip link set veth0 mtu 500 || fail 'veth0 does not take MTU 500'
redirected=$(nic_counter rx_xdp_redirect)
flood 1000 5000
assert_above 1000 "$(counter rx_packets)" 'frames reached eth0'
redirected=$(($(nic_counter rx_xdp_redirect) - redirected))
[ $redirected -eq 0 ] || fail "$redirected frames were redirected"
say "$(counter rx_packets) frames received, none redirected"
