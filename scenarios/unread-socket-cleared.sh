#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the same, but the socket is read and closed in the end
# expect: PASS
# seconds: 3
. "${0%/*}/lib.sh"

plain_setup
xdp_attach 1 dut0 netmem_pass

"$NETMEM_TRAFFIC" hold --port $PORT --bytes 200000 >/dev/null &
holder=$!
wait_for_port 1 $PORT
traffic "$far" send --to $DUT_ADDR --port $PORT --bytes 200000 --size 1000
assert_above 199999 "$(unread_bytes $PORT)" 'bytes are unread'
ip link delete dut0
sleep "$NETMEM_SECONDS"
kill -USR1 $holder
wait $holder || fail 'the holder could not read what it held'
say "200000 bytes unread while the device was deleted, then read"
