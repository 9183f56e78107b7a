#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the MTU of eth0 changed under TCP
# expect: PASS
# seconds: 1
. /lab/lib.sh

start_tcp --reverse
while turning; do
	# never below the host's, whose frames would be too long
	for mtu in 2000 3000 1500; do
		ip link set eth0 mtu $mtu || fail "eth0 does not take MTU $mtu"
		turned "MTU $mtu"
	done
done
finish
