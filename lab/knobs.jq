# What one knob of lab/knobs came to: its report, its part of the guest's log,
# and whether both are as they should be.

# lines of the log that only a kernel in trouble writes
def splat: test("(WARNING|BUG|Oops|general protection|Call Trace|refcount_t|stalled pool|page_pool refcnt|Bad page|bad page|Kernel panic|soft lockup|hung task|list_(add|del) corruption|rcu: .*(stall|detected))");

($report[0] // null) as $r
| ($said | split("\n")) as $lines
| ([$r.findings[]? | select(.severity != "WARN") | .check]) as $fired
| ([$r.coverage.checks.blind[]? | select(.check == $check) | .why] | first) as $blind
| ([$dmesg | split("\n")[] | sub("^<[0-9]+>"; "") | select(splat)]) as $splats
| {
	knob: $knob, about: $about,
	expected: (if $check == "-" then null else $check end),
	fired: $fired,
	verdict: ($r.verdict // null),
	reasons: ($r.reasons // []),
	tier: ($r.tier // null),
	hooked: ([$r.coverage.hooks[]? | select(.how != "none") | .how] | unique),
	events: ($r.coverage.events // null),
	blind: $blind,
	splats: $splats,
	problems: ([
		(if $r == null then
			"no report (exit " + ($status | rtrimstr("\n")) + "): "
			+ ([$lines[] | select(. != "")] | last // "nothing was said")
		else
			(select($r.workload_failed) | "the knob itself failed: " + ([$lines[] | select(test("echo|sh:|error"))] | first // "?")),
			(if $check == "-" then
				($fired[] | "found " + .),
				(select($r.verdict == "FAIL") | "FAIL"),
				($splats[] | "log: " + .),
				# what it is for: the holder is found, and all of its pages
				(select($knob == "held_socket" and ([$r.pools[]?.holders[]?
				   | select(.kind == "socket" and .what == "udp" and .pages == 4)] == []))
				 | "the socket is not named")
			else
				(select($blind == null and ($fired | index($check)) == null)
				 | $check + " did not fire")
			end)
		end),
		(select($release != "") | "what it left cannot be made good")
	])
}
| .ok = (.problems == [])
