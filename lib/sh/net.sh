# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Network namespaces without a name, which a process holds, and devices in them.
# Whoever sources this has functions fail and skip.

# in_ns PID COMMAND...: in the network namespace of that process
in_ns() {
	ns=$1
	shift
	nsenter --target "$ns" --net -- "$@"
}

# netns_of PID: its number
netns_of() {
	stat -L -c %i "/proc/$1/ns/net"
}

# has_own_netns PID: it is in another network namespace than we are
has_own_netns() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# veth_pair A PID_A B PID_B: a pair that is up, with no address and no chatter
veth_pair() {
	ip link add "$1" type veth peer name "$3" ||
		skip "this kernel has no veth"
	ip link set "$1" netns "$2" || fail "cannot move $1"
	ip link set "$3" netns "$4" || fail "cannot move $3"
	# a kernel without IPv6 does not know it
	in_ns "$2" ip link set "$1" addrgenmode none 2>/dev/null
	in_ns "$4" ip link set "$3" addrgenmode none 2>/dev/null
	in_ns "$2" ip link set "$1" up || fail "cannot bring $1 up"
	in_ns "$4" ip link set "$3" up || fail "cannot bring $3 up"
}

# address PID DEV ADDR: an address of our private /24
address() {
	in_ns "$1" ip address add "$3/24" dev "$2" || fail "cannot set $3 on $2"
}

# listens PORT [PID]: a TCP socket, in our namespace or in that of PID
listens() {
	${2:+nsenter --target "$2" --net --} cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		grep -q "$(printf ':%04X 0*:0000 0A' "$1")"
}

# xdp_ids: of the XDP programs in what `ip link show` says, on standard input
xdp_ids() {
	sed -n 's/.*prog\/xdp id \([0-9]*\).*/\1/p'
}
