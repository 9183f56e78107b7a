# lab/running's score.json: probe, starts, reports of scenarios, and an audit.

include "kernel-log";

# A pool whose device the kernel has forgotten was stalled before: somebody else's.
def stalled: [.pools[]? | select(.state == "stalled" and .judged and (.forgotten | not))];
def findings: [.findings[]? | .check] - (if stalled == [] then ["stalled_shutdown"] else [] end);
# what a report says of a check: awake, or why it is blind
def sight(check): [.coverage.checks.blind[]? | select(.check == check) | {code, why}] | first;

$pass[0] as $pass | $jumbo[0] as $jumbo | $unread[0] as $unread | $audit[0] as $audit
| [$pass, $jumbo] as $quiet
| {
	kernel: "running", $arch, $release, $seconds, ended: true,
	refused: ($probe[0] | refused),
	probed: ($probe[0] | probed),
	starts: ($starts[0] | map(start)),
	troubles: ([$pass, $jumbo, $unread] | map(select(.verdict == "FAIL" or .workload_failed or . == null)
		| "a scenario: \(.verdict // "no report"): \((.reasons // []) | join("; "))")),
	nic: {card: null, why: "no NIC is touched on the machine that runs this"},
	module: [], knobs: [],
	seen: (
		([$quiet[] | .coverage.checks.active[]?, .coverage.checks.blind[]?.check] | unique
		 | map(. as $check
			| {($check): (
				if any($quiet[]; . == null) then {state: "broken", why: "a scenario has no report"}
				# veth's buffers for frames above one page are not aligned: a true finding
				elif $check == "frag_misaligned" and ($jumbo | findings | index($check))
					and ($pass | findings | index($check) | not) then
					{state: "proven"}
				elif any($quiet[]; findings | index($check)) then
					{state: "broken", why: "\($check) fires on legal traffic"}
				elif $check == "stalled_shutdown" and ($unread | findings | index($check)) then
					{state: "proven"}
				elif all($quiet[]; sight($check)) then
					({state: "blind"} + ($quiet[0] | sight($check)))
				elif any($quiet[]; .verdict == "INCONCLUSIVE") then
					{state: "blind", why: ([$quiet[].reasons[]?] | unique | join("; "))}
				else {state: "silent"} end)}) | add // {})
		+ {
			audit: (if ($audit.pools // [] | length) == 0 then {state: "broken", why: "the audit of a pool in use sees no pool"}
				elif $audit | findings - ["stalled_shutdown"] != [] then {state: "broken", why: "the audit finds \($audit | findings | join(", "))"}
				else {state: "silent"} end),
			object: (if ([$pass.xdp[]?.packets.pass] | add // 0) > 0 and $pass.counters.xdp_inspected > 0 then {state: "proven"}
				else {state: "broken", why: "no frame was inspected"} end)
		}
	)
}
| .ok = (.probed and .troubles == [] and all(.seen[]; .state != "broken"))
