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
program=${1:-$here/../../netmem-check}
failed=0

report() {
	if [ -z "$2" ]; then
		echo "ok $1"
	else
		echo "not ok $1: $2"
		failed=1
	fi
}

# summary FILE: "VERDICT EXIT FINDINGS" as the file `expected` has it
summary() {
	json=$("$program" report --format json "$1" 2>&1)
	code=$?
	if ! printf '%s\n' "$json" | jq -e . >/dev/null 2>&1; then
		echo "exit $code: $json"
		return
	fi
	printf '%s\n' "$json" | jq -r --arg code "$code" '
		[.findings[].check] as $findings |
		if (.exit_code | tostring) != $code then
			"exit code \($code), but \(.exit_code) in the JSON"
		else
			"\(.verdict) \($code) " + (if $findings == []
				then "-" else $findings | join(",") end)
		end'
}

# text and KTAP must agree with the JSON on the exit code
same_exit() {
	for format in text ktap; do
		"$program" report --format "$format" "$1" >/dev/null 2>&1
		code=$?
		[ "$code" = "$2" ] || echo "$format: exit $code, not $2"
	done
}

# says FILE TEXT: is it part of a reason or warning?
says() {
	[ -z "$2" ] || "$program" report --format json "$1" 2>/dev/null |
		jq -e --arg text "$2" \
			'any(.reasons[], .warnings[]; contains($text))' >/dev/null
}

replay_case() {
	file=$here/$1
	wanted="$2 $3 $4"
	if [ ! -f "$file" ]; then
		report "replay/${1%.jsonl}" "no such recording"
		return
	fi
	got=$(summary "$file")
	if [ "$got" != "$wanted" ]; then
		report "replay/${1%.jsonl}" "expected '$wanted', got '$got'"
	elif ! says "$file" "$5"; then
		report "replay/${1%.jsonl}" "no reason or warning says '$5'"
	else
		report "replay/${1%.jsonl}" "$(same_exit "$file" "$3")"
	fi
}

# in_list CHECK TWIN: is the recording in `expected`?
in_list() {
	grep -q "^$1\.$2\.jsonl " "$here/expected"
}

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

while read -r file verdict code findings text; do
	case $file in
	'' | '#'*) continue ;;
	esac
	replay_case "$file" "$verdict" "$code" "$findings" "$text"
done <"$here/expected"

exit "$failed"
