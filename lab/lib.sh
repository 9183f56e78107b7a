# SPDX-License-Identifier: GPL-2.0
#
# What the tools of the lab share. Sourced by POSIX shells with `set -eu`; it
# brings kernel-patches' lib.sh (messages, the cache, the series). It is named
# lib.sh because kernel-patches' build.sh takes the lib.sh beside the program.

# shellcheck source=kernel-patches/tools/lib.sh
. "${0%/*}/../kernel-patches/tools/lib.sh"

# That file takes the folder above the program for kernel-patches.
# shellcheck disable=SC2034 # for those who source this
top=$here lab=$here/lab
here=$top/kernel-patches
series_dir=$here/6.1
