#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: UDP that XDP aborts: none may reach the stack
# expect: PASS
# seconds: 1
# xdp: aborted
# frames: exact
. /lab/lib.sh

before=$(ip_received)
flood 1000 10000
assert_above 0 "$(counter rx_packets)" 'frames reached eth0'
reached=$(($(ip_received) - before))
[ "$reached" -eq 0 ] || fail "$reached packets came through XDP aborted"
say "$(counter rx_packets) frames aborted"
