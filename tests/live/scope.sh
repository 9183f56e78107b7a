#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Whose pools are judged: for a test those of its own namespaces, else all.
. "${0%/*}/lib.sh"

judged_is() {
	jq -e "[.pools[] | select(.device == \"dut0\" and .netns == $netns) |
		.judged] | length > 0 and all(. == $1)" "$json" >/dev/null ||
		fail "judged is not $1"
}

case_pools_of_other_namespaces() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 30
	netns=$(netns_of self)
	check '0|3' run --for 1s --drain 500ms --json "$json"
	judged_is true
	namespaces=
	check "$INCONCLUSIVE" run --for 1s --drain 500ms --json "$json"
	judged_is false
	holds '.coverage.events == 0 and .coverage.pools_judged == 0' 'none of ours'
	unset NETMEM_TEST_NETNS
	check '0|3' audit --json
	cp "$tmp/out" "$json"
	judged_is true
}

run_cases "$@"
