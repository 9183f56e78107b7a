# SPDX-License-Identifier: GPL-2.0
#
# The table of lab/all: result.json of all runs in, one row for each scenario,
# base beside series. Of many rounds: how many of each verdict, and medians.
# What was not as expected follows it.

include "text";

def median: map(select(. != null)) | sort
	| if . == [] then null else .[length / 2 | floor] end;

# verdicts: of the runs of one scenario on one kernel
def verdicts:
	length as $n
	| (if all(.[]; .ok) then "" else " !" end) as $mark
	| group_by(.verdict) | sort_by(-length)
	| map("\(.[0].verdict // "none")" + if $n > 1 then " \(length)" else "" end)
	| join(", ") + $mark;

# cells: of the runs of one scenario on one kernel
def cells:
	if . == [] then ["-", "-", "-", "-"] else
	[verdicts, (map(.packets_per_s) | median // "-"),
	 (map(.recycled) | median | percent), ({counts: [.[].counts[]]} | counts_told)] end;

. as $all
| ([.[] | select(.kernel == "base")] != []) as $base
| ([.[] | select(.kernel == "series")] != []) as $series
| ([group_by(.scenario, .kernel)[] | verdicts | length] + [9] | max) as $wide
| [["", $wide], ["PACKETS/S", -9], ["RECYCLED %", -10], ["COUNTS", -7]] as $kernel
| ([["SCENARIO", 16]]
   + if $base then [["  BASE", $wide + 2]] + $kernel[1:] else [] end
   + if $series then [["  SERIES", $wide + 2]] + $kernel[1:] else [] end
   + if $base and $series then [["RATIO", -6]] else [] end) as $columns
| line($columns; $columns | map(.[0])),
  (group_by(.scenario)[] | . as $runs
   | map(select(.kernel == "base")) as $b
   | map(select(.kernel == "series")) as $s
   | line($columns; [$runs[0].scenario]
	+ if $base then $b | cells | .[0] |= "  " + . else [] end
	+ if $series then $s | cells | .[0] |= "  " + . else [] end
	+ if $base and $series then
		[($b | map(.packets_per_s) | median) as $x
		 | ($s | map(.packets_per_s) | median) as $y
		 | if $x and $y and $x > 0 then $y / $x * 100 | floor / 100 else "-" end]
	  else [] end)),
  "",
  "packets/s and recycled: medians, from the NIC's and the kernel's own counters (ethtool -S)",
  "counts: of ours that agree with those counters, on the same run",
  ($all[] | select(.ok | not)
   | "\(.kernel) \(.scenario)" + (if .round > 1 then " (round \(.round))" else "" end)
     + ": " + .problems[])
