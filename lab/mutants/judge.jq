# SPDX-License-Identifier: GPL-2.0
#
# Judges one run of a mutant: what came back from the guest in, result.json out.
# lab/run calls it as
#
#	jq -n --slurpfile run FILE --slurpfile report FILE --rawfile did FILE
#	   --rawfile start FILE --rawfile stop FILE -f judge.jq
#
# run: kernel, scenario, mutant, about, class, check, tracepoint and guilty of its
# patch, tier, failed (why the run did not end well), status (exit code of
# netmem-check), wall (seconds). report: of netmem-check. did: what the mutant
# did, "name: value" lines. start, stop: the uptime before and after netmem-check,
# in hundredths. Of a file that is missing: nothing.
#
# An expected check may be CHECK:SEVERITY, where it has several.
#
# No check expected, as of some with tracepoints alone: whatever is found is right.
#
# Caught is a mutant when one of its checks found something. A pure leak, whose
# check is leaked, when the verdict is FAIL; of each pool that leaked the pages
# that have a holder and those that are leaked are all that are out; these have
# their ages, and the first one who got it: by its own last hand-out with the
# function tier, else by the pool's. Where the mutant tells which frames it lost,
# they are as many as those that were found, and no other one is blamed. It tells
# the first LOST_MAX of 0000-netmem_mutant.patch: where there may be more, only
# that no fewer were found.

# functions: that any stack in here names, innermost first
def functions:
	[.. | arrays | select(length > 0 and all(.[]; type == "string"))[]
		| capture("^(?<name>[A-Za-z_][A-Za-z0-9_]*)([.][a-z.0-9]+)?( \\[[a-z0-9_]+\\])?([+]0x[0-9a-f]+)?$").name];

# users: without page_pool's own, which hand out for all of them
def users: map(select(test("^_*page_pool_") | not));

# lost: the frames that the mutant says it lost, where it does
def lost:
	[capture("(^|\n)netmem_mutant_lost: (?<frames>[0-9 ]*)").frames
		| split(" ")[] | select(. != "") | tonumber];

def lost_max: 256;

# leak_doubts: what is wrong with a report's leaked pages, as texts. finding:
# leaked; got: who got the first one, or null.
def leak_doubts($finding; $got; $lost):
	[.pools[] | select(.judged and .state == "stalled" and .held.unheld > 0)] as $leaking
	| [$leaking[].unheld_pages[]] as $pages
	| ([$leaking[].held.unheld] | add // 0) as $count
	| (select(.verdict != "FAIL") | "the verdict is \(.verdict)"),
	  (select($count != $finding.count)
		| "\($finding.count) pages are leaked, and \($count) of the pools have no holder"),
	  ($leaking[]
		| select(.held.attributed + .held.unheld != .held.out or .held.out != .inflight)
		| "\(.name): of \(.inflight) pages in flight \(.held.out) are out, \(.held.attributed) of them have a holder and \(.held.unheld) have none"),
	  (select($pages == [] or any($pages[]; .age_ms == null))
		| "no leaked page is listed, or one without its age"),
	  # of a page older than the watch (UNKNOWN) nobody can know
	  (select($got == null and $finding.evidence.state != "UNKNOWN")
		| "nobody was seen to take the leaked page"),
	  (select(($lost | length) >= lost_max and $finding.count < lost_max)
		| "the mutant lost \($lost | length) pages or more, \($finding.count) are leaked"),
	  (select($lost != [] and ($lost | length) < lost_max)
		| (select(($lost | length) != $finding.count)
			| "the mutant lost \($lost | length) pages, \($finding.count) are leaked"),
		  ($pages[].frame | select([.] - $lost != [])
			| "frame \(.) is leaked, but the mutant did not lose it"));

$run[0] as $run
| $report[0] as $report
| ([$did | split("\n")[] | capture("^(netmem_mutant_)(?<key>[a-z_]+): (?<value>[0-9]+)$")
	| {(.key): (.value | tonumber)}] | add // {}) as $numbers
| ($did | lost) as $lost
| $numbers as $did
| (if $run.tier == "" then $report.tier else $run.tier end) as $tier
| [$report.findings[]? | select(.severity != "WARN" or (.check | IN("suspect_leak", "never_freed")))] as $findings
| [$findings[].check] as $found
| (if $tier == "function" then $run.check else $run.tracepoint end) as $wanted
| ([$findings[] | select([.check, "\(.check):\(.severity)"] as $names | $wanted | any(IN($names[])))] | first) as $finding
| ($wanted == ["leaked"]) as $leak
| (if $leak | not then [$finding.evidence?]
   elif $tier == "function" then [$finding.evidence.handed_out?]
   else [$finding.evidence.hold_stack?] end
	| functions) as $stacks
| (if $leak then
	($stacks | users | first) as $user
	| {ok: ($user != null), names: [$user | values]}
   else
	[$run.guilty[] as $name | select($stacks | any(. == $name)) | $name] as $names
	| {ok: ($run.guilty == [] or $names != []), names: $names}
   end) as $guilty
| (if $leak and $finding then
	[$report | leak_doubts($finding; $guilty.names[0]; $lost)] else [] end) as $doubts
| ($finding != null and $doubts == []) as $caught
| (if $caught then $finding.evidence.frame? else null end) as $page
# from the fault, or from arming if it came before
| (($start | tonumber? // 0) * 10 + ($report.timing.start_to_armed_ms? // 0)) as $armed
| ([$armed, $did.first_ms // 0] | max) as $fault
| (if $caught | not then null
   elif $finding.evidence.time_ms? then $armed + $finding.evidence.time_ms - $fault
   else ($stop | tonumber? // 0) * 10 - $fault end) as $ms
| [if $run.failed != "" then $run.failed else empty end,
   if $run.failed == "" and ($report | not) then
	"netmem-check made no report (exit code \($run.status))" else empty end,
   if $run.failed == "" and ($did.fired // 0) == 0 then
	"the mutant did nothing wrong in \($did.reached // 0) times" else empty end,
   if $report and $wanted != [] and ($caught | not) then
	"found [\($found | join(", "))], expected \($wanted | join(" or ")); the verdict is \($report.verdict)"
   else empty end, $doubts[]] as $problems
| {kernel: $run.kernel, mutant: $run.mutant, about: $run.about, class: $run.class,
   scenario: $run.scenario, tier: $tier, expected: $wanted,
   verdict: $report.verdict, findings: $found, fired: $did.fired,
   reached: $did.reached, caught: $caught, page: $page,
   guilty: $guilty, seconds: (if $ms then ([$ms, 0] | max) / 100 | round / 10 else null end),
   blind: ([$wanted[] as $c | $report.coverage.checks.blind[]? | select(.check == ($c | split(":")[0])).check]),
   workload_failed: $report.workload_failed, ok: ($problems == []),
   problems: $problems, wall_s: $run.wall, results: $run.results}
