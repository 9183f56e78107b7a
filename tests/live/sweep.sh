#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The sweep over all packets: it meets what no walk knows, and nothing else.
# limit: 300
# alone
. "${0%/*}/lib.sh"

PORT=5202

# packets_in_flight COUNT: as udplite_in_flight; then their pool is destroyed
packets_in_flight() {
	udplite_in_flight "$1" $PORT
	ip link delete dut0
	own_pools_without_device
}

ask() {
	check '0|3' holders --json "$json"
	expect_no_crash
	cp "$tmp/out" "$tmp/text"
	holds '.findings | all(.check != "leaked")' 'nothing is called leaked'
}

# swept: the sweep could be done here
swept() {
	own_report | jq -e '.walks.sweep' >/dev/null || fail 'no sweep was done'
	why=$(own_report | jq -r '.walks.sweep.why // ""')
	case $why in
	'' | 'its test failed'*) ;;
	*) skip "no sweep here: $why" ;;
	esac
	holds '.walks.sweep.whole' 'a whole sweep'
}

# in_packets FILTER: all pages of a destroyed pool are in packets that are so
in_packets() {
	holds ".pools | any(.state == \"stalled\" and .held.out > 0 and
		.held.attributed == .held.out and .held.unheld == 0 and
		(.holders | all(.kind == \"packet\" and
			.place_code == \"unknown_queue\")) and
		(.holders | any($1)))" "packets with $1"
}

case_packets_of_no_walk() {
	packets_in_flight 250
	ask
	swept
	in_packets ".what == \"udplite\" and .pages >= 100 and
		.local == \"$DUT_ADDR:$PORT\" and (.remote | startswith(\"$FAR_ADDR:\"))"
	holds '[.findings[] | [.check, .severity]] ==
		[["stalled_shutdown", "WARN"]]' 'one warning'
	grep -q 'udplite packets 10.* > 10.*queue unknown' "$tmp/text" ||
		fail 'the text does not name the packets'
	kill -USR1 "$holder"
	wait "$holder" || fail 'the holder could not read what it held'
	settle "$traffic_tool"
	ask
	holds '.pools | all(.state != "stalled")' 'freed packets hold nothing'
	holds '.pools | all(.holders | all(.kind != "packet"))' 'no packet has pages'
}

# A test option takes the sweep away: all is as without it.
case_without_the_sweep() {
	packets_in_flight 50
	NETMEM_TEST=no-sweep ask
	holds '.walks.sweep.whole == false and (.walks.sweep.why | length > 0)' \
		'no sweep, and why'
	holds '.pools | any(.state == "stalled" and .held.unheld > 0)' \
		'pages without a known holder'
	holds '.verdict == "INCONCLUSIVE"' 'INCONCLUSIVE'
	expect_output 'blind spot: packet and raw sockets'
}

# What is in no packet is a leak, although a place of packets was not walked. On
# this machine other places may be blind, with others' XDP programs.
case_pages_in_no_packet() {
	packets_in_flight 50
	NETMEM_TEST=unmet check '1|3' holders --json "$json"
	swept
	holds '.walks.sweep | .met == 0 and .passes == 34 and .wanted > 0' \
		'all passes of a sweep'
	holds '.walks.places | any(.place == "packet and raw sockets" and
		(.walked | not) and .packets)' 'a place of packets that was not walked'
	expect_output 'only swept: packet and raw sockets'
	holds '(.findings | any(.check == "leaked")) or
		(.walks.places | any((.walked | not) and (.packets | not)))' \
		'leaked, or a place that has more than packets'
}

# A test option swaps owners and packets without the mark: what no owner has is
# then in packets that cannot return it.
# slow
case_packets_without_the_mark() {
	packets_in_flight 50
	NETMEM_TEST=swap-recycle check '0|3' holders --json "$json"
	swept
	holds '.walks.sweep | .met > 0 and .unmarked and .passes == 34' 'all passes, and then some are met'
	holds '.pools | any(.state == "stalled" and
		(.holders | any(.kind == "packet" and .no_recycle and .what == "udplite")))' \
		'packets without the mark'
	holds '.findings | any(.check == "skb_no_recycle" and .severity == "WARN"
		and .count >= 25)' 'the warning'
	holds '.findings | all(.check != "leaked")' 'nothing is called leaked'
	expect_output 'udplite packets without pp_recycle'
	ask
	holds '.findings | all(.check != "skb_no_recycle")' 'owners are no such packets'
}

# A processor's backlog has most of them at any moment. The walk meets these, and
# one of the sweep's passes each other.

# loop PACKETS: they go round two bridges for ever, a new clone each time
loop() {
	for bridge in br0 br1; do
		ip link add $bridge type bridge mcast_snooping 0 ||
			skip 'this kernel has no bridge'
	done
	ip link add a0 type veth peer name a1
	ip link add b0 type veth peer name b1
	ip link add in0 type veth peer name in1
	for port in a0 b0 in0; do
		ip link set $port master br0
	done
	for port in a1 b1; do
		ip link set $port master br1
	done
	for device in a0 a1 b0 b1 in0 in1 br0 br1; do
		ip link set $device addrgenmode none
		ip link set $device up
	done
	sleep 0.5
	own_pools_without_device
	"$traffic_tool" live-frames --dev in0 --action pass --count "$1" \
		--size 100 >/dev/null || skip 'no live frames here'
}

# in_a_loop PACKETS
in_a_loop() {
	loop "$1"
	ask
	ip link delete a0
	ip link delete b0
	holds ".pools | any(.state == \"stalled\" and .held.out > 0 and
		.held.out <= $1 and .held.attributed == .held.out)" \
		'each page has a holder'
	holds '.pools | all(.held == null or .held.unheld == 0)' 'nothing unheld'
}

case_one_packet_in_a_loop() {
	in_a_loop 1
}

# slow
case_eight_packets_in_a_loop() {
	in_a_loop 8
}

case_fifty_packets_in_a_loop() {
	in_a_loop 50
}

run_cases "$@"
