# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What a tool says to who called it, on standard error, and how it ends when it
# cannot go on. Exit codes: 1 failed, 2 usage, 4 this machine cannot run it.

# say TEXT...: one line
say() {
	printf '%s\n' "$*" >&2
}

# tell TEXT...: with the tool's name in front, tool_name where that is set
tell() {
	say "${tool_name:-$(basename -- "$0")}: $*"
}

# die TEXT...: exit 1
die() {
	tell "$*"
	exit 1
}

# refuse TEXT...: exit 4
refuse() {
	tell "$*"
	exit 4
}

# misused: a command line that we do not understand; exit 2. How the tool is
# called is said by its function usage.
misused() {
	usage >&2
	exit 2
}

# wrong TEXT...: the same, and what is not understood
wrong() {
	tell "$*"
	misused
}

# usage: the line "# usage: ..." at the tool's top, for those that have no other
usage() {
	sed -n 's/^# \(usage:.*\)/\1/p' "$0"
}

# wrong_use TEXT...: exit 2, for a tool whose use is one line; TEXT is that line
wrong_use() {
	say "usage: $*"
	exit 2
}

# stamped TEXT...: with the time of day in front
stamped() {
	say "[$(date +%T)] $*"
}

# progress STEP OF TEXT: one line for each long step
progress() {
	stamped "$1/$2 $3"
}
