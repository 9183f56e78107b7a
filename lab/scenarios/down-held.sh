#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about: the link taken down while five sockets have thousands of pages unread
# expect: PASS
# seconds: 1
# counts: none
# report: ([.findings[] | [.check, .severity, .count]] == [["stalled_shutdown", "WARN", 1]]) and ([.walks.places[].walked] | all) and ([.pools[] | select(.state == "stalled")] | length == 1 and all(.held.out > 4000 and .held.attributed == .held.out and .inflight == .held.out and ([.holders[] | .what + " " + .local + " " + (.comm // "nobody")] | sort) == ["tcp 10.9.0.2:7001 netmem-traffic", "tcp 10.9.0.2:7002 netmem-traffic", "tcp 10.9.0.2:7005 nobody", "udp 0.0.0.0:7003 netmem-traffic", "udp 0.0.0.0:7004 netmem-traffic"]))
. /lab/lib.sh

# hold WHAT PORT BYTES: in the background; it outlives the scenario, so that
# the pages are still out at the verdict
hold() {
	$TRAFFIC hold "$1" --port "$2" --bytes "$3" --release-after 120 \
		</dev/null >"/tmp/held-$2" 2>&1 &
	wait_until 10 is_bound "$2" || fail "nothing is bound to port $2"
}

is_bound() {
	ss -H -a -n "sport = :$1" | grep -q .
}

# all_ready: of the socket that nobody accepts only the kernel tells
all_ready() {
	[ "$(cat /tmp/held-* | grep -c '^ready')" -ge 4 ] &&
		[ "$(ss -H -t -n 'sport = :7005' | awk '{ print $2 }')" -ge 500000 ]
}

# datagrams PORT: far more than the socket waits for
datagrams() {
	host send --proto udp --to "$GUEST" --port "$1" --size 100 --pps 4000 \
		--seconds 0.5
}

# stream PORT BYTES
stream() {
	host send --proto tcp --to "$GUEST" --port "$1" --bytes "$2" \
		--size 16384
}

hold tcp 7001 1500000
hold tcp 7002 1500000
hold udp 7003 2000000
hold udp 7004 2000000
hold unaccepted 7005 500000
stream 7001 1500000
datagrams 7003
stream 7002 1500000
# what nobody waits for, between the others
flood 100 5000
datagrams 7004
stream 7005 500000
wait_until 20 all_ready || fail "not all is held: $(cat /tmp/held-*)"
say "$(cat /tmp/held-*)"
wait_until 10 is_quiet || fail 'eth0 is not quiet'
$TRAFFIC nudge
sleep 0.02
$TRAFFIC nudge
snapshot after
ip link set eth0 down || fail 'eth0 cannot be taken down'
trap - EXIT
say "taken down with pages unread, $(counter rx_packets) frames received"
