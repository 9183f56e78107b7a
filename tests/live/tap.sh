#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# TAP and the exit codes of kernel selftests, as their readers take them: prove
# (perl), and what netdev's CI looks for.
. "${0%/*}/lib.sh"

replays=$root/tests/replay

# proven FILE: prove reads a TAP file as a pass
proven() {
	command -v prove >/dev/null || skip 'prove (perl) is not installed'
	prove --exec cat "$1" >"$tmp/proven" 2>&1
}

# skips FILE: what makes netdev's CI take the whole run for a skip
skips() {
	grep -q ' # SKIP\|SKIP:\|\[SKIP\]' "$1"
}

report() {
	"$NETMEM_CHECK" report --format tap "$@" >"$tmp/report.tap" 2>"$tmp/err"
	code=$?
}

case_a_pass_is_a_pass() {
	report "$replays/hold_twice.good.jsonl"
	[ $code -eq 0 ] || fail "exit code $code"
	proven "$tmp/report.tap" || fail 'prove does not read a pass'
	grep -q '^All tests successful' "$tmp/proven" || fail 'prove skips some'
	! skips "$tmp/report.tap" || fail 'a SKIP line'
	[ "$(head -n 1 "$tmp/report.tap")" = 'TAP version 13' ] ||
		fail 'another first line'
}

case_blind_checks_are_comments() {
	report "$replays/leaked.blind.jsonl" --kselftest=fail
	grep -q '^# leaked cannot be made: ' "$tmp/report.tap" ||
		fail 'no comment about a blind check'
	! skips "$tmp/report.tap" || fail 'a SKIP line'
}

case_a_finding_fails() {
	report "$replays/hold_twice.bad.jsonl" --kselftest
	[ $code -eq 1 ] || fail "exit code $code"
	! proven "$tmp/report.tap" || fail 'prove reads a pass'
	grep -q '^not ok 1 hold_twice$' "$tmp/report.tap" || fail 'no test fails'
}

case_inconclusive_skips_or_fails() {
	inconclusive=$root/tests/golden/inconclusive.coverage.jsonl
	report "$inconclusive"
	[ $code -eq 3 ] || fail "exit code $code without --kselftest"
	report "$inconclusive" --kselftest
	[ $code -eq 4 ] || fail "exit code $code"
	skips "$tmp/report.tap" || fail 'no SKIP line'
	report --kselftest=fail "$inconclusive"
	[ $code -eq 1 ] || fail "exit code $code with fail"
	! proven "$tmp/report.tap" || fail 'prove reads a pass'
	! skips "$tmp/report.tap" || fail 'a SKIP line with fail'
}

# 2 would be an expected failure
case_usage_is_a_failure() {
	check 1 run --kselftest --frobnicate
	check 1 run --frobnicate --kselftest
	check 1 run --kselftest=frobnicate
	check 1 report --kselftest
	check 1 report --kselftest "$tmp/nosuch"
	check $USAGE run --frobnicate -- --kselftest
}

case_cannot_is_a_skip() {
	prefix='setpriv --bounding-set=-all --inh-caps=-all --'
	check 4 run --kselftest --for 1s
}

# inner STATUS: a command with two tests of its own
inner() {
	cat >"$tmp/inner" <<-END
		#!/bin/sh
		echo 'TAP version 13'
		echo 1..2
		echo 'ok 1 first'
		sleep 0.3
		echo 'not ok 2 second # TODO later'
		printf 'without an end'
		exit $1
	END
	chmod +x "$tmp/inner"
}

case_tests_of_a_command_are_nested() {
	inner 0
	check '0|4' run --tap --kselftest --drain 1s -- "$tmp/inner"
	head -n 7 "$tmp/out" >"$tmp/begin"
	cat >"$tmp/expected" <<-'END'
		TAP version 13
		# Subtest: command
		    TAP version 13
		    1..2
		    ok 1 first
		    not ok 2 second # TODO later
		    without an end
	END
	diff "$tmp/expected" "$tmp/begin" >&2 || fail 'other lines'
	expect_output '^ok 1 command$'
	proven "$tmp/out" || fail 'prove does not read a pass'
}

case_a_command_that_fails() {
	inner 7
	for how in --kselftest --kselftest=fail; do
		check 1 run --tap $how --drain 1s -- "$tmp/inner"
		expect_output '^not ok 1 command$'
		expect_output 'the workload failed'
		! skips "$tmp/out" || fail 'a SKIP line'
		! proven "$tmp/out" || fail 'prove reads a pass'
	done
	check 3 run --drain 1s -- "$tmp/inner"
}

case_a_command_that_skips() {
	inner 4
	for how in --kselftest --kselftest=fail; do
		check 4 run --tap $how --drain 1s -- "$tmp/inner"
		expect_output '^ok 1 command # SKIP '
		expect_output 'the command skipped itself'
		proven "$tmp/out" || fail 'prove reads a failure'
	done
}

# A recording of them says the same.
case_a_recorded_command() {
	sed 's/"status": 7/"status": 4/' \
		"$root/tests/golden/inconclusive.workload.jsonl" >"$tmp/skips.jsonl"
	report --kselftest "$root/tests/golden/inconclusive.workload.jsonl"
	[ $code -eq 1 ] || fail "exit code $code of one that fails"
	report --kselftest=fail "$tmp/skips.jsonl"
	[ $code -eq 4 ] || fail "exit code $code of one that skips itself"
}

# Stopped halfway it has no result of its own.
# slow
case_a_command_that_is_stopped() {
	check '0|1|3' run --tap --for 1s --drain 1s -- sleep 60
	expect_output '^# command: stopped by --for$'
	expect_output '^not ok 1 command$'
	expect_output '^1\.\.[0-9]*$'
	! proven "$tmp/out" || fail 'prove reads a pass'
	check 1 run --tap --kselftest --for 1s --drain 1s -- sleep 60
}

# It has no end, and so no bound of its own.
case_a_command_that_prints_for_ever() {
	timeout 20 "$NETMEM_CHECK" run --tap --for 2s --drain 1s -- yes \
		>/dev/null 2>"$tmp/err"
	case $? in
	0 | 1 | 3) ;;
	*) fail 'it does not end by itself' ;;
	esac
}

# A report that was begun has an end, whatever ends the run.
case_an_early_end() {
	prefix='setpriv --bounding-set=-all --inh-caps=-all --'
	check 4 run --tap --kselftest -- true
	expect_output '^TAP version 13$'
	expect_output '^1\.\.0 # SKIP '
	prefix=
	check 1 run --tap --kselftest -- "$tmp/nosuch"
	expect_output '^Bail out! '
	! proven "$tmp/out" || fail 'prove reads a pass'
}

# More than a pipe holds, all of it, in order
case_a_command_that_prints_much() {
	check '0|4' run --tap --kselftest --drain 1s -- seq 300000
	sed -n 's/^    //p' "$tmp/out" >"$tmp/got"
	seq 300000 | cmp - "$tmp/got" >&2 || fail 'lines are missing'
	: >"$tmp/out"
}

# What it prints is there before it ends.
case_a_command_is_shown_while_it_runs() {
	start_check run --tap -- sh -c 'echo early; sleep 60'
	wait_for 'its first line' grep -q '^    early' "$tmp/out"
	kill -INT "$checker"
	end_check '0|1|3' 'an ended command'
	expect_output '^# command: stopped by a signal$'
	expect_output '^not ok 1 command$'
}

case_a_run_in_both_formats() {
	inner 0
	check '0|3' run --tap="$tmp/tap" --json "$json" --drain 1s -- "$tmp/inner"
	expect_output '^not ok 2 second'
	case $(jq -r .verdict "$json") in
	PASS) grep -q '^ok [0-9]* verdict$' "$tmp/tap" ;;
	INCONCLUSIVE) grep -q '^ok [0-9]* verdict # SKIP INCONCLUSIVE$' "$tmp/tap" ;;
	esac || fail 'another verdict'
}

# The runner of a kernel tree needs no more than the exit code and the lines.
case_kselftest_script() {
	NETMEM_CHECK=$tmp/nosuch "$root/contrib/kselftest/netmem-check.sh" >"$tmp/out"
	[ $? -eq 4 ] || fail 'no skip without the program'
	inner 0
	NETMEM_COMMAND=$tmp/inner "$root/contrib/kselftest/netmem-check.sh" \
		>"$tmp/out" 2>"$tmp/err"
	case $? in
	0 | 4) ;;
	*) fail 'neither a pass nor a skip' ;;
	esac
	expect_output '^ok 1 command$'
}

post_check() {
	"$root/contrib/nipa/post_check" >"$tmp/out" 2>"$tmp/err"
}

case_nipa_begins_a_watch() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
	post_check || fail 'a finding at first'
	[ -e $PINS ] || fail 'nothing is attached'
	post_check || fail 'a finding'
	detach
}

case_nipa_finds_a_stalled_pool() {
	veth 1500
	attach
	stall
	sleep 0.5
	NETMEM_STALLED=1h post_check || fail 'too early'
	! NETMEM_STALLED=1ms post_check || fail 'no finding'
	expect_output 'stalled'
	expect_output '^TAP version 13$'
	# It is told once: the watch that saw it has ended.
	NETMEM_STALLED=1ms post_check || fail 'the same again'
	[ -e $PINS ] || fail 'nothing is attached'
	unstall
	detach
}

run_cases "$@"
