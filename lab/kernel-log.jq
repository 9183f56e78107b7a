# What the guests' logs are read for.

# lines that only a kernel in trouble writes
def splats: [split("\n")[] | sub("^<[0-9]+>"; "")
	| select(test("(WARNING|BUG|Oops|general protection|Call Trace|refcount_t|stalled pool|page_pool refcnt|Bad page|bad page|Kernel panic|soft lockup|hung task|list_(add|del) corruption|rcu: .*(stall|detected))"))];

# what netmem-check says last of a start
def last_word: [split("\n")[] | select(. != "")] | last // null
	| if . then sub("^netmem-check run: "; "") | sub("; see netmem-check probe$"; "") else . end;

# how a start came up, from its report
def start: {
	way, status: (.status | rtrimstr("\n")), tier: .report.tier,
	hooked: ([.report.coverage.hooks[]? | select(.how != "none") | .how] | unique),
	findings: [.report.findings[]? | .check],
	# what it cannot see from the start on
	blind: ([.report.coverage.checks.blind[]? | {(.check): {code, why}}] | add),
	splats: ((.dmesg // "") | splats),
	said: (.said | last_word)
};

# what probe says that this kernel refuses, and why
def refused: [.capabilities[]? | select(.supported | not) | {id, name, why: .error, checks}];

# what ip and the kernel say of a driver that runs no XDP program
def refuses_xdp: test("not support");

# all that is required is there
def probed: [.capabilities[]? | select(.required)] | . != [] and all(.[]; .supported);
