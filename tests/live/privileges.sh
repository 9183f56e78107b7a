#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who is not root: with capabilities of the process, or of the file, it works;
# what is missing is named, and the exit code is 4.
. "${0%/*}/lib.sh"

NOBODY=65534
ENOUGH=bpf,perfmon,net_admin
MISSING='missing: .*CAP_'

# installed: a copy that nobody else can look at from outside may be run
installed() {
	chmod 755 "$tmp"
	mkdir "$tmp/bin" "$tmp/all"
	chmod 1777 "$tmp/all"
	cp "$NETMEM_CHECK" "$tmp/bin/netmem-check"
	NETMEM_CHECK=$tmp/bin/netmem-check
	json=$tmp/all/report.json
}

# as_nobody CAPABILITIES: how `check` runs from now on; "": with none
as_nobody() {
	caps=-all
	for one in $(echo "$1" | tr ',' ' '); do
		caps=$caps,+$one
	done
	prefix="setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups
		--inh-caps=$caps --ambient-caps=$caps --bounding-set=$caps --"
}

# nobody_has CAPABILITIES
nobody_has() {
	installed
	as_nobody "$1"
}

# At a kernel that hides what it can from this user: all that judges is there
case_enough_for_a_verdict() {
	nobody_has $ENOUGH
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	check '0|3' run -i dut0 --for 2s --drain 1s --json "$json"
	clean_or_lossy
	holds '.pools | any(.inflight > 0)' 'a pool with pages'
	holds '.note_codes | index("privileges_missing")' 'what was not looked at'
	holds '[.coverage.checks.blind[] | select(.check == "xdp_foreign_page")
		.code] == ["xdp_unlisted"]' 'XDP programs were not listed'
	holds '.pools | any(.scan > 0 and .scan == .shadow)' \
		'shadow and scan agree'
}

case_root_has_no_such_note() {
	veth 1500
	check '0|3' run -i dut0 --for 500ms --drain 500ms --json "$json"
	holds '.note_codes | index("privileges_missing") | not' 'no note'
}

# Both ways to the bases of memory: a wrong one would find no page, or others.
case_page_tables_in_place_of_the_pagemap() {
	NETMEM_TEST=hidden-pfns check '0|3' run --scenario xdp-pass --drain 1s \
		--json "$json"
	clean_or_lossy
	holds '.pools | any(.events > 0)' 'pools of the scenario'
}

case_xdp_of_our_own() {
	nobody_has $ENOUGH
	veth 1500
	tcp 20
	check '0|3' run -i dut0 --xdp pass --for 1s --drain 500ms --json "$json"
	[ "$(xdp_id dut0)" = 0 ] || fail 'a program is attached'
	as_nobody bpf,perfmon
	check "$CANNOT" run -i dut0 --xdp pass --for 1s
	expect_error "cannot attach XDP to 'dut0'.*CAP_NET_ADMIN is missing"
}

case_looks() {
	nobody_has $ENOUGH
	veth 1500
	xdp_on dut0 netmem_pass
	check '0|3' audit --json="$json"
	no_findings
	check '0|3' holders --json="$json"
	check '0' probe --json="$tmp/all/probe.json"
	jq -e '.control.made' "$tmp/all/probe.json" >/dev/null ||
		fail 'no control pool'
}

case_without_net_admin() {
	nobody_has bpf,perfmon
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	check '0|3' run -i dut0 --for 1s --drain 500ms --json "$json"
	no_findings
	holds '[.note_codes[] | select(. == "privileges_missing")] | length == 2' \
		'both notes'
}

case_what_is_missing_is_named() {
	nobody_has ''
	for command in 'run --for 1s' 'run --tier function --for 1s' 'watch --for 1s' \
		holders audit attach detach status 'monitor --for 1s' 'report --pinned' probe \
		"bundle $tmp/all/bundle.tar"; do
		for has in '' net_admin bpf perfmon; do
			as_nobody "$has"
			# shellcheck disable=SC2086 # a command and its arguments
			check "$CANNOT" $command
			expect_error "$MISSING"
			expect_no_crash
			case $has in
			bpf) names CAP_PERFMON CAP_BPF ;;
			perfmon) names CAP_BPF CAP_PERFMON ;;
			*)
				expect_error CAP_BPF
				expect_error CAP_PERFMON
				;;
			esac
		done
	done
}

# names ONE OTHER: the message names this capability, and not that one
names() {
	expect_error "missing: $1"
	! grep -q "$2" "$tmp/err" || fail "$2 is not missing"
}

case_pinned_mode() {
	nobody_has $ENOUGH
	for command in attach detach status 'monitor --for 1s' 'report --pinned'; do
		# shellcheck disable=SC2086 # a subcommand and its option
		check "$CANNOT" $command
		expect_error 'missing: CAP_SYS_ADMIN'
	done
	as_nobody $ENOUGH,sys_admin
	for command in attach detach status 'monitor --for 1s' 'report --pinned'; do
		# shellcheck disable=SC2086 # a subcommand and its option
		check "$CANNOT" $command
		expect_error 'CAP_DAC_OVERRIDE is missing'
	done
}

case_other_network_namespaces() {
	nobody_has $ENOUGH
	veth 1500
	check "$CANNOT" run -i "$far/far0" --for 500ms
	expect_error "namespace '$far': CAP_SYS_PTRACE is missing"
	as_nobody $ENOUGH,sys_admin,sys_ptrace
	check '0|3' run -i "$far/far0" --for 500ms --drain 500ms
}

case_user_namespace() {
	installed
	prefix="setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups -- unshare --user --map-root-user"
	# shellcheck disable=SC2086 # a command line
	$prefix true 2>/dev/null || skip 'nobody may make user namespaces here'
	check "$CANNOT" run --for 1s
	expect_error 'although CAP_BPF and CAP_PERFMON are there: .*user namespace'
}

case_file_capabilities() {
	installed
	setcap "$(echo $ENOUGH | sed 's/[a-z_]*/cap_&/g')=ep" "$NETMEM_CHECK" ||
		skip 'no file capabilities here'
	prefix="setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups --"
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 20
	check '0|3' run -i dut0 --for 2s --drain 1s --json "$json"
	clean_or_lossy
	holds '.pools | any(.inflight > 0 and .scan == .shadow)' 'pages'
	# The workload gets none of them.
	check '0|3' run -i dut0 --drain 500ms -- \
		sh -c "grep CapEff /proc/self/status >$tmp/all/caps"
	grep -q '0000000000000000$' "$tmp/all/caps" ||
		fail "the workload has $(cat "$tmp/all/caps")"
	as_nobody ''
	setcap -r "$NETMEM_CHECK"
	check "$CANNOT" run --for 1s
	expect_error "$MISSING"
}

run_cases "$@"
