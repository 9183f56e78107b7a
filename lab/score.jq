# All that a guest of lab/knobs brought back, as one.

include "kernel-log";

. as $run
| ($probe[0]) as $probe
| ($nic[0]) as $nic
| {
	kernel, arch, release, seconds,
	ended: (.last == "all"),
	refused: ($probe | refused),
	probed: ($probe | probed),
	starts: ($starts[0] | map(start)),
	# what the kernel said outside of the knobs, and modules that did not load
	troubles: ((.dmesg | splats) + [.insmod | split("\n")[] | select(. != "")]),
	nic: ([$run.nic_attach | split("\n")[] | select(test("^ip link|^$|^libbpf") | not)][0] as $attach_said
	| if $run.card == "" then {card: null, why: ($run.nic_said | rtrimstr("\n"))}
	else {
		card: ($run.card | rtrimstr("\n")),
		attached: ($run.nic_attach | test("prog/xdp id")),
		$attach_said,
		refuses_xdp: ($attach_said // "" | refuses_xdp),
		verdict: $nic.verdict, reasons: $nic.reasons,
		findings: [$nic.findings[]? | select(.severity != "WARN") | .check],
		pools: ([$nic.pools[]? | select(.device == "eth0" and .events > 0)] | length),
		packets: ([$nic.xdp[]?.packets.pass] | add // 0),
		inspected: $nic.counters.xdp_inspected,
		workload_failed: $nic.workload_failed,
		said: ([$run.nic_said | split("\n")[] | select(. != "")] | last)
	} end),
	# all that the module has here
	module: (.module | split("\n")[1:] | map(split(" ")[0])),
	knobs: $knobs[0]
}
| .right = ([.knobs[] | select(.ok)] | length)
| .ok = (.ended and .knobs != [] and .troubles == [] and .right == (.knobs | length)
	and all(.starts[]; .findings == [] and .splats == []
		and (.status == "" or (.status | test("^[034]$")))))
