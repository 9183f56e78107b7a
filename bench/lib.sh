# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Rounds, medians and the table.
#
# A part measures its subjects (ours, empty, ...) in turn, round after round,
# and notes each figure in a file: ROUND SUBJECT VALUE. A ratio is taken within
# each round, between figures that are seconds apart; what is printed is the
# median of these, and of each subject.

: "${check:?}" "${tmp:?}" "${rows:?}"

# ---- progress ----

started=$(uptime)

# progress TEXT: on stderr, so that the table can be redirected
progress() {
	elapsed=$((($(uptime) - started) / 100))
	printf 'bench: %3d s  %s\n' "$elapsed" "${1:-done}" >&2
}

# rounds FULL QUICK: how many
rounds() {
	if [ "$BENCH_QUICK" = 1 ]; then echo "$2"; else echo "$1"; fi
}

# in_turn ROUND SUBJECT...: the subjects, every other round in reverse, so that
# none has a place of its own in a drift
in_turn() {
	order=
	[ $(($1 % 2)) -eq 0 ] && reverse=1 || reverse=0
	shift
	for subject; do
		if [ "$reverse" = 1 ]; then
			order="$subject $order"
		else
			order="$order $subject"
		fi
	done
	echo "$order"
}

# ---- figures ----

# note_figure FILE ROUND SUBJECT VALUE; an empty value is none
note_figure() {
	[ -z "$4" ] || echo "$2 $3 $4" >>"$1"
}

median() {
	sort -n | awk '{ v[NR] = $1 }
		END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# median_of FILE SUBJECT
median_of() {
	[ -f "$1" ] || return
	awk -v subject="$2" '$2 == subject { print $3 }' "$1" | median
}

# ratio_of FILE OURS REFERENCE [BASE]: median of (ours - base) / (reference - base)
ratio_of() {
	[ -f "$1" ] || return
	awk -v ours="$2" -v reference="$3" -v base="${4:-}" '
		{ v[$1, $2] = $3; last = $1 > last ? $1 : last }
		END { for (i = 1; i <= last; i++) {
			if (!((i, ours) in v) || !((i, reference) in v)) continue
			if (base != "" && !((i, base) in v)) continue
			zero = base == "" ? 0 : v[i, base]
			if (v[i, reference] > zero)
				printf "%.6f\n", (v[i, ours] - zero) / (v[i, reference] - zero) } }' \
		"$1" | median
}

# calculate EXPRESSION FORMAT
calculate() {
	awk "BEGIN { printf \"$2\", ($1) }"
}

# ---- rows ----

# row METRIC UNIT OURS REFERENCE_NAME REFERENCE RATIO AIM
# AIM compares the ratio, or our own figure where there is no reference:
# "<=0.2", ">=0.95"; empty: shown without judgement
row() {
	verdict=
	figure=${6:-$3}
	case $7 in
	'<='*) verdict=$(calculate "$figure <= ${7#<=} ? \"met\" : \"missed\"" %s) ;;
	'>='*) verdict=$(calculate "$figure >= ${7#>=} ? \"met\" : \"missed\"" %s) ;;
	esac
	printf '%s|%s|%s|%s|%s|%s|%s|%s|\n' "$1" "$2" "$3" "$4" "$5" "$6" \
		"$7" "$verdict" >>"$rows"
}

# row_skipped METRIC UNIT REASON: what could not be measured, and why
row_skipped() {
	printf '%s|%s||||||skipped|%s\n' "$1" "$2" "$3" >>"$rows"
}

# remark TEXT: a line below the table
remark() {
	printf '||||||||%s\n' "$1" >>"$rows"
}

print_table() {
	processors=$(getconf _NPROCESSORS_ONLN)
	echo
	echo "netmem-check, kernel $(uname -r), $processors processors; medians of rounds that take turns"
	[ "$BENCH_QUICK" = 1 ] &&
		echo "quick: few and short rounds, a smoke test and no measurement"
	echo
	awk -F'|' '
		function number(v) {
			if (v == "") return ""
			return v + 0 >= 100 ? sprintf("%.0f", v) : \
				v + 0 >= 10 ? sprintf("%.1f", v) : sprintf("%.2f", v)
		}
		function line(a, b, c, d, e, f) {
			text = sprintf("%-36s %16s  %-28s %6s  %-8s %s", a, b, c, d, e, f)
			sub(/ +$/, "", text)
			print text
		}
		BEGIN { line("METRIC", "OURS", "REFERENCE", "RATIO", "AIM", "") }
		$1 == "" { remarks = remarks "\n" $9; next }
		$8 == "skipped" { line($1, "", "", "", "", "skipped")
			remarks = remarks "\n" $1 ": skipped: " $9; next }
		{ aim = $7; sub(/^[<>]=/, "& ", aim)
		  line($1, number($3) " " $2,
		       $4 == "" ? "" : $4 (length($4) < 14 ? sprintf("%*s", 14 - length($4), "") : " ") number($5) " " $2,
		       $6 == "" ? "" : sprintf("%.3f", $6), aim, $8) }
		END { if (remarks != "") print remarks }' "$rows"
	[ ! -f "$tmp/tables" ] || {
		echo
		cat "$tmp/tables"
	}
}

print_json() {
	figures=$tmp/figures.json
	for file in "$tmp"/*.figures; do
		[ -f "$file" ] || continue
		jq -R 'split(" ") | {round: (.[0] | tonumber), subject: .[1], value: (.[2] | tonumber)}' \
			"$file" | jq -s --arg name "$(basename "$file" .figures)" '{($name): .}'
	done | jq -s 'add // {}' >"$figures"
	jq -R 'def known: if . == "" then null else . end;
		def figure: known | if . then tonumber else null end;
		split("|") | {metric: (.[0] | known), unit: (.[1] | known), ours: (.[2] | figure),
			reference_name: (.[3] | known), reference: (.[4] | figure),
			ratio: (.[5] | figure), aim: (.[6] | known),
			result: (.[7] | known), why: (.[8] | known)}' "$rows" |
		jq -s --arg kernel "$(uname -r)" --argjson quick "$BENCH_QUICK" \
			--argjson processors "$(getconf _NPROCESSORS_ONLN)" \
			--slurpfile figures "$figures" '{
			schema: "netmem-check-bench/1", kernel: $kernel,
			processors: $processors, quick: ($quick == 1),
			rows: map(select(.metric)),
			remarks: map(select(.metric | not) | .why),
			rounds: $figures[0]}'
}

# ---- netmem-check ----

# armed OPTION... -- CMD...: CMD runs while a netmem-check is armed, and its
# output goes to ours; netmem-check says nothing and judges without a drain
armed() {
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	output=$tmp/armed
	: >"$output"
	# shellcheck disable=SC2016,SC2086 # for the inner shell; a list of words
	"$check" run --drain 0 $options -- sh -c 'out=$1; shift; exec "$@" >"$out"' \
		sh "$output" "$@" >"$tmp/report" 2>&1
	case $? in
	0 | 1 | 3) cat "$output" ;;
	*)
		tail -n 3 "$tmp/report" >&2
		return 1
		;;
	esac
}
