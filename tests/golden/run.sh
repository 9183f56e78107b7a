#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Renders each case of the file `cases` as people and programs get it, and
# compares the whole output and the exit code with expected/. One line a
# rendering, "ok NAME" or "not ok NAME", the latter with the difference below;
# exits with 1 when one is not ok. Needs neither root nor a page pool.
#
# usage: tests/golden/run.sh [--update] [NETMEM-CHECK]
#
# --update: writes expected/ anew instead, and shows what that changes.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
update=
[ "${1:-}" != --update ] || {
	update=yes
	shift
}
program=$(realpath -- "${1:-$here/../../netmem-check}") || exit 1
[ -x "$program" ] || {
	echo "not ok golden/program: no $program; \`make\` builds it"
	exit 1
}
expected=$here/expected
DIFF_LINES=60 # of one rendering
# shellcheck source=lib/sh/cases.sh
. "$here/../../lib/sh/cases.sh"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/netmem-golden.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
got=$scratch/expected
mkdir "$got"

# Nothing of the caller's may be in what we print.
export LC_ALL=C
unset NETMEM_TEST NETMEM_DEBUG NO_COLOR
cd "$here/.." || exit 1 # the cases name their recordings from here

# renderings: of each case and format a line "FILE COLUMNS ARGUMENT..."
renderings() {
	while read -r name formats arguments; do
		case $name in
		'' | '#'*) continue ;;
		esac
		for format in $(echo "$formats" | tr , ' '); do
			case $format in
			text)
				echo "$name.80 80 $arguments"
				echo "$name.120 120 $arguments"
				;;
			narrow) echo "$name.40 40 $arguments" ;;
			plain) echo "$name.txt 80 $arguments" ;;
			json | ktap | tap)
				echo "$name.$format 80 $arguments --format $format"
				;;
			--json | --markdown)
				echo "$name.${format#--} 80 $arguments $format"
				;;
			esac
		done
	done <"$here/cases"
}

# render_share N OF: each OF'th line of the list, from the Nth on
render_share() {
	awk "NR % $2 == $1" "$scratch/list" |
		while read -r file columns arguments; do
			# shellcheck disable=SC2086 # words of a command
			COLUMNS=$columns "$program" $arguments \
				>"$got/$file" 2>&1 </dev/null
			echo "exit $?" >>"$got/$file"
		done
}

render() {
	jobs=$(nproc)
	job=0
	while [ "$job" -lt "$jobs" ]; do
		render_share "$job" "$jobs" &
		job=$((job + 1))
	done
	wait
}

compare() {
	while read -r file rest; do
		if [ ! -f "$expected/$file" ]; then
			report "golden/$file" "no expected/$file; \`make golden\` writes it"
		elif cmp -s "$expected/$file" "$got/$file"; then
			report "golden/$file" ''
		else
			diff -u --label "expected/$file" --label "netmem-check $rest" \
				"$expected/$file" "$got/$file" >"$scratch/diff"
			report "golden/$file" "differs; if it should, \`make golden\`"
			head -n "$DIFF_LINES" "$scratch/diff"
		fi
	done <"$scratch/list"
}

# What is expected, and rendered by no case: a case was lost
strays() {
	for file in "$expected"/*; do
		[ -f "$got/${file##*/}" ] || printf ' %s' "${file##*/}"
	done
}

# Each check must have a case in which it is found.
unfound() {
	for check in $("$program" checks --json | sed -n 's/.*"check": "\(.*\)".*/\1/p'); do
		grep -qx "      \"check\": \"$check\"," "$got"/*.json ||
			printf ' %s' "$check"
	done
}

update() {
	mkdir -p "$expected"
	mv "$expected" "$scratch/before"
	cp -R "$got" "$expected"
	mv "$got" "$scratch/after"
	cd "$scratch" &&
		git --no-pager diff --no-index --stat=100 --patch before after
}

renderings >"$scratch/list"
render
if [ "$update" ]; then
	update && echo "nothing changes"
	exit 0
fi
missing=$(unfound)
report golden/complete "${missing:+no case finds$missing}"
missing=$(strays)
report golden/strays "${missing:+no case renders$missing}"
compare
exit "$failed"
