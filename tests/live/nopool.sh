#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Devices without a pool: why, where the pools are, and --lower.
. "${0%/*}/lib.sh"

# link NAME ARGUMENT...: a device of a kind that not every kernel has
link() {
	name=$1
	shift
	ip link add "$name" "$@" 2>/dev/null ||
		skip "this kernel makes no such device: $*"
	ip link set "$name" up || fail "cannot bring $name up"
}

# without_pool DEV CODE WHY: of audit, of a watch, and of holders
without_pool() {
	for look in audit 'run --for 1s --drain 200ms' holders; do
		# shellcheck disable=SC2086 # a command and its arguments
		check "$INCONCLUSIVE" $look -i "$1" --json="$json"
		holds '.verdict == "INCONCLUSIVE" and (.reason_codes == ["no_pool"] or
			.reason_codes == ["no_pool_found"])' "$look: no pool"
		holds '.pool_list.whole == (.reason_codes == ["no_pool"])' 'its list'
		holds "[.net_devices[] | select(.asked) | .name, .why_no_pool] ==
			[\"$1\", \"$2\"]" "why $1 has none: $2"
		flat "$tmp/out" | grep -Eq -- "$3" || fail "$look says nothing of: $3"
	done
}

# with_pool DEV OPTION...: its pools are looked at; a watch has nothing to do
with_pool() {
	check "$PASS" audit -i "$@"
	expect_output '^dut0[/ ]'
	check '0|3' run --for 1s --drain 200ms -i "$@" --json="$json"
	holds '.reason_codes | all(test("no_pool|pool_not_found") | not)' 'no such reason'
	holds '[.pools[] | select(.judged) | .device] | length > 0 and all(. == "dut0")' \
		'the pools of dut0 alone'
}

# A veth pair whose dut0 has pools; another one with pools is not asked for.
pools() {
	veth 1500
	xdp_on dut0 netmem_pass
	ip link add other0 type veth peer name other1
	ip link set other0 up
	ip link set other1 up
	xdp_on other0 netmem_pass
	tcp 60
}

# slow
case_port_of_a_bridge() {
	pools
	link br0 type bridge
	without_pool br0 software 'br0'
	ip link set dut0 master br0
	without_pool br0 lower 'port dut0 has pools: use --lower or -i dut0'
	with_pool br0 --lower
	holds '.net_devices[] | select(.name == "br0") | .lower == ["dut0"]' 'its port'
	with_pool dut0
}

case_slave_of_a_bond() {
	pools
	link bond0 type bond
	ip link set dut0 down
	ip link set dut0 master bond0 || skip 'a veth cannot be a slave here'
	without_pool bond0 lower 'slave dut0 has pools: use --lower or -i dut0'
	with_pool bond0 --lower
}

case_above_a_vlan() {
	pools
	link vlan5 link dut0 type vlan id 5
	without_pool vlan5 lower 'below \(dut0\) has pools: use --lower'
	with_pool vlan5 --lower
}

# slow
case_above_a_macvlan() {
	pools
	link mv0 link dut0 type macvlan mode bridge
	without_pool mv0 lower 'below \(dut0\) has pools: use --lower'
	with_pool mv0 --lower
	holds '.net_devices[] | select(.name == "dut0") | .xdp_mode == "native"' \
		'native XDP below'
}

case_above_an_ipvlan() {
	pools
	link ipv0 link dut0 type ipvlan
	without_pool ipv0 lower 'below \(dut0\) has pools: use --lower'
	with_pool ipv0 --lower
}

# However deep they stand on one another.
# slow
case_macvlan_on_a_bridge() {
	pools
	link br0 type bridge
	ip link set dut0 master br0
	link mv0 link br0 type macvlan mode bridge
	without_pool mv0 lower 'below \(br0 on dut0\) has pools: use --lower or -i dut0'
	with_pool mv0 --lower
}

case_veth_without_xdp() {
	veth 1500
	without_pool dut0 veth 'native XDP program or GRO'
	xdp_on dut0 netmem_pass
	tcp 30
	with_pool dut0
}

case_device_that_is_down() {
	veth 1500
	xdp_on dut0 netmem_pass
	ip link set dut0 down
	without_pool dut0 down 'it is down'
	holds '.net_devices[0] | (.up | not) and .xdp_mode == "native"' 'down, native XDP'
	ip link set dut0 up
	tcp 30
	with_pool dut0
}

# slow
case_generic_xdp() {
	ip link set lo up
	without_pool lo loopback 'from no pool'
	ip link set dev lo xdpgeneric obj "$xdp_object" program netmem_pass ||
		fail 'cannot attach to lo'
	without_pool lo generic_xdp 'generic mode'
	holds '.net_devices[0] | .xdp_mode == "generic" and .xdp_program > 0' 'generic XDP'
	check "$INCONCLUSIVE" run -i lo --for 1s --drain 200ms
	expect_output 'lo: loopback, generic XDP'
}

case_no_pool_at_all() {
	check "$PASS" audit
	expect_output 'no page pool was found on this machine|this machine has no page pool'
	check "$INCONCLUSIVE" run --for 1s --drain 200ms --json="$json"
	holds '.reason_codes == ["no_pool"] or .reason_codes == ["no_pool_found"]' 'none'
}

case_packets_received() {
	veth 1500
	xdp_on dut0 netmem_pass
	check '0|3' run -i dut0 --for 1s --drain 200ms --json="$json" -- sleep 1
	holds '.net_devices[0].received < 50' 'no traffic'
	tcp 30
	check '0|3' run --for 2s --drain 200ms --json="$json"
	holds '.net_devices | any(.name == "dut0" and .kind == "veth" and
		.driver == "veth" and .received > 100)' 'packets of dut0'
}

# A judged pool of another namespace: its device is read there.
case_device_of_another_namespace() {
	veth 1500
	tcp 30
	xdp_on far0 netmem_pass
	far_netns=$(netns_of "$far")
	check '0|3' run --for 2s --drain 200ms --json="$json"
	holds ".net_devices | any(.name == \"far0\" and .netns == $far_netns and
		.xdp_mode == \"native\" and .received > 10)" 'far0, over there'
}

case_lower_needs_a_device() {
	for command in run watch audit holders; do
		check "$USAGE" $command --lower
	done
}

run_cases "$@"
