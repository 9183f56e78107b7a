#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the interrupt of eth0 moved between CPUs under TCP, XDP pass
# expect: PASS
# seconds: 6
# xdp: pass
. /lab/lib.sh

renew
irq=$(awk '$NF == "eth0" { sub(":", "", $1); print $1 }' /proc/interrupts)
[ "$irq" ] || fail 'eth0 has no interrupt'
start_tcp --reverse
moves=0
while tcp_runs; do
	echo $((moves % 2)) >"/proc/irq/$irq/smp_affinity_list" ||
		fail "interrupt $irq cannot be moved"
	moves=$((moves + 1))
	sleep 0.2
done
finish_tcp "$moves moves"
