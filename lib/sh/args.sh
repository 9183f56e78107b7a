# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Checks of arguments and settings.

# is_number WORD: a whole number above 0, without leading zeros, which would make
# it octal
is_number() {
	case $1 in
	'' | 0* | *[!0-9]*) return 1 ;;
	esac
}

# is_time WORD: as netmem-check takes it, or nothing
is_time() {
	case $1 in
	*[!a-z0-9]*) return 1 ;;
	esac
}
