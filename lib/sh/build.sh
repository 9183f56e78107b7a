# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What tools that run make, ninja or git share: an environment that is ours, how
# many jobs there are, and that nothing goes on when we have ended.
#
# Setting: JOBS

# What an outer make, git hook or locale has left in the environment must not
# reach the kernel's make, our own git trees, or words that are read here.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES ARCH CROSS_COMPILE O M V W C CC \
	HOSTCC LD LLVM LOCALVERSION KBUILD_VERBOSE KBUILD_OUTPUT KBUILD_EXTMOD \
	KBUILD_CFLAGS KCFLAGS KAFLAGS KCPPFLAGS KCONFIG_CONFIG \
	KCONFIG_ALLCONFIG INSTALL_PATH INSTALL_MOD_PATH LANGUAGE
# shellcheck disable=SC2046 # a list of names
unset $(git rev-parse --local-env-vars 2>/dev/null || :)
export LC_ALL=C

# shellcheck disable=SC2034 # for those who source this
jobs=${JOBS:-$(nproc)}

# in_group ARGUMENT...: run this tool, which was called with them, once more in
# a process group that ends when this shell does, however that comes: make,
# ninja and their compilers would go on without it. Returns inside the group.
in_group() {
	[ "${NETMEM_IN_GROUP:-}" != "$0" ] || return 0
	group=
	trap 'end_group 130' INT
	trap 'end_group 143' TERM HUP
	# timeout passes the signal that it gets to its whole group
	NETMEM_IN_GROUP=$0 setpriv --pdeathsig TERM timeout 0 "$0" "$@" &
	group=$!
	status=0
	wait "$group" || status=$?
	exit "$status"
}

end_group() {
	[ -z "$group" ] || kill "$group" 2>/dev/null || :
	wait
	exit "$1"
}
