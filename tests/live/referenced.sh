#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Pages that leave their pool with more than one reference: a pipe has the other
# one, into which they were spliced. Until the page allocator gets them, they are
# followed.
# limit: 300
. "${0%/*}/lib.sh"

# of each release
export NETMEM_TEST=references-every=1
PORT=5202
BYTES=200000

# splice_into_pipe [OPTION...]: while netmem-check watches
splice_into_pipe() {
	pool_of_dut0
	start_check run -i dut0 --for 4s --drain 1s --json "$json" "$@"
	wait_armed
	hold pipe --port $PORT --bytes $BYTES
	wait_for 'the holder listens' listens $PORT
	far "$traffic_tool" send --to $DUT_ADDR --port $PORT --bytes $BYTES \
		--size 1000 >/dev/null || fail 'cannot send'
	wait_ready
	settle "$traffic_tool"
}

nothing_found() {
	holds '.findings | all(.check != "never_freed")' 'no never_freed'
}

no_page_left() {
	nothing_found
	holds '.pools | all(.referenced == null)' 'no page that was not freed'
}

# is_blind CODE
is_blind() {
	nothing_found
	holds ".coverage.checks.blind | any(.check == \"never_freed\" and
		.code == \"$1\")" 'why not'
}

# told [FILTER]: pages of dut0's pool, which is as FILTER says. Each free that was
# not inspected may be of one of them.
told() {
	holds ".pools | any(.device == \"dut0\" and (${1-true}) and
		.referenced.pages >= 20 and (.referenced.oldest | length) == 16 and
		all(.referenced.oldest[]; .age_ms >= 1000 and .frame > 0))" \
		'pages that are in the pipe'
	# shellcheck disable=SC2016 # variables of jq
	holds '[.pools[].referenced | values] as $left |
		([$left[] | [0, .pages - .unseen] | max] | add) as $sure |
		if $sure > 0 then
			.findings | any(.check == "never_freed" and
				.severity == "WARN" and .count == $sure)
		else
			.coverage.checks.blind | any(.check == "never_freed" and
				.code == "not_trusted")
		end' 'the pages that were surely not freed, or why nobody knows'
}

case_pages_in_a_pipe() {
	splice_into_pipe --suspect-after 1s
	end_check '0|3' run
	told
}

# They are young, as far as anybody asked.
# slow
case_young_pages() {
	splice_into_pipe
	end_check '0|3' run
	no_page_left
}

# Of pages that leave all the time, in watch and drain: those of the drain may
# still be on their way, however old a page should be.
case_pages_that_left_in_the_drain() {
	pool_of_dut0
	hold pipe --port $PORT --bytes $BYTES
	wait_for 'the holder listens' listens $PORT
	start_check run -i dut0 --for 1s --drain 4s --suspect-after 1ms \
		--json "$json"
	wait_armed
	far "$traffic_tool" send --to $DUT_ADDR --port $PORT --bytes $BYTES \
		--size 1000 --pps 50 >/dev/null || fail 'cannot send'
	end_check '0|3' run
	holds ".pools | any(.device == \"dut0\" and .usage.left > 60)" "pages that left"
	holds '.pools | all(.referenced.pages // 0 < 40)' \
		'no page that left in the drain'
}

# Its slot was given back, and may be another's.
case_pool_is_gone() {
	splice_into_pipe --suspect-after 1s
	ip link delete dut0
	end_check '0|3' run
	told '.state == "gone"'
}

# Held for a while, and freed then: late, and yet freed.
case_pipe_is_read() {
	splice_into_pipe --suspect-after 1s
	kill -USR1 "$holder"
	wait "$holder" || fail 'the holder could not read what it held'
	end_check '0|3' run
	no_page_left
}

# Nobody has more than one reference: the socket has the pool's own.
case_unread_socket() {
	pool_of_dut0
	start_check run -i dut0 --for 3s --drain 1s --suspect-after 1s \
		--json "$json"
	wait_armed
	fill_socket $BYTES
	end_check '0|3' run
	no_page_left
}

# As everywhere but in tests
case_one_release_in_16() {
	unset NETMEM_TEST
	splice_into_pipe --suspect-after 1s
	end_check '0|3' run
	holds '.pools | any(.device == "dut0" and .referenced.sampled and
		.referenced.pages < 20)' 'some pages that are in the pipe'
}

# slow
case_no_free_hook() {
	splice_into_pipe --suspect-after 1s --no-free-hook
	end_check '0|3' run
	is_blind no_hook
}

case_silent_free_hook() {
	export NETMEM_TEST=references-every=1,silent=mm_free
	splice_into_pipe --suspect-after 1s
	end_check '0|3' run
	is_blind hook_silent
}

# What is pinned has no drain.
case_pinned() {
	attach
	check '0|3' report --pinned --format json
	cp "$tmp/out" "$json"
	is_blind not_applicable
}

run_cases "$@"
