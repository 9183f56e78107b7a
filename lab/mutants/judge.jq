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
# No check expected, as of some with tracepoints alone: whatever is found is right.
#
# Caught is a mutant when one of its checks found something. A pure leak, whose
# check is stalled_shutdown, when the verdict is no PASS and the pool's pages are
# listed with their ages; with the function tier, also who got them.

# functions: that any stack in here names, innermost first
def functions:
	[.. | arrays | select(length > 0 and all(.[]; type == "string"))[]
		| capture("^(?<name>[A-Za-z_][A-Za-z0-9_]*)([.][a-z.0-9]+)?( \\[[a-z0-9_]+\\])?([+]0x[0-9a-f]+)?$").name];

# users: without page_pool's own, which hand out for all of them
def users: map(select(test("^_*page_pool_") | not));

$run[0] as $run
| $report[0] as $report
| ([$did | split("\n")[] | capture("^(netmem_mutant_)(?<key>[a-z_]+): (?<value>[0-9]+)$")
	| {(.key): (.value | tonumber)}] | add // {}) as $did
| (if $run.tier == "" then $report.tier else $run.tier end) as $tier
| [$report.findings[]? | select(.severity != "WARN")] as $findings
| [$findings[].check] as $found
| (if $tier == "function" then $run.check else $run.tracepoint end) as $wanted
| ([$findings[] | select(.check as $c | $wanted | any(. == $c))] | first) as $finding
| [$report.pools[]? | select(.judged and .state == "stalled" and (.pages | length) > 0)] as $stalled
| ($wanted == ["stalled_shutdown"]) as $leak
| (if $leak then [$stalled[] | del(.hold_stack)] + [$stalled[].hold_stack] else [$finding.evidence?] end
	| functions) as $stacks
| (if $leak then
	($stacks | users | first) as $user
	| {ok: ($user != null), names: [$user | values]}
   else
	[$run.guilty[] as $name | select($stacks | any(. == $name)) | $name] as $names
	| {ok: ($run.guilty == [] or $names != []), names: $names}
   end) as $guilty
| (if $leak then
	$report.verdict != "PASS" and $stalled != []
	and all($stalled[].pages[]; .age_ms != null)
	and ($tier != "function" or $guilty.ok)
   else $finding != null end) as $caught
| (if $caught then $finding.evidence.frame? // $stalled[0].pages[0].frame
   else null end) as $page
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
   else empty end] as $problems
| {kernel: $run.kernel, mutant: $run.mutant, about: $run.about, class: $run.class,
   scenario: $run.scenario, tier: $tier, expected: $wanted,
   verdict: $report.verdict, findings: $found, fired: $did.fired,
   reached: $did.reached, caught: $caught, page: $page,
   guilty: $guilty, seconds: (if $ms then ([$ms, 0] | max) / 100 | round / 10 else null end),
   blind: ([$wanted[] as $c | $report.coverage.checks.blind[]? | select(.check == $c).check]),
   workload_failed: $report.workload_failed, ok: ($problems == []),
   problems: $problems, wall_s: $run.wall, results: $run.results}
