#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the driver unbound and bound again under UDP
# expect: PASS
# seconds: 1
. /lab/lib.sh

driver=/sys/bus/platform/drivers/mvneta
start_udp
while turning; do
	echo c000000.ethernet >$driver/unbind || fail 'eth0 cannot be unbound'
	echo c000000.ethernet >$driver/bind || fail 'eth0 cannot be bound'
	network
	# it counts from 0 again
	snapshot before
	more_udp
	turned 'a bind'
done
finish
