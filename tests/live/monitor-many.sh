#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A monitor of very many pools, and of devices that come and go.
# limit: 600
# slow
# alone
. "${0%/*}/lib.sh"
# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

# many_queues COUNT: dut0 with a pool for each receive queue
many_queues() {
	in_background unshare --net sleep 86400
	far=$pid
	wait_for 'a new namespace' other_namespace "$far"
	own_namespace_of "$far"
	ip link add dut0 numrxqueues "$1" numtxqueues "$1" type veth \
		peer name far0 numrxqueues "$1" numtxqueues "$1" netns "$far" ||
		skip "no veth with $1 queues"
	for end in dut0 far0; do
		in_end $end ip link set $end up
	done
	address $$ dut0 $DUT_ADDR
	address "$far" far0 $FAR_ADDR
	xdp_on dut0 netmem_pass
}

# many_flows COUNT: one packet each, so that each queue has some
many_flows() {
	# shellcheck disable=SC2016 # of the other shell
	far bash -c 'for ((i = 0; i < $1; i++)); do
		echo >/dev/udp/$2/$((1024 + i % 60000)); done 2>/dev/null' \
		bash "$1" $DUT_ADDR
}

scrape_url() {
	echo "http://127.0.0.1:$port/metrics"
}

pools_scraped() {
	curl -sf "$(scrape_url)" >"$tmp/metrics" &&
		[ "$(grep -c '^netmem_pool_inflight_pages{' "$tmp/metrics")" -ge "$1" ]
}

# rss: KiB of the monitor
rss() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$checker/status"
}

sample_us() {
	awk '/^netmem_sample_duration_seconds / { printf "%d", $2 * 1e6 }' "$tmp/metrics"
}

case_a_thousand_pools() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	own_run
	monitor --listen :0 --store "$db"
	many_queues 1000
	many_flows 12000
	wait_until 60 pools_scraped 950 ||
		fail "$(grep -c '^netmem_pool_inflight' "$tmp/metrics") pools only"
	count=$(grep -c '^netmem_pool_inflight_pages{' "$tmp/metrics")
	size=$(wc -c <"$tmp/metrics")
	before=$(sample_us)
	[ "$size" -lt 1048576 ] || fail "a scrape of $count pools has $size bytes"
	seconds=$(curl -sf -o /dev/null -w '%{time_total}\n' "$(scrape_url)")
	# 100 a second for 10 s, while it goes on
	samples=$(ask 'SELECT count(DISTINCT time) FROM samples')
	start=$(date +%s)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		curl -sf -o /dev/null --rate 100/s "$(scrape_url)?[1-100]" \
			-w '%{time_total}\n' || echo failed
		sleep 0.1
	done >"$tmp/times" 2>&1
	took=$(($(date +%s) - start))
	! grep -q failed "$tmp/times" || fail 'a scrape failed'
	[ "$(wc -l <"$tmp/times")" -eq 1000 ] || fail 'not 1,000 scrapes'
	worst=$(sort -n "$tmp/times" | tail -n 1)
	middle=$(sort -n "$tmp/times" | sed -n 500p)
	samples=$(($(ask 'SELECT count(DISTINCT time) FROM samples') - samples))
	pools_scraped 950
	echo "$count pools: $size bytes, $seconds s a scrape, sample $before us;" \
		"1000 scrapes in $took s: median $middle s, worst $worst s," \
		"sample $(sample_us) us, $samples samples meanwhile, RSS $(rss) KiB"
	awk -v s="$middle" 'BEGIN { exit s >= 0.05 }' || fail 'slower than 50 ms'
	[ $((samples * 2)) -ge "$took" ] || fail 'samples were missed'
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings
}

# More than there are slots: what has none is a loss that is shown.
case_four_thousand_pools() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	own_run
	monitor --listen :0 --json "$json"
	many_queues 4096
	many_flows 60000
	wait_until 60 pools_scraped 3500 ||
		fail "$(grep -c '^netmem_pool_inflight' "$tmp/metrics") pools only"
	sleep 5
	pools_scraped 3500
	echo "$(grep -c '^netmem_pool_inflight_pages{' "$tmp/metrics") pools:" \
		"$(wc -c <"$tmp/metrics") bytes a scrape, sample $(sample_us) us," \
		"RSS $(rss) KiB"
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings
	jq -c '[.verdict, .reason_codes]' "$json"
}

# come_and_go NAME SECONDS: a device with a pool and a packet, again and again
come_and_go() {
	end=$(($(date +%s) + $2))
	rounds=0
	while [ "$(date +%s)" -lt $end ]; do
		ip link add "$1" type veth peer name "go$1" netns "$far"
		ip link set dev "$1" xdpdrv obj "$xdp_object" program netmem_pass
		ip link set "$1" up
		far ip link set "go$1" up
		far "$traffic_tool" raw --dev "go$1" --to ff:ff:ff:ff:ff:ff \
			--count 3 >/dev/null 2>&1
		ip link delete "$1"
		rounds=$((rounds + 1))
	done
	echo "$rounds devices $1 in $2 s"
}

come_and_go_twice() {
	come_and_go come0 "$1" &
	come_and_go come1 "$1"
	wait $!
}

case_devices_come_and_go() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	own_run
	veth 1500
	xdp_on dut0 netmem_pass
	monitor --listen :0 --store "$db" --json "$json"
	tcp 60 5M
	come_and_go_twice 10
	before=$(rss)
	come_and_go_twice 30
	after=$(rss)
	echo "RSS $before KiB, then $after KiB"
	wait_until 10 scraped_alive || fail 'no samples any more'
	[ $((after - before)) -lt 4096 ] || fail 'its memory grows'
	end_monitor TERM '0|3'
	verdict_is_code
	no_findings_but_stalls
	holds '.coverage.pools_judged > 50' 'the pools that went'
	[ "$(ask 'PRAGMA integrity_check')" = ok ] || fail 'the store is damaged'
}

scraped_alive() {
	curl -sf "$(scrape_url)" | awk -v now="$(date +%s)" '
		/^netmem_last_sample_time_seconds / { exit now - $2 > 5 }'
}

run_cases "$@"
