#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The states that a user's machine is in, and the answer in each of them. No
# state has a fault, so FAIL is always wrong. With a fault (a test option in
# NETMEM_FAULT) PASS is. tests/states runs them many times.
. "${0%/*}/lib.sh"

state=${1:-}
fault=${NETMEM_FAULT:-}
[ -z "$fault" ] || export NETMEM_TEST="$fault"

# write_row COMMAND: for tests/states: state, command, exit code, first lines
write_row() {
	[ "${NETMEM_STATES:-}" ] || return 0
	printf '%s\t%s\t%s\t%s\n' "$state" "$1" "$code" \
		"$(sed '/^$/q' "$tmp/out" | flat /dev/stdin)$(reasons)" \
		>>"$NETMEM_STATES"
}

reasons() {
	[ "$code" -eq 0 ] || jq -r '(.reasons // [])[] | "because: " + .' "$json" |
		flat /dev/stdin
}

# expected CODES COMMAND: the exit code is one of them; with a fault, not PASS
expected() {
	write_row "$2"
	[ -z "$fault" ] || {
		[ "$code" -ne 0 ] || fail "netmem-check $2: PASS with $fault"
		exit 0
	}
	verdict_is_code
	expect_code "$1" "netmem-check $2"
}

# answer CODES ARGUMENT...: what netmem-check says; the text is in $tmp/out
answer() {
	codes=$1
	shift
	check '0|1|3' "$@" --json "$json"
	expected "$codes" "$*"
}

# answer_of CODES WHAT: that of start_check, which watched while WHAT
answer_of() {
	wait "$checker"
	code=$?
	expect_code '0|1|3' "run, $2"
	expected "$1" "run -i dut0, $2"
}

# because CODE...: these reasons, and no other
because() {
	holds "(.reason_codes | unique) == ([$(printf '"%s",' "$@" |
		sed 's/,$//')] | unique)" "reasons: $*"
}

# pass_or_lost: under a load this machine may not deliver some events
pass_or_lost() {
	[ "$code" -eq 0 ] || holds ".reason_codes | all(IN($LOSS_REASONS,
		\"never_at_rest\"))" 'no reason but lost events'
}

# trickle SECONDS [PPS]: packets to dut0, too few to make the pool grow
trickle() {
	in_background nsenter --target "$far" --net -- "$traffic_tool" send \
		--to $DUT_ADDR --port 9 --proto udp --size 200 \
		--pps "${2:-200}" --seconds "$1" >/dev/null 2>&1
}

# warm: the pool has the pages that it needs
warm() {
	far "$traffic_tool" send --to $DUT_ADDR --port 9 --proto udp \
		--size 200 --pps 500 --seconds 1 >/dev/null 2>&1
}

# mac_of END
mac_of() {
	in_end "$1" ip -brief link show dev "$1" | awk '{ print $3 }'
}

# no_arp: nobody asks for an address: an idle device receives nothing
no_arp() {
	ip neighbour replace $FAR_ADDR dev dut0 nud permanent lladdr \
		"$(mac_of far0)"
	far ip neighbour replace $DUT_ADDR dev far0 nud permanent lladdr \
		"$(mac_of dut0)"
}

case_steady() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	trickle 20
	answer "$PASS" run -i dut0 --for 3s --drain 1s
	expect_output '^dut0: 1 pool, [0-9]+ pages?\.'
	holds '.findings == []' 'no finding'
}

# slow
case_steady_stopped() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	no_arp
	start_check run -i dut0 --for 5s --drain 1s --json "$json"
	wait_armed
	trickle 1
	answer_of "$PASS" 'while traffic stops'
}

case_no_traffic() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	no_arp
	answer "$INCONCLUSIVE" run -i dut0 --for 2s --drain 1s
	because no_traffic
}

# The hooks are attached and never called: nothing may pass.
case_hooks_not_armed() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	trickle 30
	NETMEM_TEST=unarmed answer "$INCONCLUSIVE" run -i dut0 --for 2s --drain 1s
	holds '.reason_codes | index("hooks_not_alive")' 'no hook was called'
}

case_modest_traffic() {
	veth 1500
	xdp_on dut0 netmem_pass
	xdp_on far0 netmem_pass
	in_background iperf3 --server --port 5201 >/dev/null 2>&1
	wait_for 'iperf3 listens' listens 5201
	in_background nsenter --target "$far" --net -- iperf3 --client $DUT_ADDR \
		--port 5201 --time 30 --parallel 8 --bidir --bitrate 20M \
		>/dev/null 2>&1
	sleep 1
	answer '0|3' run -i dut0 --for 5s --drain 1s
	pass_or_lost
}

# slow
case_full_rate() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 30 0
	sleep 1
	answer '0|3' run -i dut0 --for 5s --drain 1s
	pass_or_lost
}

# Others' pools come, go and lose events beside ours.
case_steady_beside_others() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	trickle 30
	far ip link add other0 type veth peer name other1
	far ip link set other0 up
	far ip link set other1 up
	in_background nsenter --target "$far" --net -- sh -c "
		while :; do
			ip -force link set dev other0 xdpdrv obj $xdp_object program netmem_pass
			$traffic_tool live-frames --dev other1 --size 64 --pps 20000 --seconds 1
			ip link set other0 xdpdrv off
		done" >/dev/null 2>&1
	answer "$PASS" run -i dut0 --for 4s --drain 1s
}

# eight_queues: dut0 and far0 with so many
eight_queues() {
	veth 1500
	ip link delete dut0
	ip link add dut0 numrxqueues 8 numtxqueues 8 type veth peer name far0 \
		numrxqueues 8 numtxqueues 8 || fail 'no veth with eight queues'
	ip link set far0 netns "$far"
	ip link set dut0 addrgenmode none
	far ip link set far0 addrgenmode none
	address $$ dut0 $DUT_ADDR
	address "$far" far0 $FAR_ADDR
	ip link set dut0 up
	far ip link set far0 up
	xdp_on dut0 netmem_pass
}

case_idle_queues() {
	eight_queues
	warm
	trickle 20
	answer "$PASS" run -i dut0 --for 3s --drain 1s
}

# slow
case_unused_queues() {
	eight_queues
	answer "$INCONCLUSIVE" run -i dut0 --for 2s --drain 1s
	holds '.reason_codes - ["no_pool", "no_pool_found", "no_traffic"] == []' \
		'nothing was used, and nothing lost'
}

# Two hundred others with programs of their own
# slow
case_200_xdp_devices() {
	veth 1500
	xdp_on dut0 netmem_pass
	seq 200 | sed 's/.*/link add many& up type veth peer name to&/' |
		ip -batch - || fail 'cannot make 200 pairs'
	for number in $(seq 200); do
		ip link set dev "many$number" xdpdrv obj "$xdp_object" \
			program netmem_pass || fail 'cannot attach to all'
	done
	warm
	trickle 30
	answer "$PASS" run -i dut0 --for 3s --drain 1s
}

# device_above KIND ARGUMENT...: $above has the address of dut0 from now on
device_above() {
	above=$1
	shift
	ip link add "$above" "$@" 2>/dev/null ||
		skip "this kernel makes no such device: $*"
	ip link set "$above" addrgenmode none
	ip address flush dev dut0
	address $$ "$above" $DUT_ADDR
}

# answers_above: packets come in by dut0, and dut0 has the pools
answers_above() {
	ip link set dut0 up
	ip link set "$above" up
	warm
	trickle 30
	answer "$PASS" run -i "$above" --lower --for 3s --drain 1s
	holds '.pools | map(select(.judged)) | length > 0 and
		all(.device == "dut0")' 'the pools of dut0'
	answer "$INCONCLUSIVE" run -i "$above" --for 2s --drain 1s
	holds '.reason_codes == ["no_pool"] or
		.reason_codes == ["no_pool_found"]' 'it has none'
	flat "$tmp/out" | grep -q 'use --lower or -i dut0' ||
		fail 'it does not say where they are'
}

# slow
case_bridge() {
	veth 1500
	xdp_on dut0 netmem_pass
	device_above br0 type bridge
	ip link set dut0 master br0
	answers_above
}

case_bond() {
	veth 1500
	xdp_on dut0 netmem_pass
	device_above bond0 type bond mode active-backup miimon 100
	ip link set dut0 down
	ip link set dut0 master bond0 || skip 'a veth cannot be a slave here'
	answers_above
}

case_vlan() {
	veth 1500
	xdp_on dut0 netmem_pass
	device_above vlan5 link dut0 type vlan id 5
	far ip link add vlan5 link far0 type vlan id 5
	far ip address flush dev far0
	far ip link set vlan5 up
	address "$far" vlan5 $FAR_ADDR
	answers_above
}

# slow
case_macvlan() {
	veth 1500
	xdp_on dut0 netmem_pass
	device_above mv0 link dut0 type macvlan mode bridge
	answers_above
}

# In generic mode frames are copied into pages of the processors' own pools.
case_lo_with_generic_xdp() {
	ip link set dev lo xdpgeneric obj "$xdp_object" program netmem_pass_frags ||
		skip 'no multi-buffer programs'
	in_background "$traffic_tool" send --to 127.0.0.1 --port 9 --proto udp \
		--size 200 --pps 200 --seconds 30 >/dev/null 2>&1
	answer "$INCONCLUSIVE" run -i lo --for 2s --drain 1s
	holds '.net_devices[0] | .xdp_mode == "generic" and
		.why_no_pool == "generic_xdp"' 'lo has none, in generic mode'
}

# slow
case_renamed() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	start_check run -i dut0 --for 5s --drain 1s --json "$json"
	wait_armed
	ip link set dut0 down
	ip link set dut0 name dut9
	ip link set dut9 up
	trickle 5
	answer_of "$PASS" 'renamed to dut9'
	holds '.pools | map(select(.judged)) | any(.device == "dut9")' \
		'the pool under its new name'
}

# slow
case_moved() {
	veth 1500
	in_background unshare --net sleep 86400
	there=$pid
	wait_for 'a new namespace' other_namespace "$there"
	own_namespace_of "$there"
	xdp_on dut0 netmem_pass
	warm
	start_check run -i dut0 --for 5s --drain 1s --json "$json"
	wait_armed
	ip link set dut0 netns "$there" || fail 'cannot move dut0'
	in_ns "$there" ip link set dut0 up
	address "$there" dut0 $DUT_ADDR
	trickle 5
	answer_of "$PASS" 'moved to another namespace'
	holds ".pools | any(.judged and .device == \"dut0\" and
		.netns == $(netns_of "$there"))" 'the pool where the device is now'
}

case_stalled_before() {
	veth 1500
	xdp_on dut0 netmem_pass
	no_arp
	fill_socket 200000
	ip link set dut0 xdpdrv off
	sleep 1
	answer "$INCONCLUSIVE" run -i dut0 --for 1s --drain 1s
	holds '.reason_codes - ["no_traffic", "finding"] == []' 'no traffic'
	holds '.pools | any(.state == "stalled" and .judged)' 'the stalled pool'
	answer '0|3' holders -i dut0
	holds '.pools | any(.state == "stalled" and .judged)' 'the stalled pool'
	unstall
}

# A slow queue gives the pages of a destroyed pool back, one by one.
case_draining() {
	slow_queue 16kbit
	into_queue 100 1
	ip link set dut0 xdpdrv off
	sleep 1
	answer "$PASS" run -i dut0 --for 4s --drain 1s
	# A page that moved while the walk passed has no known holder.
	holds '.warning_codes + .reason_codes | index("draining")' \
		'that its pages come back'
	holds '.verdict != "PASS" or (.warning_codes | index("held"))' \
		'who has its pages'
}

case_ended_empty() {
	veth 1500
	in_background sh -c "sleep 1
		ip -force link set dev dut0 xdpdrv obj $xdp_object program netmem_pass
		sleep 1; ip link set dut0 xdpdrv off"
	answer "$INCONCLUSIVE" run -i dut0 --for 4s --drain 1s
	holds "$GAPS == 0" 'no window that lost events'
}

run_cases "$@"
