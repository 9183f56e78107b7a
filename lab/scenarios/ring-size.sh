#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the ring sizes of eth0 changed under TCP
# expect: PASS
# seconds: 6
. /lab/lib.sh

renew
start_tcp --reverse
changes=0
while tcp_runs; do
	for size in 64 256 512; do
		ethtool -G eth0 rx $size tx $size ||
			fail "eth0 does not take rings of $size"
		changes=$((changes + 1))
		sleep 0.3
	done
done
finish_tcp "$changes changes"
