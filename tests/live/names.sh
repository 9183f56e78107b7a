#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Names that are no UTF-8, or drive a terminal, reach reports and recordings as
# text, and people as one line.
#
# limit: 300
. "${0%/*}/lib.sh"

BYTES=60000
PORT=5202

# is_clean FILE: UTF-8 without control characters and marks of direction
is_clean() {
	# shellcheck disable=SC2015 # fail ends the case
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]' "$1" &&
		iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 ||
		fail "$1 is not clean: $(cat -v "$1")"
}

# clean CODES ARGUMENT...: as check; what people read is clean
clean() {
	check "$@"
	is_clean "$tmp/out"
	is_clean "$tmp/err"
}

# hold_as NAME: what far0 sends is held by a process of this name
hold_as() {
	mkdir -p "$tmp/bin"
	ln -sf "$traffic_tool" "$tmp/bin/$1"
	: >"$tmp/held"
	in_background "$tmp/bin/$1" hold tcp --port $PORT --bytes $BYTES >"$tmp/held"
	holder=$pid
	wait_for 'the holder listens' listens $PORT
	far "$traffic_tool" send --to $DUT_ADDR --port $PORT --bytes $BYTES \
		--size 1000 >/dev/null || fail 'cannot send'
	wait_for 'everything is held' grep -q '^ready' "$tmp/held"
}

# A name of a process is cut by the kernel after 15 bytes.
case_processes() {
	veth 1500
	xdp_on dut0 netmem_pass
	while read -r name text; do
		# shellcheck disable=SC2059 # the names are formats
		name=$(printf "$name.")
		hold_as "${name%.}"
		clean '0|1|3' holders
		! grep -qE '^(not )?ok' "$tmp/out" || fail 'a name made a line'
		check '0|1|3' holders --json "$json" --record "$tmp/recording"
		# shellcheck disable=SC2059 # the names are formats
		text=$(printf "$text.")
		jq -e --arg comm "$text" \
			'[.pools[].holders[].comm] | index($comm | rtrimstr("."))' \
			"$json" >/dev/null ||
			fail "no '$text': $(jq -c '[.pools[].holders[].comm]' "$json")"
		clean '0|1|3' report "$tmp/recording"
		clean '0|1|3' audit
		kill -KILL "$holder"
		wait "$holder" 2>/dev/null
		wait_for 'the port is free' sh -c "! ss -Hltn 'sport = :$PORT' | grep -q ."
	done <<-'END'
		\033[2J\033[31m \033[2J\033[31m
		not_ok_1\nok\0401 not_ok_1\nok\0401
		abcdefghijklmn\303\251 abcdefghijklmn\\xc3
		\377\200\376 \\xff\\x80\\xfe
		%%s%%n"\047 %%s%%n"\047
		\342\200\256evil \342\200\256evil
	END
}

# A device whose name would clear the screen, in all that is printed of it
# slow
case_device_that_drives_a_terminal() {
	veth 1500
	xdp_on dut0 netmem_pass
	rename_dut0 "$(printf 'e\033[2Jx')"
	hold_as holder
	clean '0|1|3' run --for 1s --drain 200ms --record "$tmp/recording"
	for format in text ktap; do
		clean '0|1|3' report --format $format "$tmp/recording"
	done
	clean '0|1|3' audit
	clean '0|1|3' holders
	clean '0|3' watch --for 1s --drain 200ms
	script --quiet --return --command \
		"'$NETMEM_CHECK' watch --for 2s --drain 200ms" "$tmp/screen" \
		</dev/null >/dev/null 2>&1
	grep -q 'e?\[2Jx' "$tmp/screen" || fail "the device is not on the screen: $(cat -v "$tmp/screen")"
	! grep -qF "$hostile" "$tmp/screen" || fail 'its name drives the screen'
}

# Words of the command line come back in messages.
case_words_and_files() {
	word=$(printf 'a\033[2J\nok 1\377')
	clean "$RUNTIME" report "$tmp/$word"
	clean "$RUNTIME" diff "$tmp/$word" "$tmp/$word"
	clean "$USAGE" run -i "$word"
	clean "$USAGE" run --tier "$word"
	clean "$USAGE" run --expect "$word"
	clean "$USAGE" checks "$word"
	clean "$USAGE" "$word"
	clean "$USAGE" run "--$word"
	clean "$USAGE" run "--$word=1"
	clean "$USAGE" run "--$(printf '%0300d' 0)$word"
	clean "$USAGE" run "--tier=$word"
	clean "$USAGE" run "-q$word"
	clean "$USAGE" "--$word"
	clean '0|3' run --for 1s --drain 200ms --json "$tmp/$word" -- sh -c 'sleep 1' "$word"
	jq -e '.command[-1] == "a\u001b[2J\nok 1\\xff"' "$tmp/$word" >/dev/null ||
		fail 'the word of the command is another'
	clean '0|3' diff "$tmp/$word" "$tmp/$word" --json="$json"
	jq -e '.a.file | endswith("ok 1\\xff")' "$json" >/dev/null ||
		fail 'the comparison has another file'
}

# dut0 gets a name that no text is, or this one; sets $hostile
rename_dut0() {
	hostile=${1:-$(printf 'eth\3770')}
	ip link set dut0 down
	ip link set dut0 name "$hostile" || skip 'ip refuses the name'
	ip link set "$hostile" up
}

case_device_and_command() {
	veth 1500
	xdp_on dut0 netmem_pass
	rename_dut0
	check '0|3' run --for 1s --drain 200ms --json "$tmp/json" \
		--record "$tmp/recording" -- sh -c 'sleep 1' "$(printf 'a\303')"
	jq -e '.command[-1] == "a\\xc3"' "$tmp/json" >/dev/null ||
		fail 'the word of the command is not escaped'
	jq -e '[.. | objects | .device?] | index("eth\\xff0")' "$tmp/json" >/dev/null ||
		fail 'the device is not escaped'
	check '0|3' report --format json "$tmp/recording"
	jq -e '[.. | objects | .device?] | index("eth\\xff0")' "$tmp/out" >/dev/null ||
		fail 'a replay has another name'
}

run_cases "$@"
