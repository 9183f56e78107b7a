# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Results of the cases of a test, a line each.

passed=0 failed=0

# report NAME WHY: as tests/run reads it: "ok NAME", or "not ok NAME: WHY" where
# there is one
report() {
	if [ -z "$2" ]; then
		echo "ok $1"
	else
		echo "not ok $1: $2"
		failed=1
	fi
}

# passes TEXT...: for those that end with a count
passes() {
	passed=$((passed + 1))
	echo "ok    $*"
}

# fails TEXT...
fails() {
	failed=$((failed + 1))
	echo "FAIL  $*"
}

# end_cases: the count, with $cases_note after it; fails when a case did
end_cases() {
	echo "$passed passed, $failed failed${cases_note:-}"
	[ "$failed" -eq 0 ]
}
