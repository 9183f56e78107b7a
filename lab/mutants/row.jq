# SPDX-License-Identifier: GPL-2.0
#
# result.json (judge.jq) as one row for a terminal. --arg head 1: with the
# line of names above it.

include "text";

[["MUTANT", 18], ["TIER", 10], ["VERDICT", 12], ["CAUGHT", 6], ["FIRED", -5],
 ["S", -4], ["CHECKS", 0]] as $columns
| [.mutant, .tier // "-", .verdict // "-", if .caught then "yes" else "NO" end,
   .fired // "-", .wall_s, (.findings | join(", "))] as $cells
| if $head != "" then line($columns; $columns | map(.[0])) else empty end,
  line($columns; $cells)
