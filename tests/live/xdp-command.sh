#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# netmem-check xdp: attaches what is in the program, and touches nobody else's.
. "${0%/*}/lib.sh"

# An empty directory has the program alone.
alone() {
	mkdir "$tmp/alone"
	cp "$NETMEM_CHECK" "$tmp/alone/netmem-check"
	NETMEM_CHECK=$tmp/alone/netmem-check
}

# frames: fifty datagrams from far0 to dut0
frames() {
	far "$traffic_tool" send --to $DUT_ADDR --port 5203 --proto udp \
		--size 100 --pps 500 --bytes 5000 >"$tmp/sent" 2>&1 ||
		fail 'cannot send datagrams'
}

case_attach_and_detach() {
	alone
	veth 1500
	check 0 xdp attach dut0
	expect_output 'dut0: netmem_pass, program [0-9]*, native'
	[ "$(xdp_id dut0)" != 0 ] || fail 'no program on dut0'
	check 0 xdp detach dut0
	[ "$(xdp_id dut0)" = 0 ] || fail 'it is still on dut0'
	check $RUNTIME xdp detach dut0
	expect_error "device 'dut0' has no XDP program"
}

case_status_text() {
	veth 1500
	check 0 xdp status dut0
	expect_output 'dut0: no XDP program'
	check 0 xdp attach dut0 --mode generic
	frames
	check 0 xdp status dut0
	expect_output 'dut0: netmem_pass, program [0-9]*, generic'
	expect_output 'pass +[0-9]+ frames, [0-9]+ bytes'
	check 0 xdp status dut0 --json="$json"
}

case_status() {
	veth 1500
	check 0 xdp attach dut0
	frames
	check 0 xdp status dut0 --json="$json"
	holds '.attached and .ours and .mode == "native" and .link == null and
		.packets.pass >= 50 and .packets.drop == 0 and
		.bytes.pass > .packets.pass * 40' 'fifty datagrams'
}

case_drop() {
	veth 1500
	check 0 xdp attach dut0 --action drop
	expect_output netmem_drop
	frames
	check 0 xdp status dut0 --json="$json"
	# Requests of ARP are, and so no datagram comes.
	holds '.packets.drop > 0 and .packets.pass == 0' 'dropped frames'
}

case_redirect() {
	veth 1500
	check 0 xdp attach dut0 --action redirect:dut0
	frames
	check 0 xdp status dut0 --json="$json"
	holds '.name == "netmem_redirect" and .packets.redirect > 0' \
		'redirected frames'
}

case_fragments_above_one_page_of_mtu() {
	veth 9000
	check 0 xdp attach dut0
	expect_output 'netmem_pass_frags, .*, native'
}

case_a_mode_that_the_driver_lacks() {
	ip link set lo up
	check $CANNOT xdp attach lo --mode native
	expect_error "cannot attach XDP to 'lo': .*native"
	[ "$(ip -j link show dev lo | jq '.[0].xdp.prog.id // 0')" = 0 ] ||
		fail 'a program on lo'
	check 0 xdp attach lo
	expect_output generic
}

case_programs_of_others_stay() {
	veth 1500
	foreign_object
	ip link set dev dut0 xdpdrv obj "$tmp/foreign.o" sec xdp ||
		fail 'cannot attach the foreign program'
	before=$(xdp_id dut0)
	check $RUNTIME xdp attach dut0
	expect_error "device 'dut0' has XDP program $before .*--replace"
	check $RUNTIME xdp detach dut0
	expect_error "program $before .*somebody else"
	[ "$(xdp_id dut0)" = "$before" ] || fail 'it was touched'
	check 0 xdp status dut0
	expect_output 'not of netmem-check'
	check 0 xdp attach dut0 --replace
	[ "$(xdp_id dut0)" != "$before" ] || fail 'it was not replaced'
	check 0 xdp detach dut0
}

# In one step: no frame meets a device without a program.
case_a_program_is_replaced_in_one_step() {
	command -v strace >/dev/null || skip 'no strace'
	veth 1500
	foreign_object
	ip link set dev dut0 xdpdrv obj "$tmp/foreign.o" sec xdp ||
		fail 'cannot attach the foreign program'
	prefix="strace -f -qq -v -s 200 -e trace=sendto,sendmsg -o $tmp/trace"
	check 0 xdp attach dut0 --replace
	expect_output 'dut0: netmem_pass, program [0-9]*, native'
	prefix=
	[ "$(grep -c 'IFLA_XDP_FD' "$tmp/trace")" -eq 1 ] ||
		fail "not one step: $(cat "$tmp/trace")"
	grep -q IFLA_XDP_EXPECTED_FD "$tmp/trace" || fail 'any would be replaced'
	# To another mode it takes two.
	check 0 xdp attach dut0 --mode generic
	expect_output 'dut0: netmem_pass, program [0-9]*, generic'
	check 0 xdp detach dut0
}

# What cannot be attached leaves what was there.
case_a_replaced_program_comes_back() {
	ip link set lo up
	foreign_object
	ip link set dev lo xdpgeneric obj "$tmp/foreign.o" sec xdp ||
		fail 'cannot attach the foreign program'
	before=$(ip -j link show dev lo | jq '.[0].xdp.prog.id')
	check $CANNOT xdp attach lo --replace --mode native
	[ "$(ip -j link show dev lo | jq '.[0].xdp.prog.id')" = "$before" ] ||
		fail 'the foreign program is gone'
}

case_what_a_link_holds_stays() {
	veth 1500
	start_check run -i dut0 --xdp pass --for 60s --json "$json"
	wait_armed
	wait_for 'a program on dut0' test_xdp_id
	check $RUNTIME xdp attach dut0 --replace
	expect_error 'held by bpf_link'
	check $RUNTIME xdp detach dut0
	expect_error 'held by bpf_link'
	kill -INT "$checker"
	end_check '0|3' 'run --xdp'
}

test_xdp_id() {
	[ "$(xdp_id dut0)" != 0 ]
}

case_the_object_is_what_ip_loads() {
	veth 1500
	alone
	"$NETMEM_CHECK" xdp object >"$tmp/object.o" || fail 'no object'
	ip link set dev dut0 xdpdrv obj "$tmp/object.o" sec xdp >"$tmp/out" 2>&1 ||
		fail 'ip cannot attach it'
	check 0 xdp status dut0
	expect_output 'dut0: netmem_pass, program [0-9]*, native$'
	check 0 xdp detach dut0
}

# An attached one is found by a watch, and its frames are inspected.
case_a_watch_finds_it() {
	veth 1500
	check 0 xdp attach dut0
	tcp 60
	with_inspection watched
	clean_or_lossy
	holds '.counters.xdp_inspected > 0' 'inspected frames'
}

watched() {
	live_frames 2
	check '0|3' run --for 3s --drain 1s --json "$json"
	is_taken || :
}

case_bad_usage() {
	check $USAGE xdp
	check $USAGE xdp frobnicate
	expect_error "'frobnicate' is not attach, detach, status or object"
	check $USAGE xdp attach
	check $USAGE xdp attach nosuch0
	expect_error "no device 'nosuch0'"
	check $USAGE xdp attach lo --action frobnicate
	check $USAGE xdp attach lo --mode frobnicate
	check $USAGE xdp detach lo --replace
	check $USAGE xdp attach lo --json
	check $USAGE xdp object lo
}

case_without_capabilities() {
	veth 1500
	prefix='setpriv --bounding-set=-all --inh-caps=-all --'
	check $CANNOT xdp attach dut0
	expect_error 'missing: .*CAP_NET_ADMIN'
	[ "$(xdp_id dut0)" = 0 ] || fail 'a program on dut0'
}

run_cases "$@"
