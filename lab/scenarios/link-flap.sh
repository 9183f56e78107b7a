#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: eth0 taken down and up under TCP, XDP pass
# expect: PASS
# seconds: 6
# xdp: pass
. /lab/lib.sh

renew
start_tcp --reverse
flaps=0
while tcp_runs; do
	renew
	flaps=$((flaps + 1))
	sleep 1
done
finish_tcp "$flaps flaps"
