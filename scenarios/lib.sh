# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the scenarios share. Sourced by each of them, inside the namespaces that
# `run` made. Nothing here writes a file: there is nothing to clean up when the
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
: "${NETMEM_XDP_OBJ:=$scenarios/../xdp_netmem_stats.bpf.o}"
: "${NETMEM_TRAFFIC:=$scenarios/../build/netmem-traffic}"
: "${NETMEM_VERBOSE:=0}"

DUT_ADDR=10.200.0.1
FAR_ADDR=10.200.0.2
PORT=5201

# ---- how a scenario ends ----

say() {
	echo "$NETMEM_SCENARIO: $*"
}

fail() {
	echo "$NETMEM_SCENARIO: $*" >&2
	exit 1
}

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

# assert_above MINIMUM NUMBER WHAT
assert_above() {
	[ "${2:-0}" -gt "$1" ] || fail "only ${2:-0} $3, expected more than $1"
}

# ---- the traffic tool ----

# traffic COMMAND...: a refusal of the kernel (exit 4) skips the scenario when
# this runs in the scenario's own shell, so never call it in $( )
traffic() {
	quiet "$NETMEM_TRAFFIC" "$@" || traffic_failed $? "$@"
}

# far_traffic COMMAND...: the same from the far side
far_traffic() {
	quiet in_ns "$far" "$NETMEM_TRAFFIC" "$@" || traffic_failed $? "$@"
}

traffic_failed() {
	status=$1
	shift
	[ "$status" -eq 4 ] && skip "this kernel refuses \`netmem-traffic $*\`"
	fail "\`netmem-traffic $*\` failed with status $status (NETMEM_VERBOSE=1 shows why)"
}

# ---- namespaces and devices ----

# new_ns: prints the pid of a process that holds a new network namespace
new_ns() {
	unshare --net sleep 86400 >/dev/null 2>&1 &
	tries=0
	while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "cannot make a network namespace"
		sleep 0.05
	done
	in_ns $! ip link set lo up
	echo $!
}

# in_ns PID COMMAND...; PID 1 is the scenario's own namespace
in_ns() {
	ns=$1
	shift
	nsenter --target "$ns" --net -- "$@"
}

# veth_pair A NS_A B NS_B: a pair that is up, with no address and no chatter
veth_pair() {
	ip link add "$1" type veth peer name "$3" ||
		skip "this kernel has no veth"
	for dev in "$1" "$3"; do
		quiet ip link set "$dev" addrgenmode none
	done
	ip link set "$1" netns "$2" && ip link set "$3" netns "$4" &&
		in_ns "$2" ip link set "$1" up && in_ns "$4" ip link set "$3" up ||
		fail "cannot set up the veth pair $1 $3"
}

mac_of() {
	in_ns "$1" ip -o link show dev "$2" | sed 's/.*link\/ether \([^ ]*\).*/\1/'
}

# address NS DEV ADDR: an address of our private /24
address() {
	in_ns "$1" ip address add "$3/24" dev "$2" || fail "cannot set $3 on $2"
}

# neighbours NS_A DEV_A ADDR_A NS_B DEV_B ADDR_B: each knows the other for
# good, so that no program or flap has to let ARP through
neighbours() {
	in_ns "$1" ip neighbour replace "$6" dev "$2" nud permanent \
		lladdr "$(mac_of "$4" "$5")" &&
		in_ns "$4" ip neighbour replace "$3" dev "$5" nud permanent \
			lladdr "$(mac_of "$1" "$2")" ||
		fail "cannot set the neighbours $3 and $6"
}

# plain_setup: the plan at the top of this file; sets $far
plain_setup() {
	far=$(new_ns) || exit
	veth_pair dut0 1 far0 "$far"
	address 1 dut0 $DUT_ADDR
	address "$far" far0 $FAR_ADDR
	neighbours 1 dut0 $DUT_ADDR "$far" far0 $FAR_ADDR
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
	prog=$(ip link show dev "$1" | sed -n 's/.*prog\/xdp id \([0-9]*\).*/\1/p')
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
	xdp_map_set "$1" netmem_devmap "$(cat "/proc/self/net/../../../sys/class/net/$2/ifindex" 2>/dev/null || ifindex "$2")"
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

# ---- iperf3 ----

# wait_for_port NS PORT: until something listens there (TCP)
wait_for_port() {
	tries=0
	until in_ns "$1" cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		grep -q "$(printf ':%04X 0*:0000 0A' "$2")"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "nothing listens on port $2"
		sleep 0.05
	done
}

# iperf_server NS
iperf_server() {
	in_ns "$1" iperf3 --server --port $PORT >/dev/null 2>&1 &
	wait_for_port "$1" $PORT
}

# iperf_client NS ADDR OPTION...: runs for NETMEM_SECONDS and fails unless
# bytes arrived in every direction; says what arrived in $received
iperf_client() {
	ns=$1
	server=$2
	shift 2
	report=$(in_ns "$ns" iperf3 --client "$server" --port $PORT \
		--time "$NETMEM_SECONDS" "$@" 2>&1) ||
		fail "iperf3 failed: $(echo "$report" | tail -n 1)"
	[ "$NETMEM_VERBOSE" = 1 ] && echo "$report" >&2
	received=$(echo "$report" | awk '
		/receiver$/ { for (i = 2; i <= NF; i++) if ($i ~ /Bytes$/) {
			if ($(i - 1) <= 0) empty = 1
			text = text (text ? " + " : "") $(i - 1) " " $i } }
		END { if (text && !empty) print text }')
	[ "$received" ] || fail "no traffic arrived: $(echo "$report" | tail -n 4)"
}

# meanwhile: true while the traffic started in the background as $! still runs
# ---- start ----

[ "${NETMEM_SCENARIO:-}" ] && [ $$ -eq 1 ] || {
	echo "$0: start it with scenarios/run" >&2
	exit 2
}
trap 'exit 130' INT
trap 'exit 143' TERM
[ -x "$NETMEM_TRAFFIC" ] || fail "no traffic tool at $NETMEM_TRAFFIC; run make first"
[ -f "$NETMEM_XDP_OBJ" ] || fail "no XDP object at $NETMEM_XDP_OBJ; run make first"
ip link set lo up
