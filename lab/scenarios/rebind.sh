#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the driver unbound and bound again under UDP
# expect: PASS
# seconds: 6
. /lab/lib.sh

driver=/sys/bus/platform/drivers/mvneta
renew
host start-flood 1000 5000 "$NETMEM_SECONDS" >/dev/null
binds=0
while [ $binds -lt 3 ]; do
	sleep 1
	echo c000000.ethernet >$driver/unbind || fail 'eth0 cannot be unbound'
	echo c000000.ethernet >$driver/bind || fail 'eth0 cannot be bound'
	network
	binds=$((binds + 1))
done
sleep 1
say "$binds binds, $(counter rx_packets) packets since the last"
