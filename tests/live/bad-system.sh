#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Systems on which it cannot run: exit code 4, and what is missing.
. "${0%/*}/lib.sh"

case_not_root() {
	# Others may be unable to look into the source directory
	cp "$NETMEM_CHECK" "$tmp/netmem-check"
	chmod 755 "$tmp"
	mkdir -m 1777 "$tmp/all"
	NETMEM_CHECK=$tmp/netmem-check
	prefix='setpriv --reuid=65534 --regid=65534 --clear-groups'
	for command in 'run --for 1s' 'watch --for 1s' holders audit attach detach status \
		probe "bundle $tmp/all/bundle.tar"; do
		# shellcheck disable=SC2086 # a command and its arguments
		check "$CANNOT" $command
		expect_error 'missing: CAP_BPF'
		expect_no_crash
	done
	# What needs no kernel needs no root
	check 0 checks
	check 0 run --help
}

case_no_btf() {
	cover /sys/kernel/btf
	for command in 'run --for 1s' holders audit attach; do
		# shellcheck disable=SC2086 # a command and its arguments
		check "$CANNOT" $command
		expect_error 'BTF.*CONFIG_DEBUG_INFO_BTF'
		expect_error 'netmem-check probe'
		expect_no_crash
	done
	check "$CANNOT" probe
	expect_output 'no +kernel BTF with page_pool'
}

case_no_page_pool_tracepoints() {
	export NETMEM_TEST=hide=page_pool_state_hold
	for command in 'run --for 1s' attach; do
		# shellcheck disable=SC2086 # a command and its arguments
		check "$CANNOT" $command
		expect_error "no tracepoint 'page_pool_state_hold'.*CONFIG_PAGE_POOL"
		expect_no_crash
	done
}

# The others are not needed, but what they saw is then named as blind.
case_no_optional_tracepoint() {
	NETMEM_TEST=hide=xdp_exception check '0|3' run --scenario xdp-pass \
		--drain 1s --json "$json"
	clean_or_lossy
	holds '.coverage.hooks[] | select(.hook == "exception") | .how == "none"' \
		'the hook that is missing'
}

case_function_tier_where_it_is_refused() {
	way=$(function_way)
	[ ! "$way" ] || skip "functions can be traced here ($way)"
	for command in 'run --for 1s' attach 'monitor --for 1s'; do
		# shellcheck disable=SC2086 # a subcommand and its options
		check "$CANNOT" $command --tier function
		expect_error '--tier function'
	done
	[ ! -e $PINS ] || fail 'something is attached'
}

case_bpffs_not_mounted() {
	cover /sys/fs/bpf
	check "$CANNOT" attach
	expect_error '/sys/fs/bpf'
	expect_error 'mount -t bpf'
	# All else works without
	check '0|3' run --for 200ms --drain 200ms
}

# Inside a container's process namespace process numbers are others.
case_inside_a_process_namespace() {
	prefix='unshare --pid --fork --kill-child=KILL --mount-proc'
	check '0|3' run --scenario xdp-pass --drain 1s --json "$json"
	clean_or_lossy
}

case_data_files_missing() {
	cp "$NETMEM_CHECK" "$tmp/netmem-check"
	NETMEM_CHECK=$tmp/netmem-check
	check "$RUNTIME" run --scenario tcp
	expect_error 'scenarios are not installed'
}

run_cases "$@"
