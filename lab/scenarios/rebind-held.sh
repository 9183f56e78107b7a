#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the driver unbound while a socket holds received pages unread
# expect: PASS
# seconds: 1
. /lab/lib.sh

renew
# It outlives the scenario, so that the pages are still out at the verdict.
/netmem/build/netmem-traffic hold --port 7000 --release-after 60 \
	</dev/null >/dev/null 2>&1 &
sleep 1
host send --proto tcp --to "$GUEST" --port 7000 --bytes 40000
counters
echo c000000.ethernet >/sys/bus/platform/drivers/mvneta/unbind ||
	fail 'eth0 cannot be unbound'
trap - EXIT
say 'unbound with pages unread'
