#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The directory of pins: whose it is, what is in it, who holds the lock, and what
# a killed command leaves.
. "${0%/*}/lib.sh"

# their_map PATH NAME [VALUE]
their_map() {
	bpftool map create "$1" type array key 4 value "${3:-8}" entries 1 \
		name "$2" >"$tmp/bpftool" 2>&1 || skip 'bpftool makes no map'
}

ours_to_use() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1
		rm -rf $PINS "$tmp/elsewhere"; end_background' EXIT
}

# refused: attach, detach, status and report, with words
refused() {
	for asked in attach detach status 'report --pinned'; do
		# shellcheck disable=SC2086 # a subcommand and its option
		check "$RUNTIME" $asked
		expect_error "$1"
	done
}

case_link() {
	ours_to_use
	mkdir "$tmp/elsewhere"
	: >"$tmp/elsewhere/pools"
	ln -s "$tmp/elsewhere" $PINS
	refused 'not a directory on a BPF file system'
	[ -e "$tmp/elsewhere/pools" ] || fail 'a file behind the link is gone'
	[ -L $PINS ] || fail 'the link is gone'
	rm $PINS
}

case_other_owner_or_writers() {
	ours_to_use
	mkdir -m 0755 $PINS
	chown 65534 $PINS
	refused 'belongs to another user, or others may write'
	chown 0 $PINS
	chmod 0777 $PINS
	refused 'belongs to another user, or others may write'
	# An empty one of root is taken over.
	chmod 0755 $PINS
	check 0 attach
	[ "$(stat -c %a $PINS)" = 700 ] || fail "mode $(stat -c %a $PINS)"
	detach
}

case_objects_of_others() {
	ours_to_use
	mkdir $PINS
	their_map $PINS/counters theirs
	their_map $PINS/their_table counters
	check "$RUNTIME" attach
	expect_error 'netmem/counters. is not of netmem-check'
	expect_error 'netmem/their_table. is not of netmem-check'
	[ "$(find $PINS -type f | wc -l)" = 2 ] || fail "$(find $PINS)"
	rm $PINS/counters $PINS/their_table
	check 0 attach
	their_map $PINS/their_table counters
	check '0|3' status
	check "$RUNTIME" detach
	expect_error 'netmem/their_table. is not of netmem-check'
	[ "$(find $PINS -type f)" = $PINS/their_table ] || fail "$(find $PINS)"
	rm $PINS/their_table
}

case_two_at_once() {
	ours_to_use
	in_background "$NETMEM_CHECK" attach >"$tmp/first" 2>&1
	"$NETMEM_CHECK" attach >"$tmp/second" 2>&1
	second=$?
	wait "$pid"
	first=$?
	case $first$second in
	05 | 50) ;;
	*) fail "exit codes $first and $second" ;;
	esac
	[ -e $PINS/description ] || fail 'nothing is attached'
	check '0|3' status
	detach
}

case_readers_wait() {
	attach
	readers=
	for reader in 1 2 3 4; do
		in_background "$NETMEM_CHECK" status >"$tmp/reader$reader" 2>&1
		readers="$readers $pid"
	done
	for reader in $readers; do
		wait "$reader"
		code=$?
		expect_code '0|3' 'a reader beside others'
	done
	detach
}

# What was attached when they looked goes while they wait for the lock: they look
# with hooks of their own.
# slow
case_detached_while_they_wait() {
	for asked in audit holders; do
		attach
		rm -f "$tmp/locked"
		# shellcheck disable=SC2016 # for that shell
		in_background flock /run/netmem-check.lock sh -c \
			': >"$1"; sleep 2; rm -r "$2"' sh "$tmp/locked" $PINS
		wait_for 'the lock' test -e "$tmp/locked"
		before=$(now_ms)
		check '0|3' $asked
		[ $(($(now_ms) - before)) -ge 1000 ] || fail "$asked did not wait"
		wait "$pid"
	done
}

# A program that is missing beside a description is no state that was detached.
case_without_a_program() {
	attach
	rm $PINS/prog_netmem_audit_pages
	for asked in status audit; do
		check "$RUNTIME" $asked
		expect_error 'not whole.*netmem-check detach'
	done
	detach
}

# Pins of inspectors are known by name, kind and what their object calls them.
case_inspectors_of_others() {
	ours_to_use
	veth 1500
	xdp_on dut0 netmem_pass
	attach
	# Another netmem-check may inspect a program that it finds on no device yet.
	for try in 1 2 3 4 5; do
		set -- $PINS/inspect_[0-9]*
		[ ! -e "$1" ] || break
		echo "not inspected in attempt $try"
		detach
		attach
	done
	[ -e "$1" ] || fail 'no inspectors are pinned'
	for one in inspect_9:theirs inspect_frags_9:netmem_inspect \
		inspect_x:netmem_inspect inspect_:netmem_inspect; do
		bpftool map create "$PINS/${one%:*}" type prog_array key 4 \
			value 4 entries 5 name "${one#*:}" >"$tmp/bpftool" 2>&1 ||
			skip 'bpftool makes no map'
	done
	check "$RUNTIME" detach
	for one in inspect_9 inspect_frags_9 inspect_x inspect_; do
		expect_error "netmem/$one. is not of netmem-check"
		rm $PINS/$one || fail "$one is gone"
	done
	rmdir $PINS || fail "$(find $PINS) is left"
}

# The value is another one, or its size.
case_another_version() {
	attach
	size=$(bpftool -j map show pinned $PINS/description | jq .bytes_value)
	# shellcheck disable=SC2046 # bytes
	bpftool map update pinned $PINS/description key 0 0 0 0 value hex \
		$(yes 41 | head -n "$size") || fail 'cannot change the description'
	for asked in status 'report --pinned' audit; do
		# shellcheck disable=SC2086 # a subcommand and its option
		check "$RUNTIME" $asked
		expect_error 'another version of netmem-check is attached \(A'
	done
	detach
	check 0 attach
	rm $PINS/description
	their_map $PINS/description description 800
	check "$RUNTIME" status
	expect_error 'another version of netmem-check is attached'
	detach
}

# A map that was put in the place of ours is not mapped.
case_map_of_another_shape() {
	attach
	rm $PINS/pools
	their_map $PINS/pools pools
	check "$RUNTIME" status
	expect_error 'another version of netmem-check is attached'
	detach
}

case_half_made() {
	for name in netmem netmem_new; do
		attach
		rm $PINS/description $PINS/pools
		[ $name = netmem ] || mv $PINS ${PINS}_new
		check "$RUNTIME" status
		expect_error 'not whole.*netmem-check detach'
		check 0 detach
		[ ! -e $PINS ] || fail 'it is left'
		[ ! -e ${PINS}_new ] || fail 'the new one is left'
		check 0 attach
		rm $PINS/description
		[ $name = netmem ] || mv $PINS ${PINS}_new
		check 0 attach
		expect_error 'half-made'
		[ ! -e ${PINS}_new ] || fail 'the half-made one is left'
		detach
	done
}

run_cases "$@"
