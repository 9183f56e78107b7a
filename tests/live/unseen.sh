#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Pages that are rightly held where no walk looks: never called leaked, and the
# place is listed. Each case has the place without the hold as its control.
# limit: 180
# alone
. "${0%/*}/lib.sh"

BYTES=60000
PORT=5202
BEHIND=10.201.0.33 # a macvtap's address
BEHIND_MAC=02:77:00:00:00:33

send() {
	far "$traffic_tool" send --bytes $BYTES --size 1000 --pps 5000 "$@" \
		>/dev/null || fail 'cannot send'
}

ask() {
	own_pools_without_device
	check '0|3' holders --json "$json"
	expect_no_crash
	holds '.walks.count >= 1' 'a walk'
	holds '.findings | all(.check != "leaked")' 'nothing is called leaked'
}

xdp_off() {
	in_end "$1" ip link set dev "$1" xdpdrv off || fail "cannot detach from $1"
}

# blind PLACE TEXT: that is not walked
blind() {
	ask
	holds ".walks.places | any(.place == \"$1\" and (.walked | not) and
		.packets)" "not walked: $1"
	grep -Eq "^(blind spot|only swept): $1: .*$2" "$tmp/out" ||
		fail "the text lacks $1: $2"
}

# unseen PLACE TEXT: pages of a pool that waits are there
unseen() {
	NETMEM_TEST=no-sweep blind "$@"
	holds '.pools | any(.state == "stalled" and .held.unheld > 0)' \
		'pages without a known holder'
	holds '.verdict == "INCONCLUSIVE"' 'INCONCLUSIVE'
	ask
	own_report | jq -e '.walks.sweep.whole' >/dev/null || return 0
	holds '.pools | any(.state == "stalled" and .held.unheld == 0 and
		(.holders | any(.kind == "packet")))' 'held by packets'
}

is_unlisted() {
	ask
	own_report | jq -e ".walks.places |
		all(.place != \"$1\" or .walked)" >/dev/null
}

# no_such_place PLACE: others on this machine may have it for a while. A namespace
# is there until the last of its connections has given up.
no_such_place() {
	wait_until 90 is_unlisted "$1" || fail "waited in vain: no blind spot: $1"
}

release() {
	kill -USR1 "$holder"
	wait "$holder" || fail 'the holder could not read what it held'
	settle "$traffic_tool"
}

# in_flight PROTOCOL PLACE TEXT: on a connection of that protocol
in_flight() {
	no_such_place "$2"
	pool_of_dut0
	hold "$1" --port $PORT --bytes $BYTES --in-flight
	sleep 0.5
	has_ended "$holder" && skip "this kernel has no $1"
	send --to $DUT_ADDR --port $PORT --proto "$1"
	wait_ready
	ip link delete dut0
	unseen "$2" "$3"
	release
}

case_udplite_in_flight() {
	[ -e /proc/net/udplite ] || skip 'this kernel has no UDP-Lite'
	in_flight udplite 'packet and raw sockets' 'no visible process has open: 1'
}

# slow
case_mptcp_in_flight() {
	[ -e /proc/sys/net/mptcp/enabled ] || skip 'this kernel has no MPTCP'
	in_flight mptcp 'sockets that no list shows' 'MPTCP'
}

case_sctp_in_flight() {
	grep -q '^SCTP ' /proc/net/protocols || skip 'this kernel has no SCTP'
	in_flight sctp 'sockets that no list shows' 'SCTP'
}

# ---- macvtap ----

# macvtap_holds: mv0 on dut0 has packets that nobody reads
macvtap_holds() {
	pool_of_dut0
	ip link add link dut0 name mv0 address $BEHIND_MAC type macvtap \
		mode bridge || skip 'this kernel has no macvtap'
	ip link set mv0 up
	cat >"$tmp/with_sysfs" <<-'END'
		#!/bin/sh
		mount -t sysfs none /sys && exec "$@"
	END
	chmod +x "$tmp/with_sysfs"
	: >"$tmp/held"
	in_background unshare --mount "$tmp/with_sysfs" "$traffic_tool" hold \
		macvtap --dev mv0 --bytes $BYTES >"$tmp/held"
	holder=$pid
	wait_ready
	far ip neighbour replace $BEHIND dev far0 lladdr $BEHIND_MAC
	send --to $BEHIND --port 9 --proto udp
}

case_macvtap_whose_device_is_gone() {
	macvtap_holds
	ip link delete dut0
	unseen 'macvtap and ipvtap' 'open files of /dev/tapN .1.'
	release
	no_such_place 'macvtap and ipvtap'
}

# slow
case_macvtap_that_is_down() {
	macvtap_holds
	ip link set mv0 down
	xdp_off dut0
	unseen 'queues of mv0' 'the device is down'
	holds '.walks.places | any(.place == "macvtap and ipvtap")' 'its file'
}

# ---- files, routes ----

case_ppp() {
	[ -e /dev/ppp ] || skip 'this kernel has no PPP'
	hold ppp
	sleep 0.3
	ask
	holds '.walks.places | any(.place == "/dev/ppp" and (.walked | not))' \
		'an open file that may hold packets'
	release
	no_such_place /dev/ppp
}

# The kernel gives up a route after 10 s, and drops its packets.
case_multicast_table() {
	pool_of_dut0
	hold multicast --dev dut0
	sleep 0.3
	has_ended "$holder" && skip 'this kernel does not route multicast by tables'
	no_such_place 'multicast routing'
	echo 1 >/proc/sys/net/ipv4/ip_forward
	ip rule add iif dut0 table 100
	ip mrule add iif dut0 table 100 || skip 'no rules for multicast'
	far ip route add 239.0.0.0/8 dev far0
	# shellcheck disable=SC2016 # for the inner shell
	in_background nsenter --target "$far" --net -- sh -c '
		while :; do
			for group in 1 2 3 4 5 6 7 8; do
				"$1" send --to 239.7.7.$group --port 9 --proto udp \
					--bytes 3000 --size 1000 >/dev/null
			done
			sleep 0.5
		done' sh "$traffic_tool"
	sleep 1
	blind 'multicast routing' 'routes for which packets wait: [1-8]'
}

# ---- network namespaces ----

other_namespace() {
	[ "$(netns_of "$1")" != "$(netns_of self)" ]
}

# left_out PROTOCOL WHAT OPTION...: a socket is all that is left of a namespace
left_out() {
	protocol=$1
	shift
	in_background unshare --net sleep 86400
	space=$pid
	wait_for 'a new namespace' other_namespace "$space"
	ip link add dut1 type veth peer name near1 || fail 'no veth'
	ip link set dut1 netns "$space"
	# shellcheck disable=SC2016 # for the inner shell
	nsenter --target "$space" --net -- sh -c '
		ip link set dut1 addrgenmode none
		ip address add 10.204.1.1/24 dev dut1 && ip link set dut1 up &&
		ip link set dev dut1 xdpdrv obj "$1" program netmem_pass' sh \
		"$xdp_object" || fail 'cannot set up'
	ip link set near1 addrgenmode none
	ip address add 10.204.1.2/24 dev near1
	ip link set near1 up
	: >"$tmp/held"
	in_background nsenter --target "$space" --net -- "$traffic_tool" hold \
		"$@" --bytes 10000 --in-flight --leave >"$tmp/held"
	holder=$pid
	sleep 0.5
	"$traffic_tool" send --to 10.204.1.1 --port $PORT --proto "$protocol" \
		--bytes 20000 --size 1000 >/dev/null || fail 'cannot send'
	wait_ready
	kill -KILL "$space"
	wait_for 'no process in it' has_ended "$space"
	ip link delete near1
	unseen 'network namespaces that were left out' 'without a .*process'
	release
	no_such_place 'network namespaces that were left out'
}

# slow
case_namespace_with_a_udp_socket() {
	left_out udp udp --port $PORT
}

# slow
case_namespace_with_a_packet_socket() {
	left_out udp packet --dev dut1
}

# slow
case_namespace_with_a_raw_socket() {
	left_out raw raw
}

run_cases "$@"
