# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the scenarios share. Sourced by each of them, inside the namespaces that
# `run` made. Nothing here leaves a file: there is nothing to clean up when the
# namespaces die.
#
# The plan of nearly every scenario is one veth pair:
#
#	far0 10.200.0.2  ------------->  dut0 10.200.0.1
#	(namespace $far)                 (the scenario's own namespace)
#
# dut0 is the device under test. A veth takes pages from its page pool only
# where native XDP is attached to the receiving end.

scenarios=${0%/*}
# shellcheck source=../lib/sh/scenario.sh
. "$scenarios/../lib/sh/scenario.sh"
# shellcheck source=../lib/sh/wait.sh
. "$scenarios/../lib/sh/wait.sh"
# shellcheck source=../lib/sh/net.sh
. "$scenarios/../lib/sh/net.sh"
: "${NETMEM_XDP_OBJ:=$scenarios/../xdp_netmem_stats.bpf.o}"
if [ -x "$scenarios/../netmem-traffic" ]; then # installed, or built with O=
	: "${NETMEM_TRAFFIC:=$scenarios/../netmem-traffic}"
else
	: "${NETMEM_TRAFFIC:=$scenarios/../build/netmem-traffic}"
fi
: "${NETMEM_VERBOSE:=0}"

DUT_ADDR=10.200.0.1
FAR_ADDR=10.200.0.2
PORT=5201

# ---- how a scenario ends ----

skip() {
	echo "$NETMEM_SCENARIO: skipped: $*" >&2
	exit 4
}

# quiet COMMAND...: its output is shown on stderr with NETMEM_VERBOSE=1 only
quiet() {
	if [ "$NETMEM_VERBOSE" = 1 ]; then
		"$@" >&2
	else
		"$@" >/dev/null 2>&1
	fi
}

# judge_now: tell the parent to judge while we still run, and stay
judge_now() {
	case ${NETMEM_READY_FD:-} in
	'')
		sleep "$NETMEM_SECONDS"
		return
		;;
	[0-9]) echo judge >&"$NETMEM_READY_FD" ;;
	*) echo judge >"/proc/self/fd/$NETMEM_READY_FD" ;;
	esac || fail "cannot write to NETMEM_READY_FD $NETMEM_READY_FD"
	while :; do
		sleep 3600
	done
}

# ---- the traffic tool ----

# traffic NS COMMAND...: its refusal (exit 4, it says why) skips the scenario
traffic() {
	ns=$1
	shift
	[ "$1" != live-frames ] || own_pools 0 # they have no device
	counted=$(in_ns "$ns" "$NETMEM_TRAFFIC" "$@")
	status=$?
	[ $status -eq 4 ] && skip "\`netmem-traffic $*\` is refused here"
	[ $status -eq 0 ] || fail "\`netmem-traffic $*\` failed"
	[ "$NETMEM_VERBOSE" = 1 ] && [ "$counted" ] && echo "$counted" >&2
	return 0
}

# ---- namespaces and devices ----

# new_ns: prints the pid of a process that holds a new network namespace
new_ns() {
	unshare --net sleep 86400 >/dev/null 2>&1 &
	wait_until 5 has_own_netns $! || fail "cannot make a network namespace"
	own_pools "$(netns_of $!)"
	in_ns $! ip link set lo up || fail "cannot use the new namespace"
	echo $!
}

# own_pools NETNS: for tests, which judge their own pools only (CONTRIBUTING.md)
own_pools() {
	[ -z "${NETMEM_TEST_NETNS:-}" ] || echo "$1" >>"$NETMEM_TEST_NETNS"
}

mac_of() {
	in_ns "$1" ip -o link show dev "$2" | sed 's/.*link\/ether \([^ ]*\).*/\1/'
}

# neighbours NS_A DEV_A ADDR_A NS_B DEV_B ADDR_B: each knows the other for
# good, so that no program or flap has to let ARP through
neighbours() {
	neighbour "$1" "$2" "$6" "$(mac_of "$4" "$5")"
	neighbour "$4" "$5" "$3" "$(mac_of "$1" "$2")"
}

# neighbour NS DEV ADDR MAC
neighbour() {
	in_ns "$1" ip neighbour replace "$3" dev "$2" lladdr "$4" nud permanent ||
		fail "cannot set the neighbour $3 on $2"
}

# plain_setup: the plan at the top of this file; sets $far
plain_setup() {
	far=$(new_ns) || exit
	veth_pair dut0 1 far0 "$far"
	address 1 dut0 $DUT_ADDR
	address "$far" far0 $FAR_ADDR
	neighbours 1 dut0 $DUT_ADDR "$far" far0 $FAR_ADDR
}

# wait_until_gone DEV: from the scenario's own namespace
wait_until_gone() {
	wait_until 5 is_gone "$1" || fail "$1 is still there"
}

is_gone() {
	! ip link show dev "$1"
}

# ---- XDP ----

# xdp_attach NS DEV PROGRAM: natively, in place of what is there
xdp_attach() {
	in_ns "$1" ip -force link set dev "$2" xdpdrv obj "$NETMEM_XDP_OBJ" \
		program "$3" || fail "cannot attach $3 of $NETMEM_XDP_OBJ to $2"
}

xdp_detach() {
	in_ns "$1" ip link set dev "$2" xdpdrv off || fail "cannot detach XDP from $2"
}

# xdp_map_id DEV MAP: the id of the map that the program on DEV uses
xdp_map_id() {
	prog=$(ip link show dev "$1" | xdp_ids)
	maps=$(bpftool -j prog show id "$prog" |
		sed -n 's/.*"map_ids":\[\([0-9,]*\)\].*/\1/p' | tr , ' ')
	for map in $maps; do
		if bpftool -j map show id "$map" | grep -q "\"name\":\"$2\""; then
			echo "$map"
			return
		fi
	done
	fail "the program on $1 has no map $2"
}

# xdp_map_set DEV MAP NUMBER: element 0 of the map, a little-endian u32
xdp_map_set() {
	map_id=$(xdp_map_id "$1" "$2") || exit
	quiet bpftool map update id "$map_id" key 0 0 0 0 value \
		$(($3 & 255)) $(($3 >> 8 & 255)) $(($3 >> 16 & 255)) 0 ||
		fail "cannot write $3 to the map $2"
}

# xdp_redirect_to FROM TO: both in the scenario's own namespace
xdp_redirect_to() {
	xdp_attach 1 "$1" netmem_redirect
	xdp_map_set "$1" netmem_devmap "$(ip -o link show dev "$2" | cut -d: -f1)"
}

# ---- counters of the kernel ----

# counter NS DEV rx_bytes|rx_packets|tx_bytes|tx_packets
counter() {
	in_ns "$1" cat /proc/net/dev | awk -v dev="$2:" -v what="$3" '
		BEGIN { col["rx_bytes"] = 2; col["rx_packets"] = 3
			col["tx_bytes"] = 10; col["tx_packets"] = 11 }
		$1 == dev { print $(col[what]) }'
}

# snmp NS PROTOCOL FIELD: for example `snmp 1 Ip InReceives`
snmp() {
	in_ns "$1" cat /proc/net/snmp | awk -v proto="$2:" -v field="$3" '
		$1 == proto && !n { for (i = 2; i <= NF; i++) if ($i == field) n = i; next }
		$1 == proto { print $n }'
}

# unread_bytes PORT: in the TCP sockets of our namespace that are bound to PORT
unread_bytes() {
	queues=$(awk -v port="$(printf ':%04X$' "$1")" '$2 ~ port {
		split($5, q, ":"); print q[2] }' /proc/net/tcp)
	total=0
	for queue in $queues; do
		total=$((total + 0x$queue))
	done
	echo $total
}

# ---- iperf3 ----

# wait_for_port NS PORT: until something listens there (TCP)
wait_for_port() {
	wait_until 5 listens "$2" "$1" || fail "nothing listens on port $2"
}

# iperf_server NS: sets $server, its pid
iperf_server() {
	nsenter --target "$1" --net -- iperf3 --server --port $PORT \
		>/dev/null 2>&1 &
	server=$!
	wait_for_port "$1" $PORT
}

# iperf_client NS ADDR OPTION...: runs for NETMEM_SECONDS and fails unless
# bytes arrived in every direction; says what arrived in $received
iperf_client() {
	ns=$1
	peer=$2
	shift 2
	report=$(in_ns "$ns" iperf3 --client "$peer" --port $PORT \
		--time "$NETMEM_SECONDS" "$@" 2>&1) ||
		fail "$(echo "$report" | sed -n "s/^iperf3: */iperf3: /p" | tail -n 1)"
	[ "$NETMEM_VERBOSE" = 1 ] && echo "$report" >&2
	received=$(echo "$report" | awk '
		/receiver$/ { for (i = 2; i <= NF; i++) if ($i ~ /Bytes$/) {
			if ($(i - 1) <= 0) empty = 1
			text = text (text ? " + " : "") $(i - 1) " " $i } }
		END { if (text && !empty) print text }')
	[ "$received" ] || fail "no traffic arrived: $(echo "$report" | tail -n 4)"
}

# start_tcp: TCP from far0 to dut0 in the background, for scenarios that turn
# something meanwhile: `start_tcp; while tcp_runs; do ...; done; finish_tcp WHAT`
start_tcp() {
	iperf_server 1
	{
		iperf_client "$far" $DUT_ADDR --bitrate 200M
		say "$received arrived"
	} &
	client=$!
	deadline=$(($(uptime) + NETMEM_SECONDS * 100))
}

tcp_runs() {
	[ -e "/proc/$client/exe" ] && [ "$(uptime)" -lt "$deadline" ]
}

# finish_tcp WHAT: fails unless the client got its traffic through
finish_tcp() {
	wait "$client" || fail "TCP did not survive $1"
	say "$1"
}

# ---- the end ----

# end_scenario: freed skbs go while the pools still live, so that what is out
# afterwards is out for another reason
end_scenario() {
	status=$?
	trap - EXIT
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null
	settle "$NETMEM_TRAFFIC"
	exit $status
}

# ---- start ----

if [ -z "${NETMEM_SCENARIO:-}" ] || [ $$ -ne 1 ]; then
	echo "$0: start it with scenarios/run" >&2
	exit 2
fi
trap end_scenario EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ -x "$NETMEM_TRAFFIC" ] || fail "no traffic tool at $NETMEM_TRAFFIC; run make first"
[ -f "$NETMEM_XDP_OBJ" ] || fail "no XDP object at $NETMEM_XDP_OBJ; run make first"
own_pools "$(netns_of 1)"
ip link set lo up
