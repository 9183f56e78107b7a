#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Pools that are alive, and pages of theirs that are out: with somebody, or with
# nobody. A veth has no ring that pages are posted to.
# limit: 300
. "${0%/*}/lib.sh"

PORT=5202

# watch_end: dut0's pool is alive, at rest, and its pages are held
watch_end() {
	check '0|3' run -i dut0 --for 1s --drain 1s --suspect-after 2s \
		--json "$json"
	expect_no_crash
	holds '.pools | any(.state == "active" and .posted.out > 1)' \
		'a pool that is alive, with pages out'
}

# Where nothing says that the pool leaks. What others have on this machine may
# keep it from being known; then that is listed.
nobody_leaks() {
	holds '.findings | all(.check != "suspect_leak" and .check != "leaked")' \
		'nothing is called leaked'
}

# As if the sweep had met nothing: then nobody has the pages. On this machine
# other places may be blind; then nobody waits for another look.
case_pages_with_nobody() {
	# no walk meets them, and a sweep does
	udplite_in_flight 50 $PORT
	NETMEM_TEST=unmet watch_end
	holds '.pools | any(.posted.unmet > .posted.pages)' \
		'pages that no walk met'
	holds 'if .walks.places | any((.walked | not) and (.packets | not)) then
			(.coverage.checks.blind | any(.check == "suspect_leak" and
				.code == "blind_spots")) and
			(.pools | any(.held.walks == 2))
		else
			(.findings | any(.check == "suspect_leak" and
				.severity == "WARN" and .count >= 20)) and
			(.pools | any(.posted.apart_ms >= 2000 and
				.held.walks == 3))
		end' 'suspect_leak, or the place that was not inspected'
}

case_pages_in_packets() {
	# no walk meets them, and a sweep does
	udplite_in_flight 50 $PORT
	watch_end
	nobody_leaks
	holds '.pools | any(.posted.unmet <= .posted.pages and
		.held.attributed >= 20)' 'packets have them'
}

# Long after the watch began nobody reads them.
case_paused_reader() {
	pool_of_dut0
	fill_socket 200000
	watch_end
	nobody_leaks
	holds '.pools | any(.posted.unmet <= .posted.pages and
		.held.attributed >= 20)' 'the socket has them'
}

# It never rests: nothing can be said, and that is.
case_moving_pool() {
	pool_of_dut0
	tcp 20 500M
	check '0|3' run -i dut0 --for 2s --drain 0s --suspect-after 1s \
		--json "$json"
	nobody_leaks
	holds '.pools | all(.posted | .out == null or .out <= .pages or
		.unmet == null or .unmet <= .pages)' 'no page with nobody'
}

# watch_growth: 20 pages more of dut0's pool are held, three times, with a pause
watch_growth() {
	pool_of_dut0
	start_check run -i dut0 --for 18s --drain 1s --suspect-after 2s \
		--json "$json" --record "$tmp/record"
	wait_armed
	for port in 5301 5302 5303; do
		more_in_flight 20 $port
		sleep 4
	done
	end_check '0|1|3' 'pages that become more'
	expect_no_crash
	# one each 2 s and one at the end; on a busy machine a look takes long
	looks=$(grep -c '"t": *"suspects"' "$tmp/record")
	if [ "$looks" -lt 2 ] || [ "$looks" -gt 10 ]; then
		fail "$looks looks, not 2 to 10"
	fi
	# what stays as it was is looked at once, if that look proves something
	jq -s '[.[] | select(type == "object" and .t == "suspects")] |
		[.[:-1], .[1:]] | transpose | all(.[1].code or
			([.[] | [.hold, .release, .contents]] | .[0] != .[1]))' \
		"$tmp/record" >"$tmp/once" || fail "the recording cannot be read"
	[ "$(cat "$tmp/once")" = true ] || fail 'one look at what stayed as it was'
}

# As if the sweep had met nothing: the pages are the same, and become more.
case_three_looks() {
	NETMEM_TEST=unmet
	export NETMEM_TEST
	watch_growth
	holds 'if .walks.places | any((.walked | not) and (.packets | not)) then
			.findings | all(.severity != "FAIL")
		else
			(.findings | any(.check == "suspect_leak" and
				.severity == "FAIL")) and
			(.pools | any(.posted.looks | length == 3 and
				.[2].thrice >= 8 and .[2].again > .[1].again))
		end' 'a leak by three looks, or the place that was not inspected'
}

# The same, and packets have them.
case_three_looks_at_packets() {
	watch_growth
	nobody_leaks
	holds '.pools | any(.held.attributed >= 25)' 'packets have them'
}

run_cases "$@"
