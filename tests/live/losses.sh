#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Lost events never look like a violation: no finding, shown in the coverage,
# and below the threshold no PASS. NETMEM_TEST makes the losses.
. "${0%/*}/lib.sh"

# lossy KNOBS ARGUMENT...: a run with losses, without a finding
lossy() {
	knobs=$1
	shift
	NETMEM_TEST=$knobs check '0|3' run --drain 2s --json "$json" "$@"
	no_findings
	verdict_is_code
}

# shown: below the threshold, and in the pools' gaps
shown() {
	holds '.verdict == "INCONCLUSIVE"' 'INCONCLUSIVE'
	holds '.reason_codes | any(IN("events_lost", "coverage_low"))' \
		'lost events as the reason'
	holds '.coverage.share < .coverage.threshold and
		.coverage.conclusive < .coverage.events' 'a share below the threshold'
	holds "$GAPS > 0" 'windows with gaps'
	expect_output 'INCONCLUSIVE'
	flat "$tmp/out" | grep -Eq 'the kernel did not deliver [0-9]+ of [0-9]+ events? \([0-9.]+ %, [0-9]+ bursts?\)|% of [0-9]+ events? in conclusive windows' ||
		fail 'no numbers of what was lost'
}

case_every_7th_hold_swallowed() {
	lossy swallow-hold-every=7 --scenario tcp
	shown
}

# A page must enter its pool twice to be suspected: here they move a lot.
case_suspicions_in_gaps_are_dropped() {
	lossy swallow-hold-every=3 --scenario xdp-redirect
	shown
	holds '.dropped | length > 0' 'suspicions that were dropped'
}

case_bulks_of_64_holds_swallowed() {
	lossy swallow-hold-every=128,swallow-hold-bulk=64 --scenario tcp
	shown
}

# The first bulk of a pool, which is all that a short-lived pool ever takes
# slow
case_first_bulk_of_short_lived_pools_swallowed() {
	for bulk in 63 64 65; do
		lossy swallow-hold-every=128,swallow-hold-bulk=$bulk \
			--scenario live-frames
		shown
	done
}

# slow
case_first_bulk_of_pools_that_come_and_go_swallowed() {
	lossy swallow-hold-every=128,swallow-hold-bulk=65 --scenario xdp-swap
	shown
	lossy swallow-hold-every=100000,swallow-hold-bulk=65 --scenario link-flap
	shown
}

case_all_holds_swallowed() {
	lossy swallow-hold-every=1 --scenario xdp-swap
	shown
}

# The kernel frees a pool and does not say so: what its memory holds later is
# nobody's counters. All of its pages came back, else it would be there. Until
# that memory has a new user there is nothing to see, so a run may see none.
ends_unseen() {
	for _ in 1 2 3; do
		lossy "$1" --scenario xdp-swap
		holds '.reason_codes | index("pool_unread") | not' 'each pool was read'
		holds '.coverage.events < 10000000' 'events of these pools alone'
		[ "$(own_report | jq .counters.ends_unseen)" = 0 ] || return 0
	done
	fail 'no end that no event told'
}

case_ends_of_pools_unseen() {
	ends_unseen silent=destroy
	ends_unseen silent=destroy,swallow-hold-every=1
}

case_every_7th_release_swallowed() {
	lossy swallow-release-every=7 --scenario tcp
	shown
}

case_releases_swallowed_while_pools_come_and_go() {
	lossy swallow-release-every=7 --scenario link-flap
	shown
}

# What the kernel keeps from the first program of hold and release is for the
# second: here all, so that each event that counts came through it.
all_nested='.counters.nested_holds + .counters.nested_releases >= .coverage.conclusive'

case_all_events_left_to_the_second_programs() {
	lossy leave-hold-every=1,leave-release-every=1 --scenario xdp-redirect
	clean_or_lossy
	holds '.coverage.conclusive > 0' 'conclusive events'
	holds "$all_nested" 'all through the second programs'
}

# slow
case_events_left_to_the_second_programs_in_every_variant() {
	for variant in sparse plain sparse,plain; do
		lossy leave-hold-every=1,leave-release-every=1,$variant --scenario tcp
		clean_or_lossy
		holds "$all_nested" "all through the second programs ($variant)"
	done
}

# Some here and some there: none is counted twice, which would be a gap.
case_some_events_left_to_the_second_programs() {
	lossy leave-hold-every=5,leave-release-every=7 --scenario link-flap
	clean_or_lossy
	holds '.counters.nested_holds > 0 and .counters.nested_releases > 0' \
		'events through the second programs'
	# shellcheck disable=SC2016 # jq's variable
	holds_of_all '.counters.nested_holds * 3 < $events and
		.counters.nested_releases * 4 < $events' 'the share left'
}

case_events_left_without_a_second_program_are_lost() {
	lossy 'leave-release-every=7,hide=nested release' --scenario tcp
	shown
	holds '.counters.nested_releases == 0' 'no second program'
	lossy 'leave-hold-every=7,hide=nested hold' --scenario tcp
	shown
	holds '.counters.nested_holds == 0' 'no second program'
}

case_a_second_program_that_is_not_needed_takes_nothing() {
	lossy '' --scenario xdp-redirect
	clean_or_lossy
	holds '.counters | .nested_holds <= .hold_misses and
		.nested_releases <= .release_misses' 'no more taken than missed'
}

# slow
case_tiny_evidence_store() {
	lossy evidence-slots=1,swallow-hold-every=3 --scenario link-flap
	shown
	# what finds no slot is counted, by its check
	lossy evidence-slots=1,swallow-hold-every=3 --scenario xdp-redirect
	holds '.dropped.release_not_held > 1000' 'the number of dropped suspicions'
	holds '.losses | all(.what != "evidence")' 'no violation without a number'
	# and by itself it costs nothing
	lossy evidence-slots=1 --scenario tcp
	clean_or_lossy
}

case_shadow_too_small() {
	lossy shadow-frames=1000 --scenario tcp
	shown
	holds '.shadow.frames == 1000 and .shadow.bytes == 8000' 'the size of the shadow'
	holds '.counters.frames_outside > 0' 'frames outside the shadow'
	holds '.losses | any(.what == "frames" and .count > 0)' 'the loss'
	expect_text "$tmp/out" '.losses[] | select(.what == "frames").why'
}

# Eight small pools lose nothing, and a big one loses an event or two. PASS or
# not is then the threshold's decision alone.
case_the_threshold_decides() {
	own_pools 95 "$INCONCLUSIVE"
	holds '.reason_codes == ["events_lost"]' 'lost events as the only reason'
	own_pools 40 "$PASS"
	holds '.reasons == []' 'no reason'
	holds '.warning_codes | index("pool_gaps")' 'a warning about the gap'
}

own_pools() {
	NETMEM_TEST=swallow-hold-every=150 check "$2" run --coverage "$1" \
		--drain 2s --json "$json" -- "$0" in_nine_pools
	no_findings
	verdict_is_code
	holds '([.pools[] | select(.gaps > 0)] | length) + .pools_gone.gaps == 1' \
		'one pool with a gap'
	holds '.coverage.share > 0.4 and .coverage.share < 0.95' 'most is conclusive'
}

# Not a case: the workload. Each program that is attached anew makes a pool,
# which takes 64 pages for its first frames.
case_in_nine_pools() {
	veth 1500
	for _ in 1 2 3 4 5 6 7 8; do
		xdp_on dut0 netmem_pass
		far "$traffic_tool" send --to $DUT_ADDR --port 9 --proto udp \
			--bytes 4000 --size 1000 >/dev/null || fail 'cannot send'
		sleep 0.1
		ip link set dev dut0 xdpdrv off || fail 'cannot detach'
	done
	xdp_on dut0 netmem_pass
	fill_socket 250000
	unstall
	settle "$traffic_tool"
}

# A young pool that takes pages while the hooks are armed lost none of those
# before. The machine itself may lose some, but hardly twice.
# slow
case_events_while_arming() {
	lost=0
	for _ in 1 2 3 4 5; do
		slow_queue 1mbit
		in_background nsenter --target "$far" --net -- "$traffic_tool" \
			send --to 10.203.0.2 --port 9 --proto udp --size 1000 \
			--pps 1500 --seconds 60 >/dev/null
		sleep 0.5
		check '0|3' run -i dut0 --for 200ms --drain 200ms --json "$json"
		no_findings
		gaps=$(own_report | jq '[.pools[].gaps] | add')
		lost=$((lost + (gaps != 0)))
		end_background
		ip link delete dut0
		ip link delete out0
	done
	[ $lost -le 1 ] || fail "$lost of 5 watches have windows with gaps"
}

# Without the atomic operations of newer kernels, and with the shadow that
# suits scattered memory, the result is the same.
case_sparse_shadow() {
	lossy sparse --scenario xdp-swap
	clean_or_lossy
	holds '.shadow.kind == "hash"' 'a hash as shadow'
}

case_no_compare_and_swap() {
	lossy plain --scenario xdp-swap
	clean_or_lossy
}

case_sparse_and_no_compare_and_swap() {
	lossy sparse,plain --scenario tcp
	clean_or_lossy
}

case_coverage_0_never_asks_for_coverage() {
	lossy swallow-release-every=7 --scenario tcp --coverage 0
	holds '.coverage.threshold == 0 and .coverage.share < 0.95'
	holds '.reason_codes | any(. == "coverage_low" or . == "events_lost") | not' \
		'coverage is not among the reasons'
}

list_cases() {
	sed -n 's/^case_\([a-z0-9_]*\)() {$/\1/p' "$0" | grep -v '^in_'
}

run_cases "$@"
