# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (7) Instructions of a page's hand-out and return with nothing armed, by
# tracepoints, by fentry and by kprobe, and of the events of tracepoints: counted
# by QEMU, in a guest of lab/cost, as not every kernel allows function tracing.

: "${tmp:?}" "${BENCH_ROOT:?}"

cost=$BENCH_ROOT/build/lab/cost/bookworm-6.1

# instructions WAY PATH: of one round
instructions() {
	awk -v way="$1" -v path="$2" \
		'$1 == way && $2 == path { print $4 / $3; exit }' "$cost/figures"
}

# function_row PATH METRIC
function_row() {
	for way in none tracepoint fentry kprobe; do
		note_figure "$tmp/function-$1.figures" 1 $way \
			"$(instructions $way "$1")"
	done
	row "$2" instr "$(median_of "$tmp/function-$1.figures" fentry)" \
		'not armed' "$(median_of "$tmp/function-$1.figures" none)" \
		"$(ratio_of "$tmp/function-$1.figures" fentry none)" ''
}

# above PATH: what netmem-check's programs on tracepoints need on it more than
# empty ones
above() {
	calculate "$(instructions tracepoint "$1") - $(instructions empty "$1")" %.1f
}

# event_row METRIC INSTRUCTIONS AIM
event_row() {
	row "$1" instr "$2" '' '' '' "$3"
}

event_rows() {
	event_row 'hold, above empty' "$(above hold)" '<=150'
	event_row 'release, above empty' \
		"$(calculate "$(above gone) - $(above hold) - $(above free)" %.1f)" '<=160'
	event_row 'page free, above empty' "$(above free)" '<=60'
}

measure_function() {
	metric='fentry, a page out and back'
	if [ "$BENCH_NO_GUEST" ]; then
		row_skipped "$metric" instr "$BENCH_NO_GUEST"
		return
	fi
	"$BENCH_ROOT/lab/cost" --results "$cost" >/dev/null 2>"$tmp/cost.log" || {
		row_skipped "$metric" instr "$(tail -n 1 "$tmp/cost.log")"
		return
	}
	function_row cache 'fentry, page by the cache'
	function_row ring 'fentry, page by the ring'
	function_row gone 'fentry, page not recycled'
	function_row frag 'fentry, fragment by the ring'
	function_row skb 'fentry, fragment by an skb'
	event_rows
	cat "$cost/table" >>"$tmp/tables"
}
