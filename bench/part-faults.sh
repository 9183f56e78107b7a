# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# (6) Page faults a second, each with a page free, with a netmem-check armed,
# with one that leaves the free path alone, with an empty program there, and
# with nothing.

: "${tools:?}" "${tmp:?}"

faults_plain() {
	"$tools/faults" "$1"
}

faults_armed() {
	armed -- "$tools/faults" "$1"
}

faults_hook() {
	"$tools/faults" "$1" hook
}

faults_cheap() {
	armed --no-free-hook -- "$tools/faults" "$1"
}

# faults_row SUBJECT METRIC AIM
faults_row() {
	ours=$(median_of "$tmp/faults.figures" "$1")
	plain=$(median_of "$tmp/faults.figures" plain)
	if [ -z "$ours" ] || [ -z "$plain" ]; then
		row_skipped "$2" M/s 'it did not run'
		return
	fi
	row "$2" M/s "$(calculate "$ours / 1e6" %.4f)" 'not running' \
		"$(calculate "$plain / 1e6" %.4f)" \
		"$(ratio_of "$tmp/faults.figures" "$1" plain)" "$3"
}

measure_faults() {
	seconds=$(rounds 1 0.5)
	round=0
	while [ $round -lt "$(rounds 15 3)" ]; do
		round=$((round + 1))
		for subject in $(in_turn $round plain armed cheap hook); do
			note_figure "$tmp/faults.figures" $round "$subject" \
				"$("faults_$subject" "$seconds" 2>/dev/null)"
		done
	done
	faults_row armed 'page faults, netmem-check armed' '>=0.97'
	faults_row cheap 'page faults, --no-free-hook' '>=0.97'
	faults_row hook 'page faults, an empty free hook' ''
}
