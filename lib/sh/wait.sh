# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Time, and waiting for something: never for a time alone.

# uptime: hundredths of a second, of a clock that nobody sets
uptime() {
	read -r now _ </proc/uptime
	# without a leading 0, which would make it octal
	now=${now%.*}${now#*.}
	echo "${now#0}"
}

# wait_until SECONDS CONDITION...: a command, of which nothing is shown, that is
# tried until it succeeds; fails when the time is up. A condition does not
# wait_until itself.
wait_until() {
	until_time=$(($(uptime) + $1 * 100))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(uptime)" -lt $until_time ] || return
		sleep 0.02
	done
}

# settle TRAFFIC-TOOL: freed skbs wait on idle processors; let them go
settle() {
	"$1" nudge
	sleep 0.05
	"$1" nudge
}
