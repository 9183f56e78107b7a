# SPDX-License-Identifier: GPL-2.0
#
# Judges one run of the lab: what came back from the guest in, result.json out.
# lab/run calls it as
#
#	jq -n --slurpfile run FILE --slurpfile report FILE --rawfile dmesg FILE
#	   --rawfile console FILE --rawfile before FILE --rawfile after FILE
#	   --rawfile start FILE --rawfile stop FILE --rawfile known FILE
#	   -f judge.jq
#
# run: kernel, scenario, round, verdict and findings as expected, frames (exact:
# XDP sees each frame that the NIC counts), counts (none: no device is left to
# compare with), xdp (attached for the whole scenario), holds (whether what the
# scenario asks of the report is so), failed (why the run did not end well),
# status (exit code of netmem-check), wall (seconds). report: of netmem-check.
# dmesg: raw, with levels; console: what the kernel printed there, which is
# level warning and above, to the machine's end. before, after: ethtool -S at
# the scenario's start and end; start, stop: the uptime then, in hundredths.
# known: log lines, as regular expressions. Of a file that is missing: nothing.

# statistics: the "name: number" lines of ethtool -S as an object
def statistics:
	[split("\n")[] | capture("^ *(?<key>[a-z0-9_]+): (?<value>[0-9]+)$")
		| {(.key): (.value | tonumber)}] | add // {};

# printed: the console's lines without their times
def printed:
	[split("\n")[] | sub("^\\[ *[0-9.]+\\] ?"; "") | select(. != "")];

# alarms: the log's lines of level warning and above. A line without a level goes on the one before it.
def alarms:
	reduce (split("\n")[] | select(. != "")) as $line ({level: 0, lines: []};
		($line | capture("^<(?<level>[0-9]+)>(\\[[^]]*\\] ?)?(?<text>.*)")
			// {level: null, text: $line}) as $it
		| .level = (if $it.level then ($it.level | tonumber) % 8 else .level end)
		| if .level <= 4 then .lines += [$it.text] else . end)
	| .lines;

# unknown: those of some lines that are not known, each once
def unknown($known):
	reduce .[] as $text ([]; if index([$text]) then . else . + [$text] end)
	| map(. as $text
		| select(any($known[]; . as $re | $text | test($re)) | not));

# sum: of numbers; null when one is missing
def sum(numbers): [numbers] | if any(. == null) then null else add end;

# compare: one count of ours beside the kernel's or the NIC's own
def compare($what; $ours; $rule; $theirs):
	{what: $what, ours: $ours, rule: $rule, theirs: $theirs,
	 ok: (if $ours == null or $theirs == null then null
	      elif $rule == "==" then $ours == $theirs
	      elif $rule == "<=" then $ours <= $theirs
	      else $ours >= $theirs end)};

# xdp_counts: frames by verdict. The driver counts an aborted frame as dropped,
# and one whose redirect failed not at all. A program that the scenario itself
# attaches may come and go before it is found.
def xdp_counts($after; $before; $xdp; $mib_rule):
	([.xdp[].packets, (.xdp_gone | del(.programs))] | map(to_entries[])
		| group_by(.key) | map({(.[0].key): (map(.value) | add)})
		| add // {}) as $ours
	| def theirs($name):
		if $after[$name] and $before[$name] then $after[$name] - $before[$name]
		else null end;
	select($xdp or .xdp != [] or .xdp_gone != {})
	| (if $xdp then "==" else "<=" end) as $rule
	| compare("XDP pass"; $ours.pass // 0; $rule; theirs("rx_xdp_pass")),
	  compare("XDP drop and aborted"; ($ours.drop // 0) + ($ours.aborted // 0);
		$rule; theirs("rx_xdp_drop")),
	  compare("XDP tx"; $ours.tx // 0; $rule;
		sum(theirs("rx_xdp_tx"), theirs("rx_xdp_tx_errors"))),
	  compare("XDP redirect"; ($ours.redirect // 0) - .counters.redirect_errors;
		$rule; theirs("rx_xdp_redirect")),
	  compare("frames to XDP"; $ours | add // 0; $mib_rule;
		theirs("good_frames_received"));

# last_pools: those of eth0 when the counters were taken. Taking our XDP program
# off ended them, and what is active afterwards are others.
def last_pools:
	[.pools[] | select(.judged)]
	| if any(.attached) then map(.attached | values)
	  else map(select(.state == "active")) end;

# page_counts: of these since they were made. Each page handed out was kept
# (given back to cache or ring), has left the pool, or is out. Some leave without
# a statistic: those that XDP redirected and that became an skb's, and those
# behind the first of a bulk that met a full ring.
def page_counts($stats):
	last_pools as $pools
	| ([.xdp[].packets.redirect // 0] | add // 0) as $redirected
	| ($stats | sum(.rx_pp_alloc_fast, .rx_pp_alloc_slow, .rx_pp_alloc_slow_ho,
		.rx_pp_alloc_refill, .rx_pp_alloc_waive)) as $taken
	| ($stats | sum(.rx_pp_recycle_cached, .rx_pp_recycle_ring)) as $kept
	| ($stats | sum(.rx_pp_recycle_ring_full, .rx_pp_recycle_released_ref,
		.rx_pp_alloc_waive)) as $gone
	| ([$pools[].release] | add) as $released
	| compare("pages out and released";
		(if $pools != [] and all($pools[]; .out != null and .audit_rested) then
			([$pools[].out] | add) + $released else null end);
		"=="; if $taken and $kept then $taken - $kept else null end),
	  compare("pages released"; $released;
		(if $redirected > 0 or $stats.rx_pp_recycle_ring_full > 0 then ">="
		 else "==" end); $gone);

# flow_counts: hand-outs and returns of these, of which the function tier follows
# each one. Of a bulk that met a full ring the kernel counts only the first page;
# only frames that XDP returns go back in bulks. A pool that is older than the
# watch handed out pages that nobody followed.
def flow_counts($stats):
	select(.tier == "function")
	| [.pools[] | select(.judged)]
	| (if any(.attached) then map(select(.attached) | {born_seen, flow: .attached.flow})
	   else map(select(.state == "active") | {born_seen, flow}) end) as $pools
	| ($pools != [] and all($pools[]; .flow != null and .born_seen != false)) as $known
	| def ours($name): if $known then [$pools[].flow[$name]] | add else null end;
	compare("pages handed out"; ours("handed_out"); "==";
		$stats | sum(.rx_pp_alloc_fast, .rx_pp_alloc_slow,
			.rx_pp_alloc_slow_ho, .rx_pp_alloc_refill)),
	compare("pages returned to the cache"; ours("cached"); "==";
		$stats.rx_pp_recycle_cached),
	compare("pages returned to the ring"; ours("ring"); "==";
		$stats.rx_pp_recycle_ring),
	compare("pages that met a full ring"; ours("ring_full");
		(if (ours("xdp_returns") // 0) > 0 then ">=" else "==" end);
		$stats.rx_pp_recycle_ring_full),
	compare("pages released for a reference"; ours("released_refcnt"); "==";
		$stats.rx_pp_recycle_released_ref);

# stats_counts: the kernel's statistics as netmem-check reads them from memory. What
# a pool gained in the watch is all of it only where the watch saw its birth.
def stats_counts($stats):
	select(.statistics == "memory")
	| [.pools[] | select(.judged)]
	| (if any(.attached) then map(select(.attached))
	   else map(select(.state == "active")) end) as $pools
	| select($pools != [] and all($pools[]; .born_seen != false))
	| ("alloc_fast", "alloc_slow", "alloc_slow_high_order", "alloc_empty",
		"alloc_refill", "alloc_waive", "recycle_cached", "recycle_cache_full",
		"recycle_ring", "recycle_ring_full", "recycle_released_refcnt") as $name
	| compare("statistics, \($name)";
		[$pools[].stats[$name]] | if any(. == null) then null else add end; "==";
		$stats["rx_pp_" + ({alloc_slow_high_order: "alloc_slow_ho",
			recycle_released_refcnt: "recycle_released_ref"}[$name] // $name)]);

$run[0] as $run
| $report[0] as $report
| ($before | statistics) as $before
| ($after | statistics) as $after
| [$known | split("\n")[] | select(. != "" and (startswith("#") | not))] as $known
| (($dmesg | alarms) + ($console | printed) | unknown($known)) as $alarms
| [if $report and $run.counts != "none" then
	($report | xdp_counts($after; $before; $run.xdp;
		if $run.frames == "exact" then "==" else "<=" end),
	 page_counts($after), flow_counts($after), stats_counts($after))
   else empty end] as $counts
| ($report | if . then [.findings[] | select(.severity != "WARN" or .check == "never_freed") | .check]
	| unique else [] end) as $findings
| ({PASS: "0", FAIL: "1", INCONCLUSIVE: "3"}[$report.verdict? // ""]) as $code
| [if $run.failed != "" then $run.failed else empty end,
   if $run.failed == "" and ($report | not) then
	"netmem-check made no report (exit code \($run.status))"
   elif $run.failed == "" and $code != $run.status then
	"netmem-check ended with \($run.status) and the verdict \($report.verdict)"
   else empty end,
   if $run.failed == "" and $dmesg == "" then "no log came back" else empty end,
   if $report and $report.verdict != $run.expected then
	"the verdict is \($report.verdict), expected \($run.expected): \([$report.reasons[]?] | join("; "))"
   else empty end,
   if $findings != ($run.findings | unique) then
	"found [\($findings | join(", "))], expected [\($run.findings | join(", "))]"
   else empty end,
   if $report.workload_failed then "the workload failed: \($run.said)" else empty end,
   if $report and ($run.holds | not) then "the report is not as the scenario asks" else empty end,
   ($counts[] | select(.ok | not)
	| if .ok == false then
		"\(.what): \(.ours) by netmem-check, not \(.rule) \(.theirs) of ethtool -S"
	  elif .ours == null then "\(.what): netmem-check has no such count, or a pool did not rest"
	  else "\(.what): ethtool -S of the guest has no such count" end),
   ($alarms[:8][] | "log: \(.)"),
   if ($alarms | length) > 8 then "log: and \(($alarms | length) - 8) lines more"
   else empty end] as $problems
| ((($stop | tonumber?) // 0) - (($start | tonumber?) // 0)) as $hundredths
| (($after.good_frames_received // 0) - ($before.good_frames_received // 0)) as $packets
| ($after | sum(.rx_pp_recycle_cached, .rx_pp_recycle_ring)) as $kept
| ($after | sum($kept, .rx_pp_recycle_ring_full, .rx_pp_recycle_released_ref)) as $back
| {kernel: $run.kernel, scenario: $run.scenario, round: $run.round,
   expected: $run.expected, verdict: $report.verdict, ok: ($problems == []),
   problems: $problems, findings: $findings,
   events: $report.coverage.events, share: $report.coverage.share,
   packets: $packets,
   packets_per_s: (if $hundredths > 0 then $packets * 100 / $hundredths | floor
	else null end),
   recycled: (if $back and $back > 0 then $kept / $back else null end),
   counts: $counts, wall_s: $run.wall, results: $run.results}
