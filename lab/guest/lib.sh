# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the lab's scenarios share, inside the guest. eth0 is the device under
# test; the other end is the namespace that lab/run made on the host:
#
#	host 10.9.0.1  <------------->  eth0 10.9.0.2
#
# A scenario finds eth0 up, its pools made anew under the watch, and nothing
# flowing; its counters so far are in /results/before. When it ends, they are
# in /results/after.

# shellcheck disable=SC2034 # for the scenarios
HOST=10.9.0.1
GUEST=10.9.0.2
HOST_MAC=02:00:00:00:09:01
PORT=5201
ETH0=/sys/class/net/eth0
TRAFFIC=/netmem/build/netmem-traffic
FAULT=/sys/kernel/debug/fail_page_alloc

# shellcheck source=lib/sh/scenario.sh
. /lab/sh/scenario.sh
# shellcheck source=lib/sh/wait.sh
. /lab/sh/wait.sh
# shellcheck source=lib/sh/net.sh
. /lab/sh/net.sh

# network: eth0 as every scenario finds it. The neighbour is there for good,
# so that no program or flap has to let ARP through.
network() {
	ip link set lo up
	ip address replace $GUEST/24 dev eth0
	ip link set eth0 up || fail "eth0 cannot be taken up"
	ip neighbour replace $HOST dev eth0 lladdr $HOST_MAC nud permanent
	wait_until 10 has_link || fail 'eth0 has no link after 10 s'
}

has_link() {
	read -r carrier <$ETH0/carrier 2>/dev/null && [ "$carrier" = 1 ]
}

# renew: eth0 down and up, so that its pools are made anew. A pool that only
# recycles makes no events, and a verdict rests on events.
renew() {
	ip link set eth0 down || fail "eth0 cannot be taken down"
	network
}

# host WORD...: have the host do something, wait, and print its answer.
# WORDs: `send` and options of `netmem-traffic send`, waiting for its end;
# `start-flood SIZE PPS SECONDS`, not waiting; `raw N`: odd frames, each kind
# N times; `received`: frames from eth0.
host() {
	# a redirection that fails ends the shell
	[ -w "$LAB_CONTROL" ] || fail "no control port; is this the lab's guest?"
	exec 5<>"$LAB_CONTROL"
	echo "$*" >&5
	read -r answer <&5
	exec 5>&-
	case $answer in
	'ok '*) echo "${answer#ok }" ;;
	*) fail "the host refuses '$*': $answer" ;;
	esac
}

# flood SIZE PPS: UDP from the host for NETMEM_SECONDS, SIZE bytes of payload
flood() {
	host send --proto udp --to $GUEST --port 9 --size "$1" --pps "$2" \
		--seconds "$NETMEM_SECONDS"
}

# run_module KNOB MS: of the module that the scenario asks for; MS is what it
# takes for the length of its traffic. Its pools end with it.
run_module() {
	insmod "/lab/$LAB_MODULE.ko" || fail "cannot load $LAB_MODULE"
	knobs=/sys/kernel/debug/$LAB_MODULE
	echo "$2" >"$knobs/ms"
	echo "$1" >"$knobs/run" || fail "$LAB_MODULE does not take $1"
	say "$1 has run"
}

# stop_flood SIZE PPS WHAT: a flood of which XDP WHAT lets nothing reach the stack
stop_flood() {
	reached=$(ip_received)
	flood "$1" "$2"
	assert_above 0 "$(counter rx_packets)" 'frames reached eth0'
	reached=$(($(ip_received) - reached))
	[ "$reached" -eq 0 ] || fail "$reached packets came through XDP $3"
	say "$(counter rx_packets) frames received, none let through"
}

# tcp OPTION...: iperf3 with the host's server for NETMEM_SECONDS; fails when
# it does not end well
tcp() {
	iperf3 --client $HOST --port $PORT --time "$NETMEM_SECONDS" \
		--connect-timeout 8000 --json "$@" >/results/iperf.json 2>&1
	# with --json a failure, too, ends with 0
	! grep -q '"error"' /results/iperf.json || fail "iperf3: $(tcp_error)"
	assert_above 50 "$(counter rx_packets)" 'packets received'
}

tcp_error() {
	sed -n 's/.*"error"[^"]*"\(.*\)".*/\1/p' /results/iperf.json
}

# counter rx_packets|tx_packets|...: of eth0
counter() {
	read -r count <"$ETH0/statistics/$1" && echo "$count"
}

# nic_counter NAME: of `ethtool -S`
nic_counter() {
	ethtool -S eth0 | awk -v name="$1:" '$1 == name { print $2 }'
}

# ip_received: packets that reached the stack
ip_received() {
	awk '$1 == "Ip:" && n++ { print $4 }' /proc/net/snmp
}

# snapshot before|after: what device and kernel have counted, for lab/run.
# While the watch goes on: taking its program off makes new pools, whose
# counters start at 0. Nothing may flow on eth0 now.
snapshot() {
	mkdir -p "/results/$1"
	uptime >"/results/$1/uptime"
	ethtool -S eth0 >"/results/$1/ethtool" 2>&1
	ip -s -s link show dev eth0 >"/results/$1/link" 2>&1
	# recursion_misses: events that the kernel kept from a program
	[ "$1" = before ] || bpftool prog show >"/results/$1/programs" 2>&1
}

# is_quiet: nothing has moved on eth0 for 0.2 s in which it could (its link was
# up), and nothing waits in the NIC
is_quiet() {
	has_link || return
	moved=$(counter rx_packets)/$(counter tx_packets)/$(queued)
	if [ "$moved" != "${moved_last:-}" ]; then
		moved_last=$moved still=0
	fi
	still=$((still + 1))
	[ $still -le 4 ] || [ "${moved##*/}" -gt 0 ] || return 0
	sleep 0.05
	return 1
}

# end_scenario: the end of every scenario. What the host still sends or repeats
# ends first. Freed skbs go while the pools still live, so that what is out
# afterwards is out for another reason.
end_scenario() {
	status=$?
	trap - EXIT
	[ ! "$client" ] || kill "$client" 2>/dev/null
	wait_until 10 is_quiet || {
		say 'eth0 is not quiet after 10 s'
		status=1
	}
	settle $TRAFFIC
	snapshot after
	exit $status
}

# fail_allocations ORDER Y|N: the next page allocation of ORDER or above fails;
# with Y only one that cannot wait. More: a number in $FAULT/times.
fail_allocations() {
	[ -d $FAULT ] || fail 'this kernel has no fail_page_alloc'
	echo "$1" >$FAULT/min-order
	echo "$2" >$FAULT/ignore-gfp-wait
	echo 0 >$FAULT/verbose
	echo 1 >$FAULT/interval
	echo 1 >$FAULT/times
	echo 100 >$FAULT/probability
}

# have_failed: all allocations that are to fail did
have_failed() {
	read -r left <$FAULT/times
	[ "$left" -eq 0 ]
}

# For scenarios that turn something under traffic:
#
#	start_tcp OPTION... | start_udp
#	while turning; do ...; [more_udp;] turned WHAT; done
#	finish
#
# They turn at least 4 times, and for NETMEM_SECONDS, however long a turn takes
# on a busy machine.

# start_turns: traffic flows
start_turns() {
	flows 'at the start'
	turns=0
	deadline=$(($(uptime) + NETMEM_SECONDS * 100))
}

# start_tcp OPTION...: tcp in the background, until finish ends it. It
# flows when start_tcp returns: mvneta restarts its TX queues without waking
# them, so a lone SYN that met a stopped queue would stay in it, and TCP sends
# nothing again that is still in a queue.
start_tcp() {
	iperf3 --client $HOST --port $PORT --time 86400 --connect-timeout 8000 \
		--json "$@" >/results/iperf.json 2>&1 &
	client=$!
	start_turns
}

# start_udp: where TCP would pause for long, as what it sends again is lost, too
start_udp() {
	more_udp
	start_turns
}

more_udp() {
	host start-flood 1000 2000 2 >/dev/null
}

# flows WHEN: until a burst has been received
flows() {
	flow=$(($(counter rx_packets) + 100))
	wait_until 10 has_flowed || fail "nothing flows $1"
}

has_flowed() {
	[ "$(counter rx_packets)" -ge "$flow" ]
}

turning() {
	[ "$turns" -lt 4 ] || [ "$(uptime)" -lt "$deadline" ]
}

# turned WHAT: after a turn: traffic has to flow again
turned() {
	flows "after $1"
	turns=$((turns + 1))
}

# finish: fails when TCP has ended before
finish() {
	if [ "$client" ]; then
		[ -e "/proc/$client/exe" ] || fail "TCP has ended: $(tcp_error)"
		kill "$client"
		wait "$client" || :
		client=
	fi
	say "$turns turns, $(counter rx_packets) packets received"
}

# queued: bytes that the NIC holds for sending
queued() {
	bytes=0
	for queue in "$ETH0"/queues/tx-*/byte_queue_limits/inflight; do
		read -r inflight <"$queue"
		bytes=$((bytes + inflight))
	done
	echo $bytes
}

# veth: a pair that takes frames from XDP: its end polls where GRO is on
veth() {
	ip link add veth0 type veth peer name veth1 ||
		fail "this kernel has no veth"
	ethtool -K veth1 gro on || fail "veth1 does not take gro on"
	ip link set veth0 up
	ip link set veth1 up
}

# jumbo_mtu: before the program is attached, which fits the MTU it finds
jumbo_mtu() {
	ip link set eth0 mtu 9000 || fail "eth0 does not take MTU 9000"
}

client=
case $0 in
*/scenarios/*)
	trap end_scenario EXIT
	renew
	snapshot before
	;;
esac
