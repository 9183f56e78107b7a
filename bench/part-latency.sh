# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (5) From start to armed, and from stop to verdict less the drain, as
# netmem-check tells it in its report; and the same seen from outside.

: "${tmp:?}" "${check:?}"

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# One run with a workload that says when it starts and ends. It starts after
# the arming, and its end is seen at the next poll, 50 ms later at most.
time_once() {
	rm -f "$tmp/timing.json"
	start=$(now_ms)
	# shellcheck disable=SC2016 # for the inner shell
	"$check" run --drain 0 --json "$tmp/timing.json" -- \
		sh -c 'date +%s%N >"$1"; sleep 0.3; date +%s%N >>"$1"' sh "$tmp/times" \
		>/dev/null 2>&1
	end=$(now_ms)
	[ "$(wc -l <"$tmp/times" 2>/dev/null)" = 2 ] || return
	{
		read -r began
		read -r ended
	} <"$tmp/times"
	note_figure "$tmp/start-to-armed.figures" "$1" outside $((began / 1000000 - start))
	note_figure "$tmp/stop-to-verdict.figures" "$1" outside $((end - ended / 1000000))
	note_figure "$tmp/start-to-armed.figures" "$1" told \
		"$(jq -r '.timing.start_to_armed_ms // empty' "$tmp/timing.json")"
	note_figure "$tmp/stop-to-verdict.figures" "$1" told \
		"$(jq -r '.timing.stop_to_verdict_ms // empty' "$tmp/timing.json")"
}

# latency_row FILE METRIC AIM
latency_row() {
	told=$(median_of "$1" told)
	outside=$(median_of "$1" outside)
	if [ -z "$outside" ]; then
		row_skipped "$2" ms 'netmem-check did not run'
		return
	fi
	if [ "$told" ]; then
		row "$2" ms "$told" 'from outside' "$outside" '' "$3"
		return
	fi
	row "$2" ms "$outside" '' '' '' "$3"
	remark "$2: measured from outside, as the report has no timing"
}

measure_latency() {
	xdp_attach 1 dut0 netmem_pass
	round=0
	while [ $round -lt "$(rounds 15 3)" ]; do
		round=$((round + 1))
		time_once $round
	done
	xdp_detach 1 dut0
	latency_row "$tmp/start-to-armed.figures" 'start to armed' '<=300'
	latency_row "$tmp/stop-to-verdict.figures" 'stop to verdict, no drain' '<=200'
}
