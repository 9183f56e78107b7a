# What one knob of lab/knobs came to in one way: its report, what an audit said
# while its pools were there, its part of the guest's log, and whether all of
# them are as they should be.

include "kernel-log";

. as $run
| (if .check == "-" then null else .check end) as $check
| (if .about_check == "-" then null else .about_check end) as $about_check
| $report[0] as $r
| $audit[0] as $a
| (.said | split("\n")) as $lines
| ([$r.findings[]? | select(.severity != "WARN" or (.check | IN("stalled_shutdown", "released_in_use") | not)) | .check]) as $fired
# (what an unread socket keeps is no fault)
| ([$a.findings[]? | select(.severity == "FAIL") | .check] | unique) as $audited
| (if $a.verdict == "INCONCLUSIVE" then $a.reasons | join("; ") else null end) as $audit_blind
| ([$r.coverage.checks.blind[]? | select(.check == $about_check) | {code, why}] | first) as $blind
| (.attached | test("prog/xdp id")) as $attached
| (.attached | split("\n") | map(select(test("^ip link|^libbpf|^$") | not)) | first // "") as $attach_said
| (.dmesg | splats) as $splats
# an audit that saw no pool is no proof either
| (if $r == null then []
   else [
	(select(($about_check // "" | startswith("pool_")) and ($run.knob | startswith("pool_"))
		and $audit_blind == null and ($a.pools // [] | length) == 0)
	 | "audit: " + (if $a then "it saw no pool" else "no report" end)),
	(if $check == null then ($audited[] | "audit: found " + .)
	 else
		(select(($check | startswith("pool_")) and ($run.knob | startswith("pool_"))
			and $blind == null and $audit_blind == null and ($audited | index($check)) == null)
		 | "the audit does not find " + $check)
	 end)]
   end) as $audit_problems
| {
	way, knob, about, expected: $check,
	# the check that it is about: a twin's has to be awake, and silent
	$about_check,
	$fired, $audited, $audit_blind, $blind, $splats, $attached, $attach_said,
	awake: ($r.coverage.checks.active // []),
	verdict: ($r.verdict // null),
	reasons: ($r.reasons // []),
	tier: ($r.tier // null),
	hooked: ([$r.coverage.hooks[]? | select(.how != "none") | .how] | unique),
	events: ($r.coverage.events // null),
	# of the problems, those of the audit
	$audit_problems,
	problems: ([
		(if $r == null then
			"no report (exit " + (.status | rtrimstr("\n")) + "): "
			+ ([$lines[] | select(. != "")] | last // "nothing was said")
		else
			(select($run.turned | split("\n") | index($run.knob) | not) | "it was not turned to its end"),
			(select($r.workload_failed) | "the knob itself failed: " + ([$lines[] | select(test("echo|sh:|error"))] | first // "?")),
			$audit_problems[],
			(if $check == null then
				($fired[] | "found " + .),
				(select($r.verdict == "FAIL") | "FAIL"),
				($splats[] | "log: " + .),
				# what it is for: the holder is found, and all of its pages
				(select($run.knob == "held_socket" and ([$r.pools[]?.holders[]?
				   | select(.kind == "socket" and .what == "udp" and .pages == 4)] == []))
				 | "the socket is not named")
			else
				(select($blind == null and ($fired | index($check)) == null)
				 | $check + " did not fire")
			end),
			# a frame that nobody looked at is no proof of silence
			(select(($run.knob | startswith("xdp_")) and $blind == null
				and ($r.counters.xdp_inspected // 0) == 0)
			 | "no frame was inspected" + (if $attached then "" else ": " + $attach_said end))
		end),
		(select(.release != "") | "what it left cannot be made good")
	])
}
| .ok = (.problems == [])
