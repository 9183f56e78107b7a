# The table of lab/cost, from about, figures and runs of its guest
# (guest/cost). Exit 1, and why as the last line, where the figures do not bear
# it.

function fail(why) {
	print why
	failed = 1
	exit 1
}

# instructions of one round
function cost(way, path) {
	return median[way, path] / rounds[path]
}

function thousands(n,   text) {
	text = sprintf("%.0f", n < 0.5 && n > -0.5 ? 0 : n)
	return length(text) > 3 ? substr(text, 1, length(text) - 3) "," substr(text, length(text) - 2) : text
}

function line(a, b, c, d, e) {
	printf "%-32s%9s%13s%9s%9s\n", a, b, c, d, e
}

# one line, a number for each way but the first
function more(path,   w, n) {
	for (w = 2; w <= 4; w++)
		n[w] = thousands(cost(ways[w], path) - cost("none", path))
	line("  more than with nothing", "", n[2], n[3], n[4])
}

function times(path,   w, n) {
	for (w = 2; w <= 4; w++)
		n[w] = sprintf("%.1f", cost(ways[w], path) / cost("none", path))
	line("  times", "", n[2], n[3], n[4])
}

function programs(path,   w, n) {
	for (w = 2; w <= 4; w++)
		n[w] = sprintf("%.2f", runs[ways[w], path])
	line("  BPF programs that run", "", n[2], n[3], n[4])
}

# above(WAY, EVENT): what programs of that way add to one event. A page that is
# gone was held, released and freed, and each of these is wanted by itself.
function above(way, event) {
	if (event != "release")
		return cost(way, event) - cost("none", event)
	return cost(way, "gone") - cost("none", "gone") - above(way, "hold") - above(way, "free")
}

function event_line(event, text, aim,   empty, ours) {
	empty = above("empty", event)
	ours = above("tracepoint", event)
	line(text, sprintf("%.0f", empty), sprintf("%.0f", ours), sprintf("%.0f", ours - empty), aim)
}

FILENAME ~ /about$/ { kernel = $1; release = $2; next }

FILENAME ~ /figures$/ {
	way = $1
	if (way == "none" && (("none", $2) in median))
		way = "last"
	rounds[$2] = $3
	median[way, $2] = $4
	if ($4 > 0 && ($6 - $5) / $4 > spread)
		spread = ($6 - $5) / $4
	next
}

# what runs now and then is not of the page's way
$5 / $3 >= 0.05 {
	runs[$1, $2] += $5 / $3
	names[$1, $2] = names[$1, $2] sprintf(" %s %.2f", $4, $5 / $3)
}

END {
	if (failed)
		exit 1
	n = split("cache ring gone frag skb hold free", paths, " ")
	n -= 2
	split("none tracepoint fentry kprobe last empty", ways, " ")
	title["cache"] = "page, put direct to the cache"
	title["ring"] = "page, put to the ring"
	title["gone"] = "page, not recycled"
	title["frag"] = "fragment, put to the ring"
	title["skb"] = "fragment, by an skb"
	for (w = 1; w <= 6; w++)
		for (p = 0; p <= n + 2; p++)
			if (!((ways[w], p ? paths[p] : "loop") in median))
				fail("no figures of " ways[w])
	if (cost("none", "loop") < 1.99 || cost("none", "loop") > 2.01)
		fail(sprintf("two instructions counted as %.3f", cost("none", "loop")))
	for (p = 1; p <= n + 2; p++) {
		apart = cost("last", paths[p]) / cost("none", paths[p]) - 1
		apart = apart < 0 ? -apart : apart
		most_apart = apart > most_apart ? apart : most_apart
		if (runs["fentry", paths[p]] < 1 || runs["kprobe", paths[p]] < 1)
			fail("no program ran on " paths[p])
	}
	if (above("empty", "hold") < 1 || above("empty", "release") < 1 || above("empty", "free") < 1)
		fail("the empty programs did not run")
	if (most_apart > 0.01)
		fail(sprintf("nothing armed differs by %.1f %% before and after", 100 * most_apart))

	printf "What a page costs on %s (%s), handed out and returned:\n", kernel, release
	print "instructions, which QEMU counted (TCG, -icount); no time. A page has 4 fragments."
	print ""
	line("ONE HAND-OUT AND ONE RETURN OF A", "NOTHING", "TRACEPOINTS", "FENTRY", "KPROBE")
	for (p = 1; p <= n; p++) {
		path = paths[p]
		line(title[path], sprintf("%.1f", cost("none", path)),
			sprintf("%.1f", cost("tracepoint", path)),
			thousands(cost("fentry", path)), thousands(cost("kprobe", path)))
		more(path)
		times(path)
		programs(path)
	}
	print ""
	line("A PAGE, MORE THAN WITH NOTHING", "EMPTY", "TRACEPOINTS", "ABOVE", "AIM")
	event_line("hold", "enters its pool", "150")
	event_line("release", "leaves its pool", "160")
	event_line("free", "freed, of no pool", "60")
	print ""
	for (p = 1; p <= n; p++)
		for (w = 3; w <= 4; w++)
			printf "%-32s%-8s%s\n", w == 3 ? title[paths[p]] : "", ways[w], names[ways[w], paths[p]]
	printf "\nNothing armed, before and after: %.2f %% apart. Repetitions: %.2f %%. Two known\ninstructions counted as %.3f.\n", \
		100 * most_apart, 100 * spread, cost("none", "loop")
}
