#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The long watch: it arms or takes over, tells of a stalled pool, survives
# kill -9 without a lost event, and ends with the verdict of `report --pinned`.
. "${0%/*}/lib.sh"

# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

# What it armed goes with it, and what was there stays.
case_verdict_and_pins() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor --json "$json"
	[ -e $PINS/description ] || fail 'nothing is pinned'
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 1
	wait "$pid"
	end_monitor TERM '0|3'
	verdict_is_code
	holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
	expect_output "^netmem-check: $(jq -r .verdict "$json")\$"
	[ ! -e $PINS ] || fail 'pins are left'
	check '0|3' attach
	monitor --for 2s
	grep -q '^watching .*taken over' "$tmp/err" || fail 'it did not take over'
	end_check '0|3' 'netmem-check monitor --for'
	[ -e $PINS/description ] || fail 'it detached what it did not attach'
	detach
}

# no_store WHAT: the monitor refuses the file, and leaves nothing
no_store() {
	check "$RUNTIME" monitor --for 1s --store "$db"
	expect_error "$1"
	[ ! -e $PINS ] || fail 'pins are left'
}

# Events of the time without a monitor are not lost: the hooks are there.
case_kill_9_under_traffic() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor --store "$db"
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 4
	wait_for 'samples' has "SELECT count(*) > 1 FROM samples JOIN pools
		ON pool = id WHERE device = 'dut0'"
	kill -KILL "$checker"
	wait "$checker"
	[ -e $PINS/description ] || fail 'the pins went with the monitor'
	[ "$(ask 'PRAGMA integrity_check')" = ok ] || fail 'the store is damaged'
	before=$(ask 'SELECT max(events) FROM samples')
	sleep 1
	monitor --store "$db" --json "$json"
	wait_for 'samples' has "SELECT count(*) > 1 FROM samples, gaps
		WHERE time >= last"
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings
	holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
	holds '[.pools[] | select(.device == "dut0") | .born_seen] | all' \
		'the watch goes back to the first page'
	[ "$(ask 'SELECT count(*) FROM runs')" = 2 ] || fail 'not two runs'
	[ "$(ask 'SELECT count(*) FROM epochs')" = 1 ] || fail 'not one epoch'
	has "SELECT count(*) FROM gaps WHERE why = 'not_running' AND
		last > first" || fail 'the gap is not shown'
	after=$(ask 'SELECT max(events) FROM samples
		WHERE time >= (SELECT max(last) FROM gaps)')
	[ "$after" -ge "$before" ] || fail 'events were forgotten'
	[ "$(ask 'SELECT verdict FROM runs WHERE ended')" = \
		"$(jq -r .verdict "$json")" ] || fail 'another verdict'
	[ "$(stat -c %a "$db")" = 600 ] || fail 'others may read the store'
	detach
}

case_bad_stores() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor --store "$db"
	check "$RUNTIME" monitor --for 1s --store "$db"
	expect_error 'another monitor writes into it'
	end_monitor TERM '0|3'
	sqlite3 "$db" 'PRAGMA user_version = 77'
	no_store 'store of version 77'
	sqlite3 "$db" 'PRAGMA application_id = 1'
	no_store 'of another program'
	echo 'this is no database, but a text that is long enough' >"$db"
	no_store 'no SQLite database'
	ln "$db" "$tmp/other.db"
	no_store 'a hard link'
	rm "$tmp/other.db"
	ln -sf "$tmp/elsewhere" "$db"
	no_store 'symbolic link'
	mkdir "$tmp/cover" && mount -t tmpfs -o ro none "$tmp/cover"
	db=$tmp/cover/store.db
	no_store 'Read-only file system'
	umount "$tmp/cover"
}

# Verdict and codes of a monitor with a store are those of the report.
case_store_changes_nothing() {
	attach
	veth 1500
	xdp_on dut0 netmem_pass
	tcp 1
	wait "$pid"
	check '0|3' monitor --for 3s --store "$db" --json "$json"
	with=$(jq -c '[.verdict, (.findings | map(.check))]' "$json")
	check "$code" report --pinned --format json
	cp "$tmp/out" "$json"
	[ "$(jq -c '[.verdict, (.findings | map(.check))]' "$json")" = "$with" ] ||
		fail "the report says something else than $with"
	detach
}

stall_is_scraped() {
	scrape >"$tmp/metrics" &&
		[ "$(metric 'netmem_pools{state="stalled"}')" -eq 1 ] &&
		grep -q '^netmem_pool_stalled_seconds{' "$tmp/metrics" &&
		grep -q '^netmem_stalled_held_pages{place="' "$tmp/metrics"
}

case_stalled_pool_is_told() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	veth 1500
	export NETMEM_EVENT=inherited
	monitor --stalled-after 2s --store "$db" --listen :0 --json "$json" --on-finding \
		"env | grep ^NETMEM_ >>$tmp/hook; exit 3"
	stall
	wait_until 25 grep -q '^NETMEM_SECONDS' "$tmp/hook" ||
		fail 'nobody was told of the stalled pool'
	grep -qx 'NETMEM_EVENT=stalled' "$tmp/hook" || fail 'another event'
	! grep -q inherited "$tmp/hook" || fail 'an inherited variable came through'
	grep -q '^NETMEM_HOLDERS=.*[a-z]' "$tmp/hook" || fail 'without holders'
	grep -q ' stalled: .*waits for' "$tmp/err" || fail 'no line says so'
	wait_until 20 stall_is_scraped || fail 'no metric says so'
	has "SELECT count(*) FROM holders WHERE pages > 0" || fail 'no holders'
	has "SELECT count(*) FROM findings WHERE check_id = 'stalled_shutdown'
		AND json_valid(evidence)" || fail 'no finding in the store'
	wait_for 'its failure' grep -q 'on-finding failed: exit status 3' "$tmp/err"
	kill -USR1 "$checker"
	wait_for 'the status' grep -q '^attached for .* so far$' "$tmp/err"
	unstall
	sleep 2
	end_monitor TERM '0|3'
	verdict_is_code
	[ "$(grep -c '^NETMEM_EVENT=stalled' "$tmp/hook")" -eq 1 ] ||
		fail 'it was told more than once'
}

scrape() {
	curl -sf "$@" "http://127.0.0.1:$port/metrics"
}

# metric SAMPLE: its value, as scraped last into $tmp/metrics
metric() {
	awk -v sample="$1" 'index($0, sample) == 1 { print $NF }' "$tmp/metrics"
}

scraped_events() {
	scrape >"$tmp/metrics" &&
		[ "$(metric 'netmem_pool_events_total{device="dut0"')" -gt 0 ]
}

# shipped_names: of metrics, in rules and dashboard, but for those of looks
shipped_names() {
	cat "$root/contrib/monitor/alerts.yml" "$root/contrib/monitor/grafana.json" |
		grep -o 'netmem_[a-z_]*' | sort -u | grep -vx -e netmem_verdict \
		-e netmem_coverage_ratio -e netmem_unassigned_losses \
		-e netmem_stalled_held_pages -e netmem_last_look_time_seconds
}

case_metrics() {
	attach
	veth 1500
	xdp_on dut0 netmem_pass
	monitor --listen 127.0.0.1:0 --metrics-file "$tmp/netmem.prom" \
		--json "$json"
	check "$RUNTIME" monitor --for 1s --listen "127.0.0.1:$port"
	expect_error 'Address already in use'
	check "$USAGE" monitor --listen nowhere
	tcp 1
	wait_until 20 scraped_events || fail 'no events in the metrics'
	[ "$(tail -n 1 "$tmp/metrics")" = '# EOF' ] || fail 'no # EOF'
	curl -sf "http://127.0.0.1:$port/healthz" | grep -qx ok ||
		fail 'it is not healthy'
	scrape -H 'Accept: application/openmetrics-text' |
		grep -qx '# TYPE netmem_pool_events counter' || fail 'no OpenMetrics'
	[ "$(tail -n 1 "$tmp/netmem.prom")" = '# EOF' ] || fail 'no whole file'
	shipped_names >"$tmp/names"
	[ -s "$tmp/names" ] || fail 'no names'
	while read -r name; do
		grep -q "^# TYPE $name " "$tmp/metrics" ||
			fail "alerts or dashboard ask for $name, which is none"
	done <"$tmp/names"
	if command -v promtool >/dev/null; then
		for file in "$tmp/metrics" "$tmp/netmem.prom"; do
			promtool check metrics <"$file" >"$tmp/out" 2>&1 ||
				fail 'promtool finds something'
		done
	fi
	ip link delete dut0
	wait_until 20 pool_is_gone || fail 'a pool that is gone is still there'
	end_monitor TERM '0|3'
	check "$code" report --pinned --format json
	[ "$(jq -r .verdict "$tmp/out")" = "$(jq -r .verdict "$json")" ] ||
		fail 'the report has another verdict'
	detach
}

# A socket in the file system; what kill -9 left goes, and nothing else.
case_unix_socket() {
	attach
	socket=$tmp/metrics.sock
	monitor --listen "unix:$socket"
	[ "$(stat -c '%a %F' "$socket")" = '660 socket' ] || fail 'another mode'
	wait_until 10 curl -sf --unix-socket "$socket" http://monitor/healthz \
		>"$tmp/out" || fail 'no answer'
	curl -sf --unix-socket "$socket" http://monitor/metrics |
		grep -q '^netmem_pools' || fail 'no metrics'
	check "$RUNTIME" monitor --for 1s --listen "unix:$socket"
	expect_error 'another process listens there'
	kill -KILL "$checker"
	wait "$checker"
	[ -S "$socket" ] || fail 'nothing is left to be replaced'
	check '0|3' monitor --for 1s --listen "unix:$socket"
	[ ! -e "$socket" ] || fail 'it is left'
	echo text >"$socket"
	check "$RUNTIME" monitor --for 1s --listen "unix:$socket"
	expect_error 'no socket is there'
	[ "$(cat "$socket")" = text ] || fail 'a file is gone'
	ln -sf /dev/null "$socket"
	check "$RUNTIME" monitor --for 1s --listen "unix:$socket"
	check "$RUNTIME" monitor --for 1s --listen "unix:$tmp/none/socket"
	check "$USAGE" monitor --for 1s --listen unix:
	check "$USAGE" monitor --for 1s --listen \
		"unix:$(printf '%0200d' 0)"
	detach
}

pool_is_gone() {
	scrape >"$tmp/metrics" && ! grep -q 'device="dut0"' "$tmp/metrics"
}

# A pool that waits for less than --stalled-after is no news.
case_short_stall_is_not_told() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	veth 1500
	monitor --stalled-after 1h --on-finding "env >>$tmp/hook"
	stall
	sleep 2
	unstall
	end_monitor TERM '0|3'
	! grep -qs '^NETMEM_EVENT=stalled' "$tmp/hook" || fail 'it was told'
}

case_command_ends_it() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	trap '"$NETMEM_CHECK" detach >/dev/null 2>&1; end_background' EXIT
	check '0|3' monitor --keep -- sleep 1
	detach
	check "$INCONCLUSIVE" monitor --json "$json" -- sh -c 'exit 7'
	holds '.reason_codes | index("workload_failed")' 'the reason'
	check "$USAGE" monitor --for 0
	[ ! -e $PINS ] || fail 'pins are left'
}

# A command that the monitor ends has not failed.
case_command_is_ended() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	veth 1500
	xdp_on dut0 netmem_pass
	monitor --for 5s --json "$json" -- sleep 60
	tcp 2 10M
	end_check '0|3' 'netmem-check monitor'
	holds '.reason_codes | index("workload_failed") | not' 'it did not fail'
	clean_or_lossy
	holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
	[ ! -e $PINS ] || fail 'pins are left'
}

# A watch of modest traffic that is always INCONCLUSIVE is worth nothing: one of
# some tries, which differ by what the machine loses, is PASS.
case_clean_traffic_passes() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	veth 1500
	xdp_on dut0 netmem_pass
	for try in 1 2 3 4 5; do
		monitor -i dut0 --json "$json"
		tcp 2 10M
		wait "$pid"
		end_monitor TERM '0|3'
		clean_or_lossy
		holds_pool '.device == "dut0" and .events > 0' 'events of dut0'
		[ "$code" -ne 0 ] || return 0
	done
	fail "no PASS in $try tries"
}

# Without the lock there are no samples: it says so once, and goes on later.
case_locked_out() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor
	own_run
	mkdir /run/netmem-check.lock
	wait_for 'its message' grep -q 'no samples are taken' "$tmp/err"
	sleep 3
	umount /run
	wait_for 'samples' grep -q 'samples are taken again' "$tmp/err"
	[ "$(grep -c 'no samples are taken' "$tmp/err")" -eq 1 ] ||
		fail 'it says so again and again'
	end_monitor TERM '0|3'
}

case_detached_by_another() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	monitor
	check 0 detach
	end_check "$RUNTIME" 'netmem-check monitor'
	expect_error 'detached or attached anew'
}

run_cases "$@"
