#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: data unread in a socket when its device and pool are deleted
# expect: PASS
# seconds: 3
. "${0%/*}/lib.sh"

# To be judged while the socket still holds the pages of the destroyed pool
plain_setup
xdp_attach 1 dut0 netmem_pass

"$NETMEM_TRAFFIC" hold --port $PORT --bytes 200000 >/dev/null &
wait_for_port 1 $PORT
traffic "$far" send --to $DUT_ADDR --port $PORT --bytes 200000 --size 1000
assert_above 199999 "$(unread_bytes $PORT)" 'bytes are unread'
ip link delete dut0
say "200000 bytes unread, device deleted"
judge_now
