# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Runs inside the namespaces that `run` made: the parts in their order, then
# the table. The network is the scenarios' plan: far0 in a namespace of its
# own, dut0 with the XDP program in ours.

# shellcheck source-path=SCRIPTDIR source=../scenarios/lib.sh
. "$BENCH_ROOT/scenarios/lib.sh"

bench=$BENCH_ROOT/bench
tools=$BENCH_ROOT/build/bench
# shellcheck disable=SC2034 # for lib.sh and the parts
check=$BENCH_ROOT/netmem-check

# Files of ours live on a file system that only we see.
tmp=$tools/tmp
mkdir -p "$tmp" || exit
mount -t tmpfs none "$tmp" || fail "no place for our files"
rows=$tmp/rows
: >"$rows"

. "$bench/lib.sh"

plain_setup
for part in $BENCH_PARTS; do
	# shellcheck disable=SC1090 # each is checked by itself
	. "$bench/part-$part.sh"
	progress "$part"
	"measure_$part"
done
progress ''

print_table
[ -z "$BENCH_JSON" ] || print_json >"$BENCH_JSON" ||
	fail "cannot write '$BENCH_JSON'"
