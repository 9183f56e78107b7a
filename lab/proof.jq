# What lab/prove has shown: each kernel's score.json (lab/knobs, lab/running),
# slurped, as a cell for each check. A cell is proven (it fired when it had to,
# and was silent and awake when nothing was wrong), silent (awake on real
# traffic, but nothing was made wrong), blind (with why), or broken (with why).

def proven: {state: "proven"};
def blind(why): {state: "blind", why: (why // "no reason was given")};
def broken(why): {state: "broken", why: why};
def all_of(problems): if problems == [] then proven else broken(problems | unique | join("; ")) end;

# why a way does not start here
def refusal(way):
	. as $score
	| ([.refused[] | select(.id == way) | "\(.name): \(.why)"]
		+ [.starts[] | select(.way == way and .status == "4") | .said]) | first;

# why functions are not followed here at all
def no_functions:
	[refusal("fentry"), refusal("kprobe")] | map(select(.)) | unique
	| if . == [] then "needs the function tier, which does not run" else join("; ") end;

def started(way): [.starts[] | select(.way == way and (.status | test("^[03]$")))];

# reasons of the run and not of the kernel: they are no excuse
def circumstance:
	IN(.code; "no_xdp_frame", "no_fragments", "no_rest", "xdp_occupied", "no_direct_map", "no_inspectors");

# a way of looking: it comes up, hooks as its name says, and follows a clean pool
def way_cell(way; how):
	started(way) as $start
	| [.knobs[] | select(.way == way and .knob == "pool_clean")] as $clean
	| if $start == [] then
		refusal(way) as $why
		| if $why and way != "tracepoint" then blind($why)
		  else broken("does not start: " + ([.starts[] | select(.way == way)
			| .said, "finds \(.findings[]?)"] | map(select(.)) | first // "nothing was said")) end
	  elif $start[0].hooked | index(how) | not then
		broken("no hook by " + how)
	  elif .seen and way == "tracepoint" then {state: "silent"}
	  elif $clean == [] then broken("no clean pool was watched")
	  else all_of([($start[] | "\(.findings[]) on an idle kernel", .splats[]),
		($clean[] | .problems[],
		 (select(.verdict != "PASS") | "clean pool: \(.verdict): " + (.reasons | join(", "))),
		 (select((.events // 0) == 0) | "clean pool: no event was seen"))])
	  end;

# a check without a knob here: proven where it fires with another one's fault,
# and is awake and silent where nothing is wrong; else blind by what netmem-check
# says of it from its start; or not tried (-), as quick runs try few
def without_knob(check):
	[.knobs[] | select(.expected and (.fired | index(check))) | .way] as $ways
	| [.knobs[] | select(.expected == null and (.way as $way | $ways | index($way)))] as $clean
	| ([.starts[] | .blind[check]? // empty] | first) as $why
	| if $clean != [] and all($clean[]; (.fired | index(check) | not) and (.awake | index(check))) then proven
	  elif $why.code == "no_function_tier" then
		if started("fentry") + started("kprobe") == [] then blind(no_functions) else {state: "-"} end
	  elif $why and ($why | circumstance | not) then blind($why.why)
	  elif .module | index(check) then {state: "-"}
	  elif any(.refused[]; .checks | index(check)) then
		blind([.refused[] | select(.checks | index(check)) | "\(.name): \(.why)"] | first)
	  else blind("the module has no such fault for this kernel") end;

# one check in the ways that it was tried in
def check_cell(check):
	. as $score
	| [.knobs[] | select(.about_check == check)] as $tried
	| [$tried[] | select(.expected == check)] as $wrong
	| [$tried[] | select(.expected == null)] as $clean
	| if .seen then
		.seen[check]
		| if .code == "no_function_tier" then blind($score | no_functions) else del(.code) end
	  elif $wrong == [] and (.module | index(check) | not) then without_knob(check)
	  elif $tried == [] then without_knob(check)
	  else [([$tried[].way] | unique[]) as $way | {
		$way,
		wrong: [$wrong[] | select(.way == $way)],
		clean: [$clean[] | select(.way == $way)],
		blind: ([$wrong[] | select(.way == $way) | .blind] | first)
	  }] as $ways
	  | all_of([
		($tried[] | .problems[] as $problem | "\(.way) \(.knob): \($problem)"),
		($ways[] | (select(.wrong == []) | "\(.way): no knob"),
			(select(.clean == [] and .blind == null) | "\(.way): no clean twin"),
			(select(.blind and (.blind | circumstance)) | "\(.way): \(.blind.why)"),
			(select(.blind == null) | .way as $way | .clean[] | select(.blind)
			 | "\($way) \(.knob): was not looked for: \(.blind.why)"))])
	  | if .state == "proven" and any($ways[]; .blind) then
		blind([$ways[] | select(.blind)
			| .blind.why + (if all($ways[]; .blind) then "" else " (by \(.way))" end)] | first)
	    else . end
	  end;

def audit_cell:
	[.knobs[] | select(.about_check // "" | startswith("pool_"))] as $tried
	| if .seen then .seen.audit
	  elif $tried == [] then broken("no knob was turned")
	  elif any($tried[]; .audit_blind) then blind([$tried[].audit_blind | select(.)] | first)
	  else all_of([$tried[] | .knob as $knob | .audit_problems[] | "\($knob): \(.)"])
	  end;

# the object through ip link: frames of a device that the module makes
def object_cell:
	[.knobs[] | select(.knob | startswith("xdp_"))] as $tried
	| if .seen then .seen.object
	  elif $tried == [] then broken("no knob was turned")
	  else all_of([$tried[] | select(.attached | not) | "\(.knob): \(.attach_said)"])
	  end;

# entries of pools that are no pages
def net_iov_cell:
	[.knobs[] | select(.knob | startswith("niov_"))] as $tried
	| if .seen then blind("no pool of a memory provider is at hand")
	  elif .module | any(.[]; startswith("niov_")) | not then blind("this kernel has no memory providers, or none that a module can be")
	  elif $tried == [] then {state: "-"}
	  else all_of([$tried[] | .problems[] as $problem | "\(.way) \(.knob): \($problem)"])
	  end;

def nic_cell:
	.nic as $nic
	| if $nic == null then blind("no NIC was asked for")
	  elif $nic.card == null then blind($nic.why)
	  elif $nic.attached | not then
		($nic.attach_said // "XDP was never attached") as $said
		| if $nic.refuses_xdp then blind("\($nic.card): \($said)") else broken("\($nic.card): \($said)") end
	  elif $nic.verdict == "INCONCLUSIVE" and $nic.pools == 0 and $nic.packets >= 5000 then
		blind("its driver \($nic.card) makes no page pool")
	  else all_of([
		($nic.findings[] | "found " + .),
		(select($nic.verdict != "PASS") | "\($nic.verdict): \($nic.reasons // [$nic.said] | join(", "))"),
		(select($nic.workload_failed) | "the traffic failed: \($nic.said)"),
		(select($nic.inspected == 0) | "no frame was inspected"),
		(select($nic.packets < 5000) | "only \($nic.packets) frames in XDP")])
	  end;

($checks[0] | map(.check)) as $ids
| map(. as $score | {
	kernel, arch, release, seconds, ended,
	card: .nic.card, ok,
	wrong: [.knobs[] | select(.ok | not) | "\(.way) \(.knob): \(.problems | join(", "))"],
	cells: ({
		probe: (if .ended | not then broken("the guest did not come to its end")
			elif .troubles != [] then broken(.troubles | unique | join("; "))
			elif .probed then proven
			else broken("probe says that something required is missing") end),
		"tracepoint tier": way_cell("tracepoint"; "raw tracepoint"),
		"function tier by fentry": way_cell("fentry"; "fentry"),
		"function tier by kprobe": way_cell("kprobe"; "kprobe"),
		audit: audit_cell,
		"XDP object through ip link": object_cell,
		"traffic on a NIC under XDP": nic_cell,
		"net_iov entries": net_iov_cell
	} + ([$ids[] as $id | {($id): ($score | check_cell($id))}] | add))
})
# nothing that is wrong may be in no cell; quick runs alone may leave some out
| map(if all(.cells[]; .state == "proven" or .state == "silent" or .state == "blind"
		or (.state == "-" and $quick == "1")) and (.ok | not) then
	.cells.probe = broken("something else is wrong: \(.wrong | join("; "))")
	elif $quick != "1" then .cells |= map_values(if .state == "-" then broken("not tried") else . end)
	else . end)
