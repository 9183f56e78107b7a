#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What an option shows never changes what is true: with each option that only
# shows (the file `options` says which), each recording has the verdict, the
# reasons and the exit code that it has without. One line a case, "ok NAME" or
# "not ok NAME: WHY"; exits with 1 when one is not ok.
#
# limit: 400
#
# usage: tests/display/run.sh [NETMEM-CHECK]
# shellcheck disable=SC2016 # what `table` takes has fields of awk

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
program=${1:-$here/../../netmem-check}
recordings=$here/../replay
scratch=$(mktemp -d /tmp/netmem-display.XXXXXX) || exit 1
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=lib/sh/cases.sh
. "$here/../../lib/sh/cases.sh"

# table FILTER: rows of the file `options` that awk's FILTER takes
table() {
	awk '/^#/ || !NF { next } '"$1" "$here/options"
}

# ---- is the table whole? ----

# real_options: "SUBCOMMAND OPTION" as the program itself has them
real_options() {
	"$program" --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' |
		while read -r subcommand; do
			"$program" "$subcommand" --help |
				sed -n 's/^ \{2,6\}\(-[^-], \)\{0,1\}--\([a-z-]*\).*/\2/p' |
				grep -vxE 'help|usage|version' |
				sed "s/^/$subcommand /"
		done
}

table '{ print $1, $2 }' | sort >"$scratch/written"
real_options | sort >"$scratch/real"
if [ -s "$scratch/real" ]; then
	why=$(diff "$scratch/real" "$scratch/written" |
		sed -n 's/^</not in the table:/p; s/^>/no such option:/p' | tr '\n' ' ')
else
	why='--help lists no option'
fi
report display/every_option_is_in_the_table "$why"

# unproven: rows without what a kind needs
unproven() {
	table '$3 == "shows" && NF < 4 || $3 == "asks" && NF > 3 ||
		$3 != "shows" && $3 != "asks" { print "bad row:", $0 }'
	table '$4 ~ /^live\// { print substr($4, 6) }' | tr : ' ' |
		while read -r file one; do
			grep -q "^case_$one() {" "$here/../live/$file.sh" ||
				echo "no case live/$file: $one"
		done
	table '$4 ~ /^golden\/cases:/ { print substr($4, 14) }' |
		while read -r one; do
			grep -q "^$one .*--json" "$here/../golden/cases" ||
				echo "no golden case $one"
		done
	table '$3 == "shows" && $4 !~ /^(live|golden)\// && $1 != "report" &&
		$1 != "checks" { print "nothing tries:", $0 }'
}
report display/each_that_shows_is_proven "$(unproven | tr '\n' ' ')"

# ---- recordings ----

# combinations: the options of `report` that show, a combination a line: each
# value of each option, and without it
combinations() {
	echo >"$scratch/lines"
	table '$1 == "report" && $3 == "shows"' >"$scratch/rows"
	while read -r _ option _ values; do
		while read -r line; do
			echo "$line"
			for value in $values; do
				echo "$line --$option=$value"
			done
		done <"$scratch/lines" >"$scratch/more"
		mv "$scratch/more" "$scratch/lines"
	done <"$scratch/rows"
	cat "$scratch/lines"
}

# json_truth FILE...: do JSON reports say the same, beside what they list?
json_truth() {
	jq -es 'map(del(.min_age_ms) | .pools[] |= del(.pages, .pages_unlisted,
		.holders, .holders_unlisted)) | length > 1 and (unique | length == 1)' \
		"$@" >/dev/null
}

# ktap_truth FILE: reasons, warnings and verdict of a KTAP or TAP report
ktap_truth() {
	awk '/^#/ && !/^# [0-9]* events?,/ && !/^# [a-z_]* cannot be made: / {
			said = said $0 "\n" }
		/^(not )?ok / && $0 !~ verdict { said = "" }
		$0 ~ verdict {
			printf "%s%s\n", said, /^not| # SKIP / ? "not ok" : "ok" }' \
		verdict=' verdict( # SKIP INCONCLUSIVE)?$' "$1"
}

# ktap_of FILE: the same, made of a JSON report
ktap_of() {
	jq -r '.verdict as $verdict | (.reasons[] | "# \($verdict): \(.)"),
		(.warnings[] | "# warning: \(.)"),
		(if $verdict == "PASS" then "ok" else "not ok" end)' "$1"
}

# try RECORDING: says what is another than without options
try() {
	rm -f "$scratch"/out.* "$scratch/codes"
	count=0
	while read -r options; do
		count=$((count + 1))
		# shellcheck disable=SC2086 # options
		"$program" report $options "$1" >"$scratch/out.$count" 2>&1
		echo "exit code $?: report $options" >>"$scratch/codes"
	done <"$scratch/combinations"
	jsons=$(grep -lx '{' "$scratch"/out.*)
	plain=${jsons%%"
"*}
	verdict=$(jq -r '"\(.verdict) \(.exit_code)"' "$plain")
	grep -v "^exit code ${verdict#* }:" "$scratch/codes"
	# shellcheck disable=SC2086 # files
	json_truth $jsons || echo 'JSON reports differ in more than what they list;'
	ktap_of "$plain" >"$scratch/ktap"
	for out in "$scratch"/out.*; do
		case $(head -n 1 "$out") in
		'{' | "netmem-check: ${verdict% *}") continue ;;
		'<!DOCTYPE html>')
			grep -q "^<p class=\"verdict [a-z]*\">${verdict% *}</p>\$" "$out" && continue
			;;
		KTAP* | TAP*) ktap_truth "$out" | cmp -s - "$scratch/ktap" && continue ;;
		esac
		echo "report $(sed -n "${out##*.}p" "$scratch/combinations"): another verdict;"
	done
}

combinations >"$scratch/combinations"
for recording in "$recordings"/*.jsonl; do
	name=${recording##*/}
	report "display/${name%.jsonl}" "$(try "$recording" | tr '\n' ' ')"
done

# no_difference: options that show nothing else, and so are not tried above.
# The watch of this recording had a --min-age.
no_difference() {
	one=$recordings/stalled_shutdown.min_age.jsonl
	"$program" report "$one" >"$scratch/without"
	table '$1 == "report" && $3 == "shows"' | while read -r _ option _ values; do
		for value in $values; do
			"$program" report "--$option=$value" "$one" |
				cmp -s - "$scratch/without" && echo "--$option=$value"
		done
	done
}
report display/each_value_shows_something_else "$(no_difference | tr '\n' ' ')"

# lists AGE PAGES HOLDERS: with that --min-age that many are left
lists() {
	"$program" report --format=json "--min-age=$1" "$recordings/leaked.good.jsonl" |
		jq -e --argjson pages "$2" --argjson holders "$3" '.pools[0] |
			(.pages | length) == $pages and .pages_unlisted == 2 - $pages and
			(.holders | length) == $holders and
			.holders_unlisted == 2 - $holders' >/dev/null ||
		echo "JSON, $1;"
	"$program" report "--min-age=$1" "$recordings/leaked.good.jsonl" >"$scratch/out"
	[ "$(grep -cE 'frame 0x100[01], HELD' "$scratch/out")" = "$2" ] &&
		[ "$(grep -cE '^ +[0-9].* (receive queue|deferred frees) ' "$scratch/out")" = "$3" ] &&
		[ "$(grep -c "not listed: $((2 - $2)) younger" "$scratch/out")" = "$(($2 < 2))" ] &&
		[ "$(grep -c "and $((2 - $3)) younger" "$scratch/out")" = "$(($3 < 2))" ] ||
		echo "text, $1;"
}

# The pages are 4.2 and 4.1 s old; one holder's age is unknown, it stays.
report display/min_age_lists_and_counts "$(
	{ lists 0s 2 2 && lists 4100ms 2 2 && lists 4101ms 1 2 && lists 4200ms 1 2 &&
		lists 4201ms 0 1 && lists 3650d 0 1; } | tr '\n' ' '
)"

# ---- terminals ----

# on_terminal COLUMNS RECORDING: its exit code and first line, without colour
on_terminal() {
	script --quiet --return --command \
		"stty cols $1; exec '$program' report '$2'" /dev/null \
		</dev/null >"$scratch/out"
	echo "$? $(head -n 1 "$scratch/out" | tr -d '\r' |
		sed 's/\x1b\[[0-9;]*m//g')"
}

# at_widths RECORDING: on terminals as elsewhere
at_widths() {
	"$program" report "$1" >"$scratch/piped"
	wanted="$? $(head -n 1 "$scratch/piped")"
	for columns in 20 80 250; do
		for no_colour in '' 1; do
			got=$(NO_COLOR=$no_colour on_terminal $columns "$1")
			[ "$got" = "$wanted" ] || echo "$columns columns: $got;"
		done
	done
	cmp -s "$scratch/piped" "$scratch/out" && echo 'it is no terminal;'
}
for name in leaked.bad leaked.good leaked.blind; do
	report "display/widths_and_colours_of_$name" \
		"$(at_widths "$recordings/$name.jsonl" | tr '\n' ' ')"
done

# ---- checks ----

# checks_exit ARGUMENT...: the exit code with and without each option
checks_exit() {
	for option in '' --json --markdown; do
		# --markdown stands alone
		[ "$option" != --markdown ] || [ $# = 0 ] || continue
		# shellcheck disable=SC2086 # an option or none
		"$program" checks $option "$@" >/dev/null 2>&1
		echo $?
	done | sort -u
}
report display/checks_exit_code "$(
	[ "$(checks_exit)" = 0 ] || echo 'the list;'
	[ "$(checks_exit leaked)" = 0 ] || echo 'one check;'
	[ "$(checks_exit no_such_check)" = 2 ] || echo 'no such check;'
)"

exit "$failed"
