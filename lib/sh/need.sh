# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What has to be there before anything is touched. After message.sh.

# need TOOL...: fails where one is missing
need() {
	for tool; do
		command -v "$tool" >/dev/null ||
			die "'$tool' is missing; install kernel-patches' packages of packages.txt (make setup)"
	done
}
