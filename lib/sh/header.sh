# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the file of a scenario says of it.

# header FILE KEY: the value of the line "# KEY: value" at the file's top
header() {
	sed -n "s/^# $2: *//p; /^[^#]/q" "$1"
}
