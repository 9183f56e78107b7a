#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the ring sizes of eth0 changed under TCP
# expect: PASS
# seconds: 1
# log: ^mvneta c000000\.ethernet eth0: TX queue size set to 434 \(requested (64|256)\)$
. /lab/lib.sh

start_tcp --reverse
while turning; do
	for size in 64 256 512; do
		ethtool -G eth0 rx $size tx $size ||
			fail "eth0 does not take rings of $size"
		turned "rings of $size"
	done
done
finish
