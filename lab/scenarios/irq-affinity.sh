#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the interrupt of eth0 moved between CPUs under TCP, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
. /lab/lib.sh

# interrupts CPU: that eth0 has had there
interrupts() {
	awk -v column=$(($1 + 2)) '$NF == "eth0" { print $column }' /proc/interrupts
}

has_moved() {
	[ "$(interrupts "$cpu")" -gt "$seen" ]
}

irq=$(awk '$NF == "eth0" { sub(":", "", $1); print $1 }' /proc/interrupts)
[ "$irq" ] || fail 'eth0 has no interrupt'
cpu=0
start_tcp --reverse
while turning; do
	cpu=$((1 - cpu))
	seen=$(interrupts "$cpu")
	echo "$cpu" >"/proc/irq/$irq/smp_affinity_list" ||
		fail "interrupt $irq cannot be moved"
	wait_until 10 has_moved || fail "no interrupt on CPU $cpu"
	turned 'a move'
	sleep 0.1
done
finish
