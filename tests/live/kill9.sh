#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kill -9 at any moment: nothing of ours runs or is left that `detach` does not
# take away, and no object of others is touched.
# limit: 600
# slow
. "${0%/*}/lib.sh"

ROUNDS=50
theirs=/sys/fs/bpf/their_table

# up_to MS: a random time
up_to() {
	random=$(od -An -N2 -tu2 /dev/urandom)
	random=$((random * $1 / 65536))
	sleep "$((random / 1000)).$(printf %03d $((random % 1000)))"
}

begin() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1
		rm -f $theirs; end_background' EXIT
	bpftool map create $theirs type array key 4 value 8 entries 1 \
		name counters >"$tmp/bpftool" 2>&1 || skip 'bpftool makes no map'
	veth 1500
	half_made=0
}

# killed MS ARGUMENT...: within so many ms of its start, or with $moment as soon
# as that is so; else its programs are in $programs
killed() {
	within=$1
	shift
	programs=
	in_background "$NETMEM_CHECK" "$@" >/dev/null 2>&1
	if [ -n "$moment" ]; then
		until $moment; do :; done
	else
		up_to "$within"
		programs=$(bpf_programs "$pid")
	fi
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null || :
}

is_pinning() {
	[ -e ${PINS}_new ] || has_ended "$pid"
}

is_removing() {
	[ ! -e $PINS/description ] || has_ended "$pid"
}

# nothing_left: whatever was pinned goes by one detach
nothing_left() {
	for place in $PINS ${PINS}_new; do
		if [ -d "$place" ] && [ ! -e "$place/description" ]; then
			half_made=$((half_made + 1))
		fi
	done
	if [ -e $PINS ] || [ -e ${PINS}_new ]; then
		check 0 detach
	fi
	left=$(find /sys/fs/bpf -path '/sys/fs/bpf/netmem*')
	[ -z "$left" ] || fail "left by $*: $left"
	[ -e $theirs ] || fail "an object of others is gone after $*"
	[ "$(xdp_id dut0)" = 0 ] || wait_for "XDP of $* goes" no_xdp
	wait_for "programs of $* go" programs_gone
}

no_xdp() {
	[ "$(xdp_id dut0)" = 0 ]
}

# The moments of a pinned state that is half there are short: half of the
# rounds wait for them.
case_pinned_mode() {
	begin
	round=0
	while [ $round -lt $ROUNDS ]; do
		round=$((round + 1))
		moment=
		case $((round % 6)) in
		0 | 1)
			[ $((round % 6)) = 0 ] || moment=is_pinning
			killed 800 attach
			nothing_left attach
			continue
			;;
		2 | 3)
			check 0 attach
			[ $((round % 6)) = 2 ] || moment=is_removing
			killed 100 detach
			nothing_left detach
			continue
			;;
		4) command=status ;;
		5) command='report --pinned' ;;
		esac
		check 0 attach
		# shellcheck disable=SC2086 # a subcommand and its option
		killed 300 $command
		check '0|3' status
		nothing_left "$command"
	done
	echo "$half_made half-made states in $ROUNDS rounds"
	[ $half_made -gt 0 ] || fail 'no round met a half-made state'
}

case_run() {
	begin
	moment=
	live_frames 300
	round=0
	while [ $round -lt $ROUNDS ]; do
		round=$((round + 1))
		if [ $((round % 2)) = 0 ]; then
			killed 2000 run -i dut0 --for 1s --drain 500ms
		else
			killed 2000 run -i dut0 --xdp drop --for 1s --drain 500ms
		fi
		nothing_left run
	done
}

run_cases "$@"
