#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the first open of eth0 finds no memory for its TX queues, the next does
# expect: PASS
# seconds: 1
# log: ^mvneta c000000\.ethernet eth0: mvneta_setup_txqs: can't create txq=0$
. /lab/lib.sh

# Only the first open after a bind may fail: after a close mvneta 6.1 keeps
# pointers to what it has freed, and frees it again when an open fails.
driver=/sys/bus/platform/drivers/mvneta
echo c000000.ethernet >$driver/unbind || fail 'eth0 cannot be unbound'
echo c000000.ethernet >$driver/bind || fail 'eth0 cannot be bound'

# 32 pages: the headers of a TX queue, and nothing else here
fail_allocations 5 N
! ip link set eth0 up || fail 'eth0 opens without memory'
echo 0 >"$FAULT/probability"
have_failed || fail 'no allocation was made to fail'

network
snapshot before
tcp --reverse
say "$(counter rx_packets) packets received"
