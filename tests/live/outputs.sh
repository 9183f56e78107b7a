#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Outputs: the old file or the whole new one, whatever happens.
. "${0%/*}/lib.sh"

bad=$root/tests/replay/hold_twice.bad.jsonl
good=$root/tests/replay/hold_twice.good.jsonl
out=$tmp/outputs

# old_files: what is there before a run, in a directory of its own
old_files() {
	mkdir -p "$out"
	for name in json ktap record; do
		echo "old $name" >"$out/$name"
	done
}

# survive: they are as they were, and nothing stands beside them
survive() {
	for name in json ktap record; do
		[ "$(cat "$out/$name")" = "old $name" ] ||
			fail "$1: the old $name is gone"
	done
	left=$(find "$out" -mindepth 1 ! -name json ! -name ktap ! -name record)
	[ ! "$left" ] || fail "$1: left: $left"
}

# to_old CODES ARGUMENT...: run, all three outputs go there
to_old() {
	codes=$1
	shift
	check "$codes" run --json="$out/json" --ktap="$out/ktap" \
		--record "$out/record" "$@"
}

# whole_json FILE: one JSON report and not a byte more
whole_json() {
	[ "$(jq -s 'length' "$1" 2>&1)" = 1 ] || fail "$1 is not one JSON report"
	jq -e '.schema' "$1" >/dev/null || fail "$1 is no report"
}

whole_recording() {
	"$NETMEM_CHECK" report "$1" >/dev/null 2>"$tmp/err"
	case $? in
	0 | 1 | 3) ;;
	*) fail "$1 is no recording" ;;
	esac
}

case_old_files_survive_what_ends_a_run() {
	old_files
	to_old "$USAGE" -i nosuch
	survive 'no such device'
	to_old "$RUNTIME" -- "$tmp/nosuch"
	survive 'an unknown command'
	to_old "$USAGE" --pool 4294967295
	survive 'no such pool'
	NETMEM_TEST=hide=page_pool_state_hold to_old "$CANNOT"
	survive 'no tracepoint'
}

# Others may be unable to look into the source directory
case_old_files_survive_who_is_not_root() {
	old_files
	cp "$NETMEM_CHECK" "$tmp/netmem-check"
	chmod 755 "$tmp"
	chmod 777 "$out" "$out"/*
	NETMEM_CHECK=$tmp/netmem-check
	prefix='setpriv --reuid=65534 --regid=65534 --clear-groups'
	to_old "$CANNOT" --for 1s
	survive 'not root'
	expect_error 'missing: CAP_BPF'
	# To whom a file cannot be written is told so before anything else.
	chmod 600 "$out/json"
	to_old "$RUNTIME" --for 1s
	expect_error "outputs/json': Permission denied"
	chmod 755 "$out"
	chmod 666 "$out/json"
	to_old "$RUNTIME" --for 1s
	expect_error 'a file is made beside it first'
	survive 'nothing may be written'
}

# armed: however slow the machine is
armed() {
	wait_until 60 grep -q '^watching' "$tmp/err" || fail 'it never arms'
	sleep 0.5
}

case_old_files_survive_a_kill() {
	old_files
	start_check run --for 60s --json="$out/json" --ktap="$out/ktap" \
		--record "$out/record"
	armed
	part=$(find "$out" -name 'record.partial-??????')
	[ "$part" ] || fail 'the recording has no partial name'
	kill -KILL "$checker"
	wait "$checker"
	rm -f "$part"
	survive 'SIGKILL'
}

case_a_signal_ends_a_recording_well() {
	old_files
	start_check run --for 60s --drain 200ms --record "$out/record"
	armed
	kill -TERM "$checker"
	end_check '0|3' SIGTERM
	whole_recording "$out/record"
	[ "$(ls "$out")" = "json
ktap
record" ] || fail "left: $(ls "$out")"
}

# on_small COMMAND...: in a mount namespace with a file system of 64 KiB at
# $out, of which what is there then is copied to $tmp/seen
on_small() {
	cat >"$tmp/small" <<-'END'
		#!/bin/sh
		out=$1
		seen=$2
		fill=$3
		shift 3
		mount -t tmpfs -o size=64k none "$out" || exit 99
		for name in json ktap record; do
			echo "old $name" >"$out/$name"
		done
		[ "$fill" = no ] || cat /dev/zero >"$out/filler" 2>/dev/null
		"$@"
		code=$?
		rm -f "$out/filler"
		cp -a "$out/." "$seen"
		exit $code
	END
	chmod +x "$tmp/small"
	rm -rf "$tmp/seen"
	mkdir -p "$out" "$tmp/seen"
	unshare --mount "$tmp/small" "$out" "$tmp/seen" "$@" \
		>"$tmp/out" 2>"$tmp/err"
	code=$?
	[ $code -ne 99 ] || skip 'no tmpfs can be mounted'
	rmdir "$out"
	mv "$tmp/seen" "$out"
}

case_a_full_disk_for_one_of_them() {
	veth 1500
	xdp_on dut0 netmem_pass
	list_namespaces
	on_small yes "$NETMEM_CHECK" run --for 500ms --drain 200ms \
		--json="$out/json" --ktap="$tmp/ktap" --record "$tmp/recording"
	expect_code "$RUNTIME" 'a full disk'
	expect_error "outputs/json': No space left on device"
	expect_output '^netmem-check: '
	survive 'a full disk'
	grep -q '^TAP version\|^KTAP version' "$tmp/ktap" ||
		fail 'the KTAP report was not written'
	whole_recording "$tmp/recording"
}

# What was recorded until then stays, under a name that says so.
case_a_disk_that_a_recording_fills() {
	list_namespaces
	on_small no "$NETMEM_CHECK" run --scenario xdp-redirect --drain 200ms \
		--record "$out/record" --json="$tmp/report.json"
	expect_code "$RUNTIME" 'a disk that is full'
	expect_error "outputs/record': No space left on device"
	expect_error "what there is of it is in '.*outputs/record.partial-......'"
	part=$(find "$out" -name 'record.partial-??????')
	[ -s "$part" ] || fail 'no partial recording'
	check "$RUNTIME" report "$part"
	rm "$part"
	survive 'a disk that a recording fills'
	whole_json "$tmp/report.json"
}

# without_reader CODE ARGUMENT...: standard output is a pipe that nobody reads
without_reader() {
	wanted=$1
	shift
	list_namespaces
	{
		sleep 0.3
		"$NETMEM_CHECK" "$@" 2>"$tmp/err"
		echo $? >"$tmp/code"
	} | true
	code=$(cat "$tmp/code")
	expect_code "$wanted" "netmem-check $* | true"
	expect_error 'cannot write to standard output: Broken pipe'
	[ "$(grep -c 'cannot write' "$tmp/err")" = 1 ] || fail 'it is said twice'
}

case_each_output_is_written() {
	without_reader "$RUNTIME" run --for 300ms --drain 200ms \
		--json="$json" --ktap="$tmp/ktap" --record "$tmp/recording"
	whole_json "$json"
	whole_recording "$tmp/recording"
	[ -s "$tmp/ktap" ] || fail 'no KTAP report'
	for asked in audit probe; do
		rm -f "$json"
		without_reader "$RUNTIME" $asked --json="$json"
		whole_json "$json"
	done
}

# A full disk does not hide a finding.
case_a_finding_stays_one() {
	check "$FAIL" report "$bad" --json=/dev/full
	expect_error "'/dev/full': No space left on device"
	check "$FAIL" report "$bad" --json="$tmp/bad"
	check "$RUNTIME" report "$good" --json=/dev/full
	check "$PASS" report "$good" --json="$tmp/good"
	without_reader "$FAIL" diff "$tmp/good" "$tmp/bad" --json="$json"
	whole_json "$json"
	without_reader "$RUNTIME" diff "$tmp/good" "$tmp/good" --json="$json"
}

# refused WHAT ARGUMENT...: two names of one file
refused() {
	what=$1
	shift
	check "$USAGE" "$@"
	expect_error "$what are one file"
	survive "$*"
}

case_two_outputs_to_one_file() {
	old_files
	cd "$out" || fail 'cannot go there'
	refused '--json and --ktap' run --json="$out/json" --ktap="$out/json"
	refused '--json and --record' run --json=json --record "../outputs/./json"
	refused '--json and --record' run --json=new --record "$out/new"
	ln -s "$out/json" "$tmp/link"
	ln json "$tmp/hard"
	refused '--json and --record' audit --json=json --record "$tmp/link"
	refused '--json and --record' holders --json=json --record "$tmp/hard"
	refused '--json and --record' probe --json=json --record "$tmp/hard"
	refused '--json and --ktap' run --json --ktap=/dev/stdout
	check 0 probe --json=/dev/null --record /dev/null
}

case_an_output_that_is_read() {
	old_files
	cp "$good" "$out/record"
	check "$PASS" report "$out/record" --json="$tmp/a"
	ln -s "$out/record" "$tmp/link"
	check "$USAGE" report "$tmp/link" --json="$out/record"
	expect_error 'what is read are one file'
	check "$USAGE" diff "$tmp/a" "$tmp/a" --json="$tmp/a"
	check "$USAGE" bundle --force "$tmp/link" "$out/record"
	cmp -s "$good" "$out/record" || fail 'the recording was changed'
	whole_json "$tmp/a"
}

# Where the shell sends our text is such a file, too.
case_an_output_that_is_standard_output() {
	"$NETMEM_CHECK" report "$good" --json="$tmp/both" >"$tmp/both" \
		2>"$tmp/err"
	code=$?
	expect_code "$USAGE" 'one file'
	expect_error '--json and standard output are one file'
	check "$PASS" report "$good" --json=/dev/fd/1
	whole_json "$tmp/out"
}

case_links_modes_and_owners_stay() {
	old_files
	chmod 640 "$out/json"
	chown 1234:4321 "$out/json"
	ln -s outputs/json "$tmp/link"
	check '0|3' audit --json="$tmp/link"
	[ -L "$tmp/link" ] || fail 'the link was replaced'
	whole_json "$out/json"
	[ "$(stat -c '%a %u %g' "$out/json")" = '640 1234 4321' ] ||
		fail "another mode or owner: $(stat -c '%a %u %g' "$out/json")"
	umask 027
	check '0|3' audit --json="$out/new" --record "$out/new2"
	[ "$(stat -c %a "$out/new" "$out/new2" | sort -u)" = 640 ] ||
		fail 'the umask was ignored'
	ln -s nosuch "$out/dangling"
	check '0|3' audit --json="$out/dangling"
	whole_json "$out/nosuch"
}

case_what_is_no_file() {
	mkdir "$tmp/directory"
	check "$RUNTIME" run --json="$tmp/directory"
	expect_error 'Is a directory'
	python=$(command -v python3) && {
		"$python" -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tmp/socket"
		check "$RUNTIME" run --record "$tmp/socket"
		expect_error 'it is a socket'
	}
	mknod "$tmp/block" b 7 250 2>/dev/null && {
		check "$RUNTIME" run --json="$tmp/block"
		expect_error 'it is a block device'
	}
	check '0|3' audit --json=/dev/null
}

# Nobody is waited for, at the start or at the end.
case_a_fifo() {
	mkfifo "$tmp/fifo"
	start=$(now_ms)
	check "$RUNTIME" run --for 30s --record "$tmp/fifo"
	expect_error "fifo': nobody reads from this FIFO"
	[ $(($(now_ms) - start)) -lt 20000 ] || fail 'it was found out late'
	check "$RUNTIME" audit --json="$tmp/fifo"
	expect_error "fifo': nobody reads from this FIFO"
	cat "$tmp/fifo" >"$tmp/read" &
	reader=$!
	check '0|3' audit --json="$tmp/fifo"
	wait "$reader"
	whole_json "$tmp/read"
}

case_descriptors() {
	check '0|3' audit --json=/dev/stdout
	whole_json "$tmp/out"
	"$NETMEM_CHECK" audit --json=/dev/fd/3 3>"$tmp/three" >"$tmp/out" \
		2>"$tmp/err"
	code=$?
	expect_code '0|3' 'a descriptor'
	whole_json "$tmp/three"
	check '0|3' run --for 300ms --drain 200ms --record -
	cp "$tmp/out" "$tmp/recording"
	whole_recording "$tmp/recording"
	check '0|3' watch --for 300ms --drain 200ms --json
	whole_json "$tmp/out"
	check "$RUNTIME" audit --json=/dev/fd/77
	expect_error "'/dev/fd/77': Bad file descriptor"
	"$NETMEM_CHECK" bundle - "$good" 2>"$tmp/err" >"$tmp/tar" ||
		fail 'no archive'
	tar -tf "$tmp/tar" >"$tmp/out" || fail 'it is no archive'
	expect_output 'netmem-check/MANIFEST'
}

# What was started without standard files does not write its words into ours.
case_closed_standard_files() {
	list_namespaces
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
		rm -f "$json" "$tmp/recording"
		code=0
		eval '"$NETMEM_CHECK" run --for 300ms --drain 200ms --json="$json" \
			--record "$tmp/recording" '"$closed" >"$tmp/null" 2>&1 ||
			code=$?
		case $closed in
		*' >'* | '>'*) expect_code "$RUNTIME" "$closed" ;;
		*) expect_code '0|3' "$closed" ;;
		esac
		whole_json "$json"
		whole_recording "$tmp/recording"
	done
}

run_cases "$@"
