#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: small UDP frames that XDP drops: none may reach the stack
# expect: PASS
# seconds: 1
# xdp: drop
# frames: exact
. /lab/lib.sh

before=$(ip_received)
flood 18 20000
assert_above 0 "$(counter rx_packets)" 'frames reached eth0'
reached=$(($(ip_received) - before))
[ "$reached" -eq 0 ] || fail "$reached packets came through XDP drop"
say "$(counter rx_packets) frames dropped"
