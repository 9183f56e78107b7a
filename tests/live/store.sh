#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# `report` of a store: the verdict of the monitor that wrote it, while it writes
# and of a part of the time; and files that are no store, or none of ours.
. "${0%/*}/lib.sh"

# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

# stored EXPRESSION WHAT: it holds of the report of the store
stored() {
	check '0|1|3' report "$db" --format json
	jq -e "$1" "$tmp/out" >/dev/null || fail "not so: $2"
}

case_of_a_monitor() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor --store "$db" --json "$json"
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 3
	wait_until 60 has "SELECT count(*) > 1 FROM samples JOIN pools
		ON pool = id WHERE device = 'dut0'" || fail 'no samples of dut0'
	# It writes.
	stored '.verdict == "INCONCLUSIVE" and .runs[0].verdict == null and .epochs[0].verdict == null' \
		'no verdict before the end'
	stored '.pools | any(.device == "dut0" and .samples > 1)' 'samples of dut0'
	ln -s "$db" "$tmp/link.db"
	check 3 report "$tmp/link.db" --format json
	jq -e '.pools | any(.device == "dut0" and .samples > 1)' "$tmp/out" >/dev/null ||
		fail 'the log of the store was not read through a link'
	mkdir "$tmp/copy"
	cp "$db" "$db-wal" "$tmp/copy"
	check 3 report "$tmp/copy/store.db" --format json
	jq -e '.pools | any(.device == "dut0")' "$tmp/out" >/dev/null || fail 'the log of a copy was not read'
	[ ! -e "$tmp/copy/store.db-shm" ] || fail 'the report made an index'
	wait "$pid"
	end_monitor TERM '0|3'
	mine=$(jq -r .verdict "$json")
	stored ".verdict == \"$mine\" and .runs[0].verdict == \"$mine\"" 'the verdict of the monitor'
	stored '.pools | any(.device == "dut0" and .events > 0 and .inflight_max > 0)' 'events of dut0'
	check '0|3' report "$db"
	expect_output "^netmem-check: $mine\$"
	expect_output 'dut0'
	check '0|3' report "$db" --format ktap
	expect_output 'ok [0-9]* verdict$'
	check '0|3' report "$db" --from -1h --to now --format html
	expect_output "^<p class=\"verdict [a-z]*\">$mine</p>"
	check "$USAGE" report "$db" --to -1h
	expect_error 'it has no run of that time'
	[ ! -e "$db-wal" ] || fail 'the report left a log'
	mkdir "$tmp/disk"
	cp "$db" "$tmp/disk"
	chmod a-w "$tmp/disk/store.db"
	check '0|3' report "$tmp/disk/store.db"
	[ "$(ls "$tmp/disk")" = store.db ] || fail 'the report made a file'
}

# refused CODE WORDS OPTION...: of `report`
refused() {
	code_wanted=$1
	words=$2
	shift 2
	check "$code_wanted" report "$@"
	expect_error "$words"
}

# bad_store SQL: a database with this in it
bad_store() {
	rm -f "$db"
	sqlite3 "$db" "$1" || fail 'sqlite3 failed'
}

case_bad_stores() {
	bad_store 'CREATE TABLE mine(a)'
	refused "$RUNTIME" 'a database of another program' "$db"
	bad_store "PRAGMA application_id = $((0x4e4d434b)); PRAGMA user_version = 77; CREATE TABLE a(b)"
	refused "$RUNTIME" 'of version 77' "$db"
	bad_store "PRAGMA application_id = $((0x4e4d434b)); PRAGMA user_version = 1; CREATE TABLE a(b)"
	refused "$RUNTIME" 'its tables are not those' "$db"
	bad_store 'PRAGMA page_size = 512; CREATE TABLE a(b); WITH RECURSIVE n(i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO a SELECT i FROM n;
		PRAGMA application_id = 1313686347; PRAGMA user_version = 1'
	truncate -s 20000 "$db"
	refused "$RUNTIME" 'damaged' "$db"
	printf 'SQLite format 3\0and nothing else' >"$db"
	refused "$RUNTIME" "store.db'" "$db"
	refused "$RUNTIME" 'none.db' "$tmp/none.db"
	ln "$db" "$tmp/other.db"
	refused "$RUNTIME" 'hard link' "$tmp/other.db"
	rm "$tmp/other.db"
	refused "$RUNTIME" "store.db'" "$db"
}

case_bad_times() {
	recording=$root/tests/golden/holders.jsonl
	bad_store 'CREATE TABLE mine(a)'
	for bad in yesterday 2h 2026-11-31 '2026-11-30 25:00' '2026-11-30 12:00 CET' ''; do
		refused "$USAGE" 'is not a point in time' "$db" --from "$bad"
		refused "$USAGE" 'is not a point in time' "$db" --to "$bad"
	done
	refused "$USAGE" 'from is not before --to' "$db" --from -1h --to -2h
	refused "$USAGE" 'are for the store of a monitor' "$recording" --from -1h
	refused "$USAGE" 'a store is not judged anew' "$db" -i eth0
	refused "$USAGE" 'a store is not judged anew' "$db" --expect 'out<=1'
}

run_cases "$@"
