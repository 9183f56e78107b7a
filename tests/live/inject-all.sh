#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The cases of inject.sh, with each call of each place failing.
# limit: 7200
# slow
export INJECT_SECONDS=
exec "${0%/*}/inject.sh" "$@"
