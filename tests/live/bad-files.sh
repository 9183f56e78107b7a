#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Files that cannot be read or written: exit code 5, and the file's name.
. "${0%/*}/lib.sh"

# refused REGEX FILE: report in no format says anything but why not
refused() {
	for format in text json ktap; do
		check "$RUNTIME" report --format $format "$2"
		expect_error "'$2': .*$1"
		expect_no_crash
		[ ! -s "$tmp/out" ] || fail 'a report in spite of the error'
	done
}

case_recording_missing() {
	refused 'No such file' "$tmp/nosuch"
}

case_recording_is_a_directory() {
	refused 'not a regular file|Is a directory' "$tmp"
}

case_recording_empty() {
	: >"$tmp/empty"
	refused 'empty' "$tmp/empty"
}

case_recording_truncated() {
	make_recording
	size=$(stat -c %s "$tmp/recording")
	for part in 1 10 100 $((size / 2)) $((size - 20)) $((size - 1)); do
		head -c $part "$tmp/recording" >"$tmp/cut"
		refused 'truncated|not a recording|line [0-9]+' "$tmp/cut"
	done
	sed '$d' "$tmp/recording" >"$tmp/cut"
	refused 'truncated|end' "$tmp/cut"
	# A line lost in the middle
	sed '5d' "$tmp/recording" >"$tmp/cut"
	refused 'line' "$tmp/cut"
}

case_recording_of_another_version() {
	make_recording
	sed '1s/netmem-check\/1/netmem-check\/2/' "$tmp/recording" >"$tmp/other"
	refused 'netmem-check/2' "$tmp/other"
}

case_recording_of_random_bytes() {
	for _ in 1 2 3 4 5; do
		head -c 100000 /dev/urandom >"$tmp/random"
		refused 'line [0-9]+' "$tmp/random"
	done
	head -c 100000 /dev/zero >"$tmp/zero"
	refused 'line [0-9]+' "$tmp/zero"
	head -c 100000 /dev/zero | tr '\0' '[' >"$tmp/deep"
	refused 'line [0-9]+' "$tmp/deep"
}

case_recording_with_a_damaged_byte() {
	make_recording
	size=$(stat -c %s "$tmp/recording")
	for at in 3 50 $((size / 3)) $((size / 2)) $((size - 5)); do
		cp "$tmp/recording" "$tmp/damaged"
		printf '\001' | dd of="$tmp/damaged" bs=1 seek=$at conv=notrunc 2>/dev/null
		refused 'line [0-9]+' "$tmp/damaged"
	done
}

# unwritable OPTION FILE REGEX: found out at the start, or at the end at least
unwritable() {
	check "$RUNTIME" run --for 300ms --drain 200ms "$1=$2"
	expect_error "'$2': $3"
	expect_no_crash
}

case_unwritable_json() {
	unwritable --json "$tmp/nosuch/report.json" 'No such file'
	unwritable --json "$tmp" 'Is a directory'
	unwritable --json /dev/full 'No space left'
	unwritable --json '' 'No such file'
}

case_unwritable_ktap() {
	unwritable --ktap "$tmp/nosuch/report.ktap" 'No such file'
	unwritable --ktap "$tmp" 'Is a directory'
	unwritable --ktap /dev/full 'No space left'
	unwritable --ktap '' 'No such file'
}

case_unwritable_recording() {
	unwritable --record "$tmp/nosuch/recording" 'No such file'
	unwritable --record "$tmp" 'Is a directory'
	unwritable --record /dev/full 'No space left'
}

# An hour of watching must not end in a path that was wrong from the start.
case_unwritable_is_known_at_the_start() {
	for option in --json --ktap --record; do
		start=$(now_ms)
		check "$RUNTIME" run --for 30s "$option=$tmp/nosuch/file"
		[ $(($(now_ms) - start)) -lt 15000 ] || fail "$option: found out late"
	done
}

# to_full ARGUMENT...: with standard output on a full disk
to_full() {
	"$NETMEM_CHECK" "$@" >/dev/full 2>"$tmp/err"
	code=$?
	expect_code "$RUNTIME" "netmem-check $* >/dev/full"
	expect_error 'No space left|cannot write'
}

case_standard_output_full() {
	make_recording
	to_full run --for 200ms --drain 200ms
	to_full run --for 200ms --drain 200ms --ktap
	to_full run --for 200ms --drain 200ms --json -
	to_full report "$tmp/recording"
	to_full report --format json "$tmp/recording"
	to_full report --format ktap "$tmp/recording"
	to_full checks
	to_full checks --json
	to_full audit
	to_full probe
}

run_cases "$@"
