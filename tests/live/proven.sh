#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# limit: 480
# What was not proven, or lies where nobody looked, is never called fine, and
# never a fault: hooks that are attached and not called, another mark of a pool's
# page, memory outside the shadow. NETMEM_TEST makes all of them.
. "${0%/*}/lib.sh"

# steady_pool: one that is older than the program, with pages and at rest
steady_pool() {
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 2
	sleep 3
}

# tested OPTIONS CODES ARGUMENT...: a run or snapshot with test options
tested() {
	options=$1
	codes=$2
	shift 2
	NETMEM_TEST=$options check "$codes" "$@" --json
	cp "$tmp/out" "$json"
	verdict_is_code
}

# never_judged REASON: the reason is there, in words too, and nothing is a fault
never_judged() {
	holds '.verdict == "INCONCLUSIVE"' 'INCONCLUSIVE'
	holds ".reason_codes | index(\"$1\")" "the reason $1"
	no_findings
}

# of_control FILTER WHAT
of_control() {
	holds ".coverage.control | $1" "$2"
}

case_control_pool_reaches_all_hooks() {
	steady_pool
	tested '' '0|3' run -i dut0 --for 1s --drain 1s --no-free-hook
	of_control '.made and .mark == "proven" and .silent == [] and
		.fired == ["hold", "release", "destroy"]' 'all hooks but that of frees'
	tested '' '0|3' run -i dut0 --for 1s --drain 1s
	of_control '.fired | index("mm_free")' 'the hook of frees'
	holds '.reason_codes | all(IN("hooks_not_alive", "mark_not_proven") | not)' \
		'nothing that was not proven'
}

# no_control_pool: by its size, which is no other pool's but of the control pool
# that another netmem-check made meanwhile
no_control_pool() {
	NETMEM_TEST='' check '0|3' run --for 1s --drain 1s --record "$tmp/recording" \
		--json "$json"
	! grep '"t":"pool"' "$tmp/recording" | grep -q '"size":229' &&
		jq -e '.pools | all(.size != 229)' "$json" >/dev/null
}

# Ours would be there each time. Beside tests that start one watch after the other
# a try without a control pool of theirs is rare.
case_control_pool_is_not_counted() {
	own_pools_without_device
	tries=1
	until no_control_pool; do
		tries=$((tries + 1))
		[ "$tries" -le 20 ] || fail 'the control pool is in the recording'
	done
	grep -q '"t":"control"' "$tmp/recording" || fail 'no fact about it'
}

case_silent_hooks_are_no_pass() {
	steady_pool
	for hook in hold release destroy; do
		tested silent=$hook 3 run -i dut0 --for 1s --drain 1s
		never_judged hooks_not_alive
		of_control ".silent == [\"$hook\"]" "the silent $hook hook"
		holds '.coverage.checks.blind | any(.check == "count_mismatch" and
			(.code | IN("hook_silent", "mark_not_proven")))' 'a blind check'
	done
}

case_silent_free_hook_blinds_its_check() {
	steady_pool
	tested silent=mm_free '0|3' run -i dut0 --for 1s --drain 1s
	no_findings
	holds '.coverage.checks.blind | any(.check == "freed_while_held" and
		.code == "hook_silent")' 'a blind freed_while_held'
	holds '.reason_codes | index("hooks_not_alive") | not' 'no reason'
}

# Traffic under hooks that see some of it: nothing of that is a fault
# slow
case_silent_hooks_under_traffic() {
	for hook in hold release destroy; do
		NETMEM_TEST=silent=$hook check 3 run --scenario link-flap --drain 1s \
			--json "$json"
		never_judged hooks_not_alive
	done
}

case_unarmed_hooks_are_no_pass() {
	steady_pool
	tested unarmed 3 run -i dut0 --for 1s --drain 1s
	never_judged hooks_not_alive
	tested unarmed 3 watch -i dut0 --for 1s --drain 1s
	never_judged hooks_not_alive
	of_control '.fired == []' 'no hook'
}

case_without_live_frames_events_are_the_proof() {
	steady_pool
	tested no-live-frames '0|3' run -i dut0 --for 1s --drain 1s
	no_findings
	of_control '.made | not' 'no control pool'
	holds '.verdict == "INCONCLUSIVE" or .coverage.control.silent == []' \
		'a PASS only with events of others at all hooks'
	# whether an event came is not ours to say: other pools have them, too
	of_control 'if (.fired | index("hold")) and (.fired | index("release"))
		then .silent | index("hold") | not else .silent != [] end' 'the hooks'
	NETMEM_TEST=no-live-frames check '0|3' run --scenario link-flap --drain 1s \
		--json "$json"
	of_control '.fired | contains(["hold", "release", "destroy"])' 'all of them'
	of_control '.mark == "proven"' 'the mark'
	holds '.reason_codes | index("hooks_not_exercised") | not' 'no reason'
	clean_or_lossy
}

# slow
case_another_mark() {
	steady_pool
	for live in '' ,no-live-frames; do
		tested "other-mark$live" 3 run -i dut0 --for 1s --drain 1s
		never_judged mark_not_proven
		tested "other-mark$live" 3 audit
		never_judged mark_not_proven
		tested "other-mark$live" 3 holders
		never_judged mark_not_proven
	done
	NETMEM_TEST=other-mark check 3 run --scenario link-flap --drain 1s \
		--json "$json"
	never_judged mark_not_proven
	of_control '.mark == "differs"' 'another mark'
}

case_another_mark_in_the_pinned_mode() {
	steady_pool
	NETMEM_TEST=other-mark attach
	check 3 status
	for command in report\ --pinned\ --format\ json audit\ --json \
		holders\ --json; do
		# shellcheck disable=SC2086 # a command and its arguments
		check 3 $command
		cp "$tmp/out" "$json"
		never_judged mark_not_proven
	done
	detach
}

case_proven_in_the_pinned_mode() {
	steady_pool
	attach
	check '0|3' report --pinned --format json
	cp "$tmp/out" "$json"
	of_control '.made and .mark == "proven" and .silent == []' 'all proven'
	no_findings
	detach
}

# Pages that nobody follows: of pools that were there before, and of new ones
case_pages_outside_the_shadow() {
	steady_pool
	for command in run\ -i\ dut0\ --for\ 1s\ --drain\ 1s audit holders; do
		# shellcheck disable=SC2086 # a command and its arguments
		tested shadow-frames=1 3 $command
		never_judged outside_shadow
	done
	NETMEM_TEST=shadow-frames=1 check 3 run --scenario link-flap --drain 1s \
		--json "$json"
	never_judged outside_shadow
}

case_pages_outside_the_shadow_in_the_pinned_mode() {
	steady_pool
	NETMEM_TEST=shadow-frames=1 attach
	tcp 1
	check 3 status
	check 3 report --pinned --format json
	cp "$tmp/out" "$json"
	never_judged outside_shadow
	detach
}

run_cases "$@"
