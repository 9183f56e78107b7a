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

# What is in the cache and the ring of its pool is nobody's. Words that others left
# behind may still refer to some pages, but not to most.
case_pages_that_only_their_pool_has() {
	pool_of_dut0
	far "$traffic_tool" send --to $DUT_ADDR --port $PORT --proto udp \
		--bytes 60000 --size 1000 >/dev/null || fail 'cannot send'
	sleep 0.5
	NETMEM_TEST=search-pooled search '0|3'
	holds '.walks.search | .whole and .wanted >= 16 and .met * 2 < .wanted' \
		'most pages are met nowhere'
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
	holds '.walks.search | .whole == false and
		(.why | startswith("its time limit ended it at "))' 'it says so'
	expect_output 'search: .*no proof: its time limit ended it'
}

case_bad_usage() {
	check "$USAGE" holders --search-for 1s
	expect_error 'needs --search'
}

run_cases "$@"
