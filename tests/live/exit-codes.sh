#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The exit code of each subcommand is that of its verdict: what could not be
# looked at is 3, and what was is 0. Each case is tried both ways.
. "${0%/*}/lib.sh"

# both_ways CODES ARGUMENT...: verdict and exit code, for people and in JSON
both_ways() {
	codes=$1
	shift
	check "$codes" "$@"
	check "$codes" "$@" --json
	cp "$tmp/out" "$json"
	verdict_is_code
}

# because CODE
because() {
	holds ".reason_codes | index(\"$1\")" "the reason $1"
	holds '.verdict == "INCONCLUSIVE"' 'no PASS beside it'
}

# A pool whose pages are at rest
pool_at_rest() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 1
	sleep 2
}

case_an_audit_that_looked_at_everything() {
	pool_at_rest
	both_ways "$PASS" audit -i dut0
	holds '.reasons == [] and (.pools | any(.audit_rested))' 'an audited pool'
}

case_an_audit_of_a_ring_that_is_too_long() {
	pool_at_rest
	export NETMEM_TEST=audit-ring=1
	both_ways "$INCONCLUSIVE" audit -i dut0
	because pool_unread
	expect_text "$tmp/out" "$(reason_of pool_unread)"
}

case_an_audit_of_unreadable_counters() {
	pool_at_rest
	export NETMEM_TEST=unread-counters
	both_ways "$INCONCLUSIVE" audit -i dut0
	because pool_unread
}

# What is unread elsewhere is nothing to dut0.
case_unread_pools_of_other_devices() {
	pool_at_rest
	export NETMEM_TEST=audit-ring=1
	both_ways "$INCONCLUSIVE" audit -i lo
	holds '.reason_codes | all(IN("no_pool", "no_pool_found"))' \
		'that lo has no pool, and nothing of others'
}

# An audit does not walk, so it cannot tell a stalled pool from a leak.
case_an_audit_of_a_stalled_pool() {
	veth 1500
	stall
	own_pools_without_device
	both_ways "$INCONCLUSIVE" audit
	because not_walked
	because finding
	unstall
	check '0|3' audit
}

case_holders_of_a_stalled_pool() {
	veth 1500
	stall
	own_pools_without_device
	both_ways "$PASS" holders
	holds '.warning_codes | index("held")' 'the holder'
	unstall
}

# slow
case_holders_of_what_cannot_be_read() {
	pool_at_rest
	both_ways "$PASS" holders -i dut0
	export NETMEM_TEST=unread-counters
	both_ways "$INCONCLUSIVE" holders -i dut0
	because pool_unread
}

case_holders_whose_walk_is_cut() {
	pool_at_rest
	export NETMEM_TEST=walk-ns=0
	both_ways "$INCONCLUSIVE" holders -i dut0
	because walk_not_done
	# An audit does not walk.
	both_ways "$PASS" audit -i dut0
}

# slow
case_status_and_report_of_what_cannot_be_read() {
	attach
	pool_at_rest
	for asked in status 'report --pinned'; do
		export NETMEM_TEST=audit-ring=1
		# shellcheck disable=SC2086 # a subcommand and its option
		both_ways "$INCONCLUSIVE" $asked
		because pool_unread
		unset NETMEM_TEST
		# shellcheck disable=SC2086 # a subcommand and its option
		both_ways '0|3' $asked
		holds '.reason_codes | index("pool_unread") | not' 'it was read'
	done
	detach
}

# A recording has the verdict and the exit code of the look that made it.
case_reports_of_recordings() {
	pool_at_rest
	NETMEM_TEST=audit-ring=1 check "$INCONCLUSIVE" audit -i dut0 \
		--record "$tmp/unread"
	both_ways "$INCONCLUSIVE" report "$tmp/unread"
	because pool_unread
	check "$PASS" audit -i dut0 --record "$tmp/read"
	both_ways "$PASS" report "$tmp/read"
}

run_cases "$@"
