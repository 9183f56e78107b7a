# SPDX-License-Identifier: GPL-2.0
# A row of lab/board's table, of a report or a probe.
def what:
  if .findings and (.findings | length) > 0 then
    [.findings[] | "\(.check) (\(.count))"] | join(", ")
  elif .reasons and (.reasons | length) > 0 then
    .reasons[0] + (if (.reasons | length) > 1 then ", and \((.reasons | length) - 1) more" else "" end)
  elif .pools then
    [.pools[] | select(.judged)] |
    "\(length) pools, \([.[].events // 0] | add // 0) events"
  elif .tier then
    "tier \(.tier), \(.blind | length) checks blind"
  else "" end;
"\($step)|\($code)|\(.verdict // "-")|\(what)"
