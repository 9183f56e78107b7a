#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The search of memory: it names what refers to pages that no walk and no sweep
# met. A test option hides from the sweep what it meets.
# limit: 300
# alone
. "${0%/*}/lib.sh"

PORT=5203

# packets_in_flight COUNT: as udplite_in_flight; then their pool is destroyed
packets_in_flight() {
	udplite_in_flight "$1" $PORT
	ip link delete dut0
	own_pools_without_device
}

# search EXITS OPTION...
search() {
	exits=$1
	shift
	check "$exits" holders --search --json "$json" "$@"
	expect_no_crash
	cp "$tmp/out" "$tmp/text"
	why=$(own_report | jq -r '.walks.search.why // ""')
	case $why in
	'' | 'its time limit'* | 'a signal'*) ;;
	*) skip "no search here: $why" ;;
	esac
}

# Each packet that the sweep does not tell of is an sk_buff that refers to its page.
case_packets_that_the_sweep_hides() {
	packets_in_flight 50
	NETMEM_TEST=unmet search 3
	holds '.walks.search | .whole and .wanted > 0 and .met == .wanted' \
		'each page is met'
	holds '.pools | any(.state == "stalled" and
		.held.referenced == .held.unheld and
		(.containers | any(.kind == "slab" and .what == "skbuff_head_cache" and
		.by == "address" and .objects >= .pages and .pages >= 25)))' \
		'the cache of packets'
	holds '.verdict == "INCONCLUSIVE" and
		(.findings | all(.check != "leaked"))' 'nothing is called leaked'
	grep -q 'memory refers to .*slab skbuff_head_cache +0x' "$tmp/text" ||
		fail 'the text does not name the cache'
	holds '.walks.search.memory | any(.memory == "slab objects" and
		.bytes > 0 and .why == null)' 'what was searched'
	holds '.walks.search.memory | any(.why | length > 0)' 'what was not'
}

# pooled_pages: dut0's pool has pages in its cache and its ring
pooled_pages() {
	pool_of_dut0
	far "$traffic_tool" send --to $DUT_ADDR --port $PORT --proto udp \
		--bytes 60000 --size 1000 >/dev/null || fail 'cannot send'
	sleep 0.5
}

# Without --peek nothing of what is in packets is shown.
# slow
case_peek() {
	packets_in_flight 50
	NETMEM_TEST=unmet check '1|3' holders --json "$json" --peek
	expect_no_crash
	holds ".pools | any(.unheld_pages | any((.peek // \"\") |
		test(\": ..:.*, udplite $FAR_ADDR:[0-9]+ > $DUT_ADDR:$PORT\$\")))" \
		'the packet'
	expect_output "^  frame 0x.*: byte [0-9]+: .*udplite $FAR_ADDR:[0-9]+ > $DUT_ADDR:$PORT"
	NETMEM_TEST=unmet check '1|3' holders --json "$json"
	holds '.pools | all(.unheld_pages | all(.peek == null))' 'no packet'
}

# What is in the cache and the ring of its pool is nobody's. Words that others left
# behind may still refer to some pages, but not to most.
case_pages_that_only_their_pool_has() {
	pooled_pages
	NETMEM_TEST=search-pooled search '0|3'
	holds '.walks.search | .whole and .wanted >= 16 and .met * 2 < .wanted' \
		'most pages are met nowhere'
}

# Our own BPF maps have copies of what is in a pool. They are vmalloc memory, and
# left out, but for a test option.
# slow
case_bpf_maps_are_left_out() {
	pooled_pages
	NETMEM_TEST=search-pooled search '0|3'
	holds '.pools | all(.containers | all(.what != "array_map_alloc"))' 'no BPF map'
	holds '.walks.search.memory | any(.memory == "BPF maps" and .bytes > 0 and
		(.why | length > 0))' 'they are listed'
	NETMEM_TEST=search-pooled,search-maps search '0|3'
	# shellcheck disable=SC2016 # jq's variable
	holds '.walks.search.wanted as $wanted | .pools | any(.containers |
		any(.kind == "vmalloc" and .what == "array_map_alloc" and
		.by == "struct page" and .pages * 2 > $wanted))' 'the map of an audit'
}

# in_a_ring ENTRIES: XDP frames wait in the ring of a tap with so many
in_a_ring() {
	hold tap --dev tap0
	wait_ready
	ip link set tap0 txqueuelen "$1"
	ip link set tap0 up || fail 'cannot bring tap0 up'
	own_pools_without_device
	"$traffic_tool" live-frames --dev tap0 --count 20 --size 100 \
		>/dev/null || skip 'no live frames here'
	NETMEM_TEST=search-out search '0|3'
}

# ring_is KIND WHAT
ring_is() {
	holds ".pools | any(.containers | any((.kind | test(\"^($1)\$\")) and
		(.what | test(\"^($2)\")) and .by == \"address\" and .objects == 1 and
		.pages >= 10))" "a ring in $1 memory"
}

case_ring_in_a_slab_object() {
	in_a_ring 500
	ring_is slab 'kmalloc-(cg-|rnd-[0-9]+-)?4k'
}

# slow
case_ring_in_large_kmalloc_memory() {
	in_a_ring 10000
	ring_is 'kmalloc|vmalloc' .
}

case_nothing_to_search_for() {
	pool_of_dut0
	search '0|3'
	holds '.walks.search == null and .pools[0].containers == null' 'no search'
}

# A search that is cut is no proof, and says so.
case_a_search_that_is_cut() {
	packets_in_flight 50
	NETMEM_TEST=unmet search '1|3' --search-for 1ms
	holds '.walks.search.whole == false' 'it says so'
	expect_output 'search: .*no proof: its time limit ended it'
}

# Ctrl-C ends the search, and the report comes.
# slow
case_a_search_that_a_signal_ends() {
	packets_in_flight 50
	export NETMEM_TEST=unmet,search-pause=20000
	start_check holders --search --json "$json"
	unset NETMEM_TEST
	sleep 4
	wait_for 'the search shows how far it is' grep -q '^searching memory' "$tmp/err"
	kill -INT "$checker"
	wait "$checker" || :
	holds '.walks.search.whole == false' 'it says so'
	grep -q 'search: .*a signal ended it at' "$tmp/out" || fail 'the text does not'
}

case_bad_usage() {
	check "$USAGE" holders --search-for 1s
	expect_error 'needs --search'
}

run_cases "$@"
