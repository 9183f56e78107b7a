#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: page allocations that fail under TCP, XDP pass
# expect: PASS
# seconds: 1
# xdp: pass
# log: ^Can't refill queue 0\. Done [0-9]+ from [0-9]+$
. /lab/lib.sh

# only what cannot wait fails: the refill of the ring, not our own processes
fail_allocations 0 Y

refills_failed() {
	[ "$(nic_counter refill_errors)" -gt 0 ]
}

# Few at a time, as each may leave 64 of the 512 descriptors without a page, and
# mvneta 6.1 receives nothing more once its ring has run empty: it refills the
# ring only when a frame has come.
give_up=$(($(uptime) + NETMEM_SECONDS * 100 + 3000))
start_tcp --reverse
while turning || ! refills_failed; do
	[ "$(uptime)" -lt $give_up ] ||
		fail 'no refill of the ring has failed'
	echo 4 >"$FAULT/times"
	wait_until 10 have_failed || fail 'no allocation was made to fail'
	turned 'failing allocations'
done
finish
say "$(nic_counter refill_errors) failed refills"
