#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The cases of inject-pins.sh, with all calls failing (INJECT_CALLS of one place).
# limit: 14400
# slow
export INJECT_SECONDS=
exec "${0%/*}/inject-pins.sh" "$@"
