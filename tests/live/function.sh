#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The function tier on the running kernel, where that lets functions be traced;
# where it does not, the lab runs this tier (make mutants, make knobs).
. "${0%/*}/lib.sh"

need_functions() {
	way=$(function_way)
	[ "$way" ] || skip "no function tracing here ($(function_way_why)); make mutants and make knobs run this tier in the lab"
}

# What was handed out came back, left while out, or is out.
adds_up() {
	holds '[.pools[] | select(.judged and .flow) | .flow.lost] | add == 0' \
		'nothing known to be lost'
	holds 'all(.pools[] | select(.judged and .followed);
		.followed.out <= .followed.kernel and
		.followed.kernel <= .followed.out + .followed.unsure)' \
		'pages out as the pools count them'
	holds 'all(.pools[] | select(.judged and .flow) | .flow;
		.returned == .cached + .ring + .ring_full + .released_refcnt)' \
		'each returned page has a place'
}

case_recycled_pages() {
	need_functions
	check '0|3' run --tier function --scenario tcp --drain 2s --json "$json"
	clean_or_lossy
	adds_up
	holds '[.pools[] | select(.flow) | .flow.handed_out] | add > 0' \
		'pages were handed out'
}

case_by_kprobes() {
	export NETMEM_TEST=no-fentry
	need_functions
	check '0|3' run --tier function --scenario tcp \
		--drain 2s --json "$json"
	clean_or_lossy
	adds_up
}

# Nobody is there while it is traced.
case_without_a_process() {
	need_functions
	check 0 attach --tier function
	grep -q 'function tier' "$tmp/out" || fail 'the tier is not named'
	"$root/scenarios/run" tcp >/dev/null || skip 'the scenario is refused'
	sleep 1
	check '0|3' status
	check '0|3' report --pinned --format json
	cp "$tmp/out" "$json"
	clean_or_lossy
	adds_up
	holds '.tier == "function"' 'the tier'
	holds '[.pools[] | select(.flow) | .flow.handed_out] | add > 0' 		'pages were handed out'
	detach
}

case_auto_takes_what_there_is() {
	check '0|3' run --for 300ms --drain 200ms --json "$json"
	is_blind='any(.coverage.checks.blind[]; .check == "put_while_pooled")'
	if [ "$(function_way)" = fentry ]; then
		holds ".tier == \"function\" and ($is_blind | not)" 'functions'
	else
		holds ".tier == \"tracepoint\" and $is_blind" \
			'tracepoints only, and put_while_pooled is blind'
	fi
	check 0 attach --tier auto --json
	jq -e --arg tier "$(jq -r .tier "$json")" '.tier == $tier' "$tmp/out" \
		>/dev/null || fail 'attach took another tier'
	detach
}

run_cases "$@"
