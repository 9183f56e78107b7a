# SPDX-License-Identifier: GPL-2.0
#
# result.json (judge.jq) as one row for a terminal. --arg head 1: with the
# line of names above it.

include "text";

[["KERNEL", 7], ["SCENARIO", 16], ["VERDICT", 12], ["AS EXPECTED", 11],
 ["EVENTS", -8], ["CONCLUSIVE", -10], ["PACKETS", -9], ["PER S", -8],
 ["RECYCLED", -8], ["COUNTS", -6], ["S", -3]] as $columns
| [.kernel, .scenario, .verdict // "-", if .ok then "yes" else "NO" end,
   .events // "-", (.share | percent), .packets, .packets_per_s // "-",
   (.recycled | percent), counts_told, .wall_s] as $cells
| if $head != "" then line($columns; $columns | map(.[0])) else empty end,
  line($columns; $cells)
