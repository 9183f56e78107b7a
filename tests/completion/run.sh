#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The completion of bash, in bash: what it offers for words as they are typed.
# Prints TAP. For zsh: that the script is made, and that its syntax is right
# where zsh is installed.
#
# usage: tests/completion/run.sh [NETMEM-CHECK]
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
program=${1:-$here/../../netmem-check}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/netmem-completion.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
number=0 failed=0

# offers WORD...: what bash offers for the last WORD, on one line
offers() {
	bash --norc --noprofile -c '
		source "$1" || exit
		shift
		COMP_WORDS=(netmem-check "$@") COMP_CWORD=$#
		_netmem_check
		echo "${COMPREPLY[*]}"' bash "$tmp/bash" "$@"
}

# result NAME WHY: WHY is empty when it is right
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - completion/$1"
	else
		echo "not ok $number - completion/$1"
		echo "$2"
		failed=1
	fi
}

# is NAME EXPECTED WORD...
is() {
	name=$1
	expected=$2
	shift 2
	got=$(offers "$@" 2>&1)
	if [ "$got" = "$expected" ]; then
		result "$name" ''
	else
		result "$name" "offered '$got', expected '$expected'"
	fi
}

"$program" completion bash >"$tmp/bash" || result script 'no script'
"$program" completion zsh >"$tmp/zsh" || result script 'no script'
subcommands=$("$program" --list-commands | sed 's/ .*//' | tr '\n' ' ')

is subcommands "${subcommands}help --help --version" ''
is 'one subcommand' 'holders' hol
is 'no subcommand' '' frobnicate
is options '--driver= --drain=' run --dr
is 'an option without an argument' '--kick' run --ki
is 'a word' 'attach' xdp att
is 'options of another subcommand' '' audit --nu
is choices 'auto tracepoint function' run --tier = ''
is 'one choice' 'function' run --tier = f
is formats 'ktap' report --format = k
is 'a choice as a word of its own' 'tracepoint' watch --tier t
is 'the device lo' 'lo' run -i lo
is 'a device by the long option' 'lo' run --interface = lo
touch "$tmp/one.json"
is 'files' "$tmp/one.json" run --record = "$tmp/one"

# Every option of --help is offered.
for subcommand in $subcommands; do
	"$program" "$subcommand" --help |
		sed -n 's/^ \{2,6\}\(-[^-], \)\{0,1\}--\([a-z-]*\).*/\2/p' |
		grep -vx usage | sort >"$tmp/help"
	offers "$subcommand" -- | tr ' ' '\n' | sed 's/^--//; s/=$//' | sort >"$tmp/offered"
	result "options of $subcommand" "$(diff "$tmp/help" "$tmp/offered")"
done

if command -v zsh >/dev/null; then
	result 'zsh syntax' "$(zsh -n "$tmp/zsh" 2>&1)"
else
	number=$((number + 1))
	echo "ok $number - completion/zsh syntax # SKIP zsh is not installed"
fi
echo "1..$number"
exit $failed
