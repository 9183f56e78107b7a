# SPDX-License-Identifier: GPL-2.0
#
# score.json as tables for a terminal.

include "text";

# mark: of a run that was not as expected
def mark: if .ok then "" else " !" end;

# lines: a table as wide as its cells
def lines($names):
	. as $rows
	| [range($names | length) as $i
	   | ($names[$i] | ltrimstr("-")) as $name
	   | [$name, (if $names[$i] | startswith("-") then -1 else 1 end)
	      * ([$name, $rows[][$i] | tostring | length] | max)]] as $columns
	| line($columns; $columns | map(.[0])), (.[] as $row | line($columns; $row));

def yes: if . then "yes" else "NO" end;

. as $all
| (if .score.function then "function" else "tracepoint" end) as $main
| ([.mutants[]
    | .[$main] as $it
    | [.mutant, .class // "-", ($it.expected // [] | join("|")),
       ($it.findings // [] | join(" ")), ($it.verdict // "-") + ($it | mark),
       ($it.page != null | yes),
       (if $it.guilty.ok then $it.guilty.names | join("|") | if . == "" then "-" else . end
	else "NO" end),
       $it.seconds // "-"]
      + if $main == "function" and .tracepoint then
	[(.tracepoint.verdict // "-") + (.tracepoint | mark),
	 (.tracepoint.findings // [] | join(" ") | if . == "" then "-" else . end)]
	else [] end]
   | lines(["MUTANT", "CLASS", "EXPECTED", "FOUND", "VERDICT", "PAGE", "GUILTY",
	    "-S"]
	+ if $main == "function" and $all.score.tracepoint then
	  ["TRACEPOINTS", "FOUND"] else [] end)),
  "",
  "\($main) tier: what it found, a page named, the guilty function in a stack, seconds from the fault to its evidence"
  + if $main == "function" and .score.tracepoint then "; then the same mutant with tracepoints alone" else "" end,
  "",
  (.checks | to_entries | map([.key, (.value | join(" "))]) | lines(["CHECK", "SHOWN BY"])),
  "",
  (.mutants[] | .mutant as $name | (.function, .tracepoint) | values
   | select(.ok | not) | "\($name): \(.problems[]); see \(.results)"),
  (.clean.problems[] | "clean \(.)"),
  ([.score | to_entries[] | "caught \(.value.caught) of \(.value.of), \(.key)"]
   + if .clean.wanted > 0 then
	["false findings in \(.clean.with_findings) of \(.clean.runs) clean runs"] else [] end
   | join("; "))
