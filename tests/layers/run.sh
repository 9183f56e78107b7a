#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# tools/layers on small trees with planted violations, and on sound ones
# (planted). Prints TAP.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
number=0 failed=0

# plant PATH=CONTENT...: a tree in $tmp/tree, and what it compiles to
plant() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/user" "$tmp/tree/build/user"
	for file; do
		path=$tmp/tree/${file%%=*}
		mkdir -p "${path%/*}"
		printf '%s' "${file#*=}" | tr '~^' ' \n' >"$path"
	done
	(cd "$tmp/tree" && find user -name '*.c' | while read -r source; do
		mkdir -p "build/${source%/*}"
		${CC:-cc} -w -I. -c -o "build/${source%.c}.o" "$source" || exit 1
	done)
}

# is_right VERDICT WORDS: did tools/layers say so?
is_right() {
	"$root/tools/layers" --root "$tmp/tree" >"$tmp/out" 2>&1
	code=$?
	case $1 in
	good) [ $code -eq 0 ] && [ ! -s "$tmp/out" ] ;;
	bad) [ $code -eq 1 ] && grep -qF -- "$2" "$tmp/out" ;;
	*) return 1 ;;
	esac
}

while IFS='|' read -r verdict words files; do
	case $verdict in '#'* | '') continue ;; esac
	number=$((number + 1))
	# shellcheck disable=SC2086 # a list of files
	if plant $files && is_right "$verdict" "$words"; then
		echo "ok $number - layers/$verdict ${words:-$files}"
	else
		echo "not ok $number - layers/$verdict ${words:-$files}"
		cat "$tmp/out"
		failed=1
	fi
done <"$root/tests/layers/planted"
echo "1..$number"
exit $failed
