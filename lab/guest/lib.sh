# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the lab's scenarios share, inside the guest. eth0 is the device under
# test; the other end is the namespace that lab/run made on the host:
#
#	host 10.9.0.1  <------------->  eth0 10.9.0.2

# shellcheck disable=SC2034 # for the scenarios
HOST=10.9.0.1
GUEST=10.9.0.2
HOST_MAC=02:00:00:00:09:01
PORT=5201

say() {
	echo "$LAB_SCENARIO: $*"
}

fail() {
	echo "$LAB_SCENARIO: $*" >&2
	exit 1
}

# network: eth0 as every scenario finds it. The neighbour is there for good,
# so that no program or flap has to let ARP through.
network() {
	ip link set lo up
	ip address replace $GUEST/24 dev eth0
	ip link set eth0 up || fail "eth0 cannot be taken up"
	ip neighbour replace $HOST dev eth0 lladdr $HOST_MAC nud permanent
	wait_for_link
}

wait_for_link() {
	tries=0
	until [ "$(cat /sys/class/net/eth0/carrier 2>/dev/null)" = 1 ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "eth0 has no link after 10 s"
		sleep 0.05
	done
}

# renew: eth0 down and up, so that its pools are made anew under the watch.
# A pool that only recycles makes no events, and a verdict rests on events.
renew() {
	ip link set eth0 down || fail "eth0 cannot be taken down"
	network
}

# host WORD...: have the host do something, wait, and print its answer.
# WORDs: `send` and options of `netmem-traffic send`, waiting for its end;
# `start-flood SIZE PPS SECONDS`, not waiting; `received`: frames from eth0.
host() {
	exec 5<>"$LAB_CONTROL" || fail "no control port; is this the lab's guest?"
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

# tcp OPTION...: iperf3 with the host's server for NETMEM_SECONDS; fails when
# it does not end well
tcp() {
	iperf3 --client $HOST --port $PORT --time "$NETMEM_SECONDS" \
		--connect-timeout 8000 --json "$@" >/results/iperf.json 2>&1
	# with --json a failure, too, ends with 0
	! grep -q '"error"' /results/iperf.json ||
		fail "iperf3: $(sed -n 's/.*"error"[^"]*"\(.*\)".*/\1/p' /results/iperf.json)"
}

# counter rx_packets|tx_packets|...: of eth0
counter() {
	cat "/sys/class/net/eth0/statistics/$1"
}

# ip_received: packets that reached the stack
ip_received() {
	awk '$1 == "Ip:" && n++ { print $4 }' /proc/net/snmp
}

# counters: what device and kernel have counted, for lab/run to read. Before the watch
# ends, as taking its program off makes new pools whose counters start at 0.
counters() {
	ethtool -S eth0 >/results/ethtool.txt 2>&1
	ip -s -s link show dev eth0 >/results/link.txt 2>&1
	# recursion_misses: events that the kernel kept from a program
	bpftool prog show >/results/programs.txt 2>&1
}

# settle: freed skbs wait on idle processors; let them go while the pools still
# live, so that what is out afterwards is out for another reason. The end of
# every scenario.
settle() {
	status=$?
	trap - EXIT
	/netmem/build/netmem-traffic nudge
	sleep 0.1
	/netmem/build/netmem-traffic nudge
	counters
	exit $status
}
case $0 in
*/scenarios/*) trap settle EXIT ;;
esac

# assert_above MINIMUM NUMBER WHAT
assert_above() {
	[ "${2:-0}" -gt "$1" ] || fail "only ${2:-0} $3, expected more than $1"
}

# start_tcp OPTION...: tcp in the background, for scenarios that turn something
# meanwhile: `start_tcp; while tcp_runs; do ...; done; finish_tcp WHAT`. It
# flows when start_tcp returns: mvneta restarts its TX queues without waking
# them, so a lone SYN that met a stopped queue would stay in it, and TCP sends
# nothing again that is still in a queue.
start_tcp() {
	before=$(counter rx_packets)
	tcp "$@" &
	client=$!
	tries=0
	until [ "$(counter rx_packets)" -gt $((before + 100)) ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail 'TCP does not flow'
		sleep 0.05
	done
	deadline=$(($(uptime) + NETMEM_SECONDS * 100))
}

# uptime: hundredths of a second
uptime() {
	read -r now _ </proc/uptime
	echo "${now%.*}${now#*.}"
}

tcp_runs() {
	[ -e "/proc/$client/exe" ] && [ "$(uptime)" -lt "$deadline" ]
}

# finish_tcp WHAT
finish_tcp() {
	wait "$client" || fail "TCP did not survive $1"
	say "$1"
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
