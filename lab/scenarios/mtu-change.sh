#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the MTU of eth0 changed under TCP
# expect: PASS
# seconds: 6
. /lab/lib.sh

renew
start_tcp --reverse
changes=0
while tcp_runs; do
	for mtu in 1400 3000 1500; do
		ip link set eth0 mtu $mtu || fail "eth0 does not take MTU $mtu"
		changes=$((changes + 1))
		sleep 0.3
	done
done
finish_tcp "$changes changes"
