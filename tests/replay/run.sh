#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Replays each recording of the file `expected` and compares verdict, exit code,
# findings, the codes of reasons and warnings, and why pages without a holder are
# not called leaked; each check must have a bad and a good recording. One line a
# case, "ok NAME" or "not ok NAME"; exits with 1 when one is not ok.
#
# Then tests/replay/hostile.
#
# limit: 400
# usage: tests/replay/run.sh [NETMEM-CHECK]

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
# shellcheck source=lib/sh/cases.sh
. "$here/../../lib/sh/cases.sh"

# summary FILE: "VERDICT EXIT FINDINGS REASONS WARNINGS DOUBTS" as the file
# `expected` has it
summary() {
	json=$("$program" report --format json "$1" 2>&1)
	code=$?
	got=$(printf '%s\n' "$json" | jq -r --arg code "$code" '
		def listed: if . == [] then "-" else join(",") end;
		if (.exit_code | tostring) != $code then
			"exit code \($code), but \(.exit_code) in the JSON"
		elif [.reasons, .warnings | length] !=
			[.reason_codes, .warning_codes | length] then
			"not a code for each reason and warning"
		else [.verdict, $code, ([.findings[].check] | listed),
			(.reason_codes | listed), (.warning_codes | listed),
			([.pools[].unheld_doubt | values] | listed)] | join(" ")
		end' 2>/dev/null) || got="exit $code: $json"
}

# text and KTAP must agree with the JSON on the exit code
same_exit() {
	for format in text ktap; do
		"$program" report --format "$format" "$1" >/dev/null 2>&1
		code=$?
		[ "$code" = "$2" ] || echo "$format: exit $code, not $2"
	done
}

# replay_case RECORDING VERDICT EXIT FINDINGS REASONS WARNINGS DOUBTS
replay_case() {
	file=$here/$1
	name=$1 exit_code=$3
	shift
	wanted=$*
	if [ ! -f "$file" ]; then
		report "replay/${name%.jsonl}" "no such recording"
		return
	fi
	summary "$file"
	if [ "$got" != "$wanted" ]; then
		report "replay/${name%.jsonl}" "expected '$wanted', got '$got'"
	else
		report "replay/${name%.jsonl}" "$(same_exit "$file" "$exit_code")"
	fi
}

# in_list CHECK TWIN: is the recording in `expected`?
in_list() {
	grep -q "^$1\.$2\.jsonl " "$here/expected"
}

# usage of our own, for each line of `expected`: --case NETMEM-CHECK LINE
if [ "${1:-}" = --case ]; then
	program=$2
	# shellcheck disable=SC2086 # a line's columns
	replay_case $3
	exit "$failed"
fi

program=${1:-$here/../../netmem-check}
if ! checks=$("$program" checks --json | jq -r '.[].check') ||
	[ -z "$checks" ]; then
	echo "not ok replay/checks: '$program checks --json' gave no list"
	exit 1
fi
missing=
for check in $checks; do
	for twin in bad good; do
		in_list "$check" "$twin" || missing="$missing $check.$twin"
	done
done
report replay/complete "${missing:+no recording for$missing}"

grep -v -e '^#' -e '^$' "$here/expected" |
	xargs -r -d '\n' -n 1 -P "$(nproc)" "$0" --case "$program" || failed=1

"$here/hostile" "$program" || failed=1

exit "$failed"
