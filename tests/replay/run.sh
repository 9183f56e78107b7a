#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Replays each recording of the file `expected` and compares verdict, exit code
# and findings, and looks for a text among reasons and warnings where one is
# expected; each check must have a bad and a good recording. One line a
# case, "ok NAME" or "not ok NAME"; exits with 1 when one is not ok.
#
# usage: tests/replay/run.sh [NETMEM-CHECK]

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
# shellcheck source=lib/sh/cases.sh
. "$here/../../lib/sh/cases.sh"

# summary FILE: "VERDICT EXIT FINDINGS" as the file `expected` has it; leaves
# the report in $json
summary() {
	json=$("$program" report --format json "$1" 2>&1)
	code=$?
	got=$(printf '%s\n' "$json" | jq -r --arg code "$code" '
		[.findings[].check] as $findings |
		if (.exit_code | tostring) != $code then
			"exit code \($code), but \(.exit_code) in the JSON"
		else
			"\(.verdict) \($code) " + (if $findings == []
				then "-" else $findings | join(",") end)
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

# says TEXT: is it part of a reason or warning in $json?
says() {
	[ -z "$1" ] || printf '%s\n' "$json" | jq -e --arg text "$1" \
		'any(.reasons[], .warnings[]; contains($text))' >/dev/null
}

replay_case() {
	file=$here/$1
	wanted="$2 $3 $4"
	if [ ! -f "$file" ]; then
		report "replay/${1%.jsonl}" "no such recording"
		return
	fi
	summary "$file"
	if [ "$got" != "$wanted" ]; then
		report "replay/${1%.jsonl}" "expected '$wanted', got '$got'"
	elif ! says "$5"; then
		report "replay/${1%.jsonl}" "no reason or warning says '$5'"
	else
		report "replay/${1%.jsonl}" "$(same_exit "$file" "$3")"
	fi
}

# in_list CHECK TWIN: is the recording in `expected`?
in_list() {
	grep -q "^$1\.$2\.jsonl " "$here/expected"
}

# usage of our own, for each line of `expected`: --case NETMEM-CHECK LINE
if [ "${1:-}" = --case ]; then
	program=$2
	read -r file verdict code findings text <<-END
		$3
	END
	replay_case "$file" "$verdict" "$code" "$findings" "$text"
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

exit "$failed"
