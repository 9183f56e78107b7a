#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: frames that no socket sends: broadcast, not IP, VLAN; some to filter out
# expect: PASS
# seconds: 1
# xdp: pass
# frames: exact
. /lab/lib.sh

before=$(nic_counter good_frames_received)
sent=$(host raw $((NETMEM_SECONDS * 500))) || exit
# shellcheck disable=SC2086 # words
set -- $sent
wait_until 10 is_quiet || fail 'eth0 is not quiet'
got=$(($(nic_counter good_frames_received) - before))
# "sent N frames to receive and N to filter out"
[ "$got" -eq "$2" ] || fail "eth0 received $got frames of $2; $7 were to be filtered out"
say "$got frames received"
