#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The archive for a bug report: what is in it, what is not, and that it is there
# whole or not at all.
. "${0%/*}/lib.sh"

tar=$tmp/archive/bug.tar
unpacked=$tmp/unpacked/netmem-check

# bundle CODES ARGUMENT...: into a directory of its own, where nothing else may
# be left; unpacks it
bundle() {
	codes=$1
	shift
	mkdir -p "$tmp/archive"
	check "$codes" bundle "$tar" "$@"
	expect_no_crash
	left=$(find "$tmp/archive" -mindepth 1 ! -path "$tar")
	[ ! "$left" ] || fail "left: $left"
	[ "$code" = 0 ] || return 0
	rm -rf "$tmp/unpacked"
	mkdir "$tmp/unpacked"
	tar -xf "$tar" -C "$tmp/unpacked" || fail 'tar cannot unpack it'
}

# has FILE...: none of them empty
has() {
	for one in "$@"; do
		[ -s "$unpacked/$one" ] || fail "no $one in the archive"
	done
}

# manifest REGEX
manifest() {
	grep -Eq -- "$1" "$unpacked/MANIFEST" ||
		fail "the MANIFEST has nothing that matches /$1/"
}

# fake_ethtool: says what it was asked for
fake_ethtool() {
	mkdir "$tmp/bin"
	cat >"$tmp/bin/ethtool" <<-'END'
		#!/bin/sh
		echo "asked for $*"
		echo "Permanent address: 02:11:22:33:44:55"
		echo "an error" >&2
	END
	chmod +x "$tmp/bin/ethtool"
	PATH=$tmp/bin:$PATH
}

# A socket whose addresses the walk tells
held_page() {
	veth 1500
	xdp_on dut0 netmem_pass
	in_background "$traffic_tool" hold --port 5202 --bytes 60000 >/dev/null
	wait_for 'the holder listens' listens 5202
	far "$traffic_tool" send --to $DUT_ADDR --port 5202 --bytes 60000 \
		--size 1000 >/dev/null || fail 'cannot send'
}

case_what_is_in_it() {
	held_page
	fake_ethtool
	bundle "$PASS"
	has MANIFEST probe.json audit.jsonl audit.txt audit.json holders.jsonl \
		holders.txt holders.json
	[ -f "$unpacked/kernel.log" ] || fail 'no kernel log'
	[ "$(tar -tf "$tar" | head -n 1)" = netmem-check/MANIFEST ] ||
		fail 'the MANIFEST is not the first'
	# Each file is in the MANIFEST with its size, and nothing else is there
	(cd "$unpacked" && find . -type f ! -name MANIFEST -printf '%P %s\n') |
		sort >"$tmp/there"
	awk 'NF > 2 && $2 ~ /^[0-9]+$/ && $1 !~ /^kernel$/ { print $1, $2 }' \
		"$unpacked/MANIFEST" | sort >"$tmp/listed"
	diff "$tmp/there" "$tmp/listed" >"$tmp/difference" ||
		fail "the MANIFEST differs: $(cat "$tmp/difference")"
	[ "$(stat -c %a "$tar")" = 600 ] || fail 'others can read it'
	tar -tvf "$tar" | grep -qv '^-rw-------' && fail 'others can read a file of it'
	has ethtool/dut0.i ethtool/dut0.g ethtool/dut0.k
	grep -q '^asked for -g dut0$' "$unpacked/ethtool/dut0.g" ||
		fail 'another question for ethtool'
	grep -q '^an error$' "$unpacked/ethtool/dut0.i" || fail 'no errors of ethtool'
	check '0|1|3' report "$unpacked/holders.jsonl" --json
	cp "$tmp/out" "$json"
	holds '.pools | any(.device == "dut0")' 'the pool, replayed'
}

case_the_manifest_is_printed() {
	veth 1500
	bundle "$PASS"
	[ "$(cat "$unpacked/MANIFEST")" = "$(cat "$tmp/out")" ] ||
		fail 'something else is printed'
}

case_addresses_are_taken_out() {
	held_page
	fake_ethtool
	bundle "$PASS"
	grep -Eq 'tcp ip[0-9]+:5202 < ip[0-9]+:' "$unpacked/holders.txt" ||
		fail 'no socket among the holders'
	! grep -rq "$DUT_ADDR\|$FAR_ADDR\|02:11:22:33:44:55" "$unpacked" ||
		fail "an address is left in $(grep -rl "$DUT_ADDR\|$FAR_ADDR\|02:11:22" "$unpacked")"
	grep -q 'Permanent address: mac[0-9]' "$unpacked/ethtool/dut0.i" ||
		fail 'the line is gone as well'
	manifest '^Taken out: [1-9][0-9]* IP and [1-9][0-9]* MAC addresses'
	bundle "$PASS" --force --addresses
	grep -q "tcp $DUT_ADDR:5202 < $FAR_ADDR:" "$unpacked/holders.txt" ||
		fail '--addresses keeps none'
	manifest '^IP and MAC addresses: as they are'
}

case_without_ethtool() {
	held_page
	mkdir "$tmp/bin"
	prefix="env PATH=$tmp/bin"
	check "$PASS" bundle "$tmp/bug.tar"
	expect_output '^ethtool -i, -g, -k: it is not installed$'
}

# Lines about page pools, and those alone
case_kernel_log() {
	veth 1500
	mark=netmem-bundle-test-$$
	echo "page_pool: $mark of 10.9.8.7" >/dev/kmsg || skip 'no kernel log to write to'
	echo "$mark: a secret" >/dev/kmsg
	bundle "$PASS"
	grep -q "page_pool: $mark of ip[0-9]*\$" "$unpacked/kernel.log" ||
		fail 'no line about page pools'
	! grep -q 'a secret' "$unpacked/kernel.log" || fail 'another line'
}

case_given_files() {
	make_recording
	check '0|1|3' report "$tmp/recording" --json="$tmp/report.json"
	bundle "$PASS" "$tmp/recording" "$tmp/report.json"
	has MANIFEST probe.json given/1-recording given/2-report.json
	[ ! -e "$unpacked/audit.jsonl" ] || fail 'an audit that nobody asked for'
	check '0|1|3' report "$unpacked/given/1-recording"
	expect_output '^netmem-check: '
}

case_files_that_are_neither() {
	echo '{"t":"meta"}' >"$tmp/garbage"
	bundle "$RUNTIME" "$tmp/garbage"
	expect_error "garbage' is neither a recording nor a JSON report"
	bundle "$RUNTIME" "$tmp/nosuch"
	expect_error "cannot read '.*nosuch': No such file"
	[ ! -e "$tar" ] || fail 'an archive all the same'
}

# Whoever may not look can still hand over what somebody else gave.
case_not_root_with_a_file() {
	cp "$NETMEM_CHECK" "$tmp/netmem-check"
	cp "$root/tests/replay/hold_twice.bad.jsonl" "$tmp/recording"
	chmod 755 "$tmp"
	mkdir -m 777 "$tmp/archive"
	NETMEM_CHECK=$tmp/netmem-check
	prefix='setpriv --reuid=65534 --regid=65534 --clear-groups'
	bundle "$PASS" "$tmp/recording"
	has given/0-recording
	manifest '^probe.json: missing: CAP_BPF'
}

case_an_archive_that_is_there() {
	mkdir "$tmp/archive"
	echo precious >"$tar"
	bundle "$RUNTIME" "$root/tests/replay/hold_twice.bad.jsonl"
	expect_error "bug.tar' is there already; --force replaces it"
	[ "$(cat "$tar")" = precious ] || fail 'it was replaced'
	ln -s "$tar" "$tmp/link.tar"
	check "$RUNTIME" bundle "$tmp/link.tar"
	bundle "$PASS" --force "$root/tests/replay/hold_twice.bad.jsonl"
	has MANIFEST
}

case_a_directory_that_is_not_there() {
	check "$RUNTIME" bundle "$tmp/nosuch/bug.tar" \
		"$root/tests/replay/hold_twice.bad.jsonl"
	expect_error "cannot write '.*nosuch/bug.tar': No such file"
}

# interrupt SIGNAL CODE: while ethtool is at work
interrupt() {
	held_page
	mkdir "$tmp/bin" "$tmp/archive"
	cat >"$tmp/bin/ethtool" <<-END
		#!/bin/sh
		echo >"$tmp/asked"
		exec sleep 60
	END
	chmod +x "$tmp/bin/ethtool"
	PATH=$tmp/bin:$PATH
	check '0|3' audit -i dut0 --json="$json"
	start_check bundle "$tar" "$json"
	wait_until 60 test -e "$tmp/asked" || fail 'ethtool is never asked'
	kill "-$1" "$checker"
	end_check "$2" "SIG$1"
	[ ! "$(ls -A "$tmp/archive")" ] || fail "left: $(ls -A "$tmp/archive")"
}

case_sigint() {
	interrupt INT "$RUNTIME"
	expect_error 'interrupted'
}

case_sigterm() {
	interrupt TERM "$RUNTIME"
	expect_error 'interrupted'
}

run_cases "$@"
