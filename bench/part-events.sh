# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (1) What each hold and release event costs: empty programs, ours, bpftrace.

: "${bench:?}" "${tools:?}" "${tmp:?}" "${BENCH_ROOT:?}" "${check:?}"

# TCP over two veth pairs with XDP redirect between them: nearly every frame
# takes a page from the allocator and gives it back.
#
# with_traffic SECONDS WRAPPER...
with_traffic() {
	seconds=$1
	shift
	"$@" env NETMEM_SECONDS="$seconds" "$BENCH_ROOT/scenarios/run" xdp-redirect
}

# costs_empty, costs_ours, costs_bpftrace SECONDS: leave them in $tmp/costs
costs_empty() {
	with_traffic "$1" "$tools/events" --empty "$tmp/costs"
}

costs_ours() {
	with_traffic "$1" armed -- "$tools/events" --above "$tmp/costs"
}

costs_bpftrace() {
	BPFTRACE_MAP_KEYS_MAX=262144 bpftrace -q -o "$tmp/bpftrace.out" \
		"$bench/pairing.bt" >"$tmp/bpftrace.log" 2>&1 &
	bpftrace=$!
	with_traffic "$1" "$tools/events" --pid $bpftrace "$tmp/costs"
	kill -INT $bpftrace
	wait $bpftrace
	cat "$tmp/bpftrace.out" >>"$tmp/bpftrace.all"
}

why_no_bpftrace() {
	if ! command -v bpftrace >/dev/null; then
		echo 'bpftrace is not installed'
	elif ! mount -t tracefs none /sys/kernel/tracing 2>/dev/null; then
		echo 'no tracefs, which bpftrace needs'
	fi
}

cost_row() {
	file=$tmp/$1.figures
	base=$(median_of "$file" empty)
	ours=$(median_of "$file" ours)
	theirs=$(median_of "$file" bpftrace)
	if [ -z "$base" ] || [ -z "$ours" ]; then
		row_skipped "cost of a $1, above empty" ns \
			'no statistics of the programs, or no events'
		return
	fi
	ours=$(calculate "$ours - $base" %.2f)
	if [ -z "$theirs" ]; then
		row "cost of a $1, above empty" ns "$ours" '' '' '' ''
		row_skipped "cost of a $1, bpftrace" ns \
			"${no_bpftrace:-bpftrace did not load its script}"
	else
		theirs=$(calculate "$theirs - $base" %.2f)
		row "cost of a $1, above empty" ns "$ours" bpftrace "$theirs" \
			"$(ratio_of "$file" ours bpftrace empty)" "$2"
	fi
	remark "an empty program on $1: $base ns, nearly all of it the clock of the statistics"
}

# one_clock EVENT NS PROGRAMS: without the clock of all programs but one. The
# first subject of all is the empty program, so its figure is there.
one_clock() {
	[ "$3" -gt 1 ] || {
		echo "$2"
		return
	}
	calculate "$2 - ($3 - 1) * $(median_of "$tmp/$1.figures" empty)" %.2f
}

measure_events() {
	no_bpftrace=$(why_no_bpftrace)
	subjects='empty ours bpftrace'
	[ -z "$no_bpftrace" ] || subjects='empty ours'
	seconds=$(rounds 2 1)
	round=0
	while [ $round -lt "$(rounds 9 2)" ]; do
		round=$((round + 1))
		# shellcheck disable=SC2086 # a list of words
		for subject in $(in_turn $round $subjects); do
			rm -f "$tmp/costs"
			quiet "costs_$subject" "$seconds"
			[ -f "$tmp/costs" ] || continue
			while read -r event _ ns programs; do
				note_figure "$tmp/$event.figures" $round $subject \
					"$(one_clock "$event" "$ns" "$programs")"
			done <"$tmp/costs"
		done
	done
	cost_row hold '<=0.2'
	cost_row release '<=0.25'
	if [ -f "$tmp/bpftrace.all" ]; then
		remark "messages of bpftrace's script on this clean traffic: $(grep -c '^unknown page\|^hold twice\|^wrong pool' "$tmp/bpftrace.all")"
	fi
}
