#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The states that a user's machine is in, and the answer in each of them. No
# state has a fault, so FAIL is always wrong. tests/states runs them many times.
. "${0%/*}/lib.sh"

state=${1:-}

# A row for tests/states: state, command, verdict, first lines
write_row() {
	[ "${NETMEM_STATES:-}" ] || return 0
	printf '%s\t%s\t%s\t%s\n' "$state" "$1" "$code" \
		"$(sed '/^$/q' "$tmp/out" | flat /dev/stdin)" >>"$NETMEM_STATES"
}

# answer CODES ARGUMENT...: what netmem-check says; the text is in $tmp/out
answer() {
	codes=$1
	shift
	check '0|1|3' "$@" --json "$json"
	write_row "$*"
	verdict_is_code
	case "|$codes|" in
	*"|$code|"*) ;;
	*) fail "netmem-check $*: exit code $code, expected $codes" ;;
	esac
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

case_steady() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	trickle 20
	answer "$PASS" run -i dut0 --for 3s --drain 1s
	expect_output '^dut0: 1 pool, [0-9]+ pages?\.'
	holds '.findings == []' 'no finding'
}

case_steady_stopped() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	trickle 2
	answer "$PASS" run -i dut0 --for 3s --drain 1s
}

case_no_traffic() {
	veth 1500
	xdp_on dut0 netmem_pass
	warm
	answer "$INCONCLUSIVE" run -i dut0 --for 2s --drain 1s
	because no_traffic
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

case_idle_queues() {
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
	warm
	trickle 20
	answer "$PASS" run -i dut0 --for 3s --drain 1s
}

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
	end_check '0|1|3' 'renamed'
	write_row 'run -i dut0, renamed to dut9'
	[ "$code" -eq 0 ] || fail "exit code $code, expected 0"
	holds '.pools | map(select(.judged)) | any(.device == "dut9")' \
		'the pool under its new name'
}

case_stalled_before() {
	veth 1500
	own_pools_without_device
	xdp_on dut0 netmem_pass
	fill_socket 200000
	ip link set dut0 xdpdrv off
	sleep 1
	answer '0|3' run -i dut0 --for 1s --drain 1s
	holds '.pools | any(.state == "stalled" and .judged)' 'the stalled pool'
	answer '0|3' holders -i dut0
	holds '.pools | any(.state == "stalled" and .judged)' 'the stalled pool'
	unstall
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
