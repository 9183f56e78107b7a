#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Rules and dashboard in a real Prometheus with its Alertmanager, which scrape a
# monitor under traffic with a stalled pool.
# limit: 600
# slow

# Installed where they are missing, before the case has a network of its own.
have_prometheus() {
	command -v promtool && command -v prometheus &&
		command -v prometheus-alertmanager
} >/dev/null
if [ "${1:---cases}" != --cases ] && [ -z "${NETMEM_TEST_INSIDE:-}" ] &&
	[ -z "${NO_SETUP:-}" ] && ! have_prometheus; then
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends prometheus prometheus-alertmanager \
		>/dev/null 2>&1
fi

. "${0%/*}/lib.sh"
# shellcheck source=tests/live/monitor.lib
. "$root/tests/live/monitor.lib"

share=$root/contrib/monitor
# Theirs: the network namespace is ours.
MONITOR=9555
PROMETHEUS=http://127.0.0.1:9090
ALERTMANAGER=http://127.0.0.1:9093

needs_prometheus() {
	have_prometheus || skip 'no prometheus and prometheus-alertmanager (Debian packages)'
}

case_rules() {
	needs_prometheus
	promtool check rules "$share/alerts.yml" >"$tmp/out" 2>&1 ||
		fail 'promtool check rules'
	promtool test rules "$root/tests/prometheus/alerts-test.yml" \
		>"$tmp/out" 2>&1 || fail 'promtool test rules'
	# It can fail.
	mkdir -p "$tmp/contrib/monitor" "$tmp/tests/prometheus"
	sed 's/stalled_seconds > 60/stalled_seconds > 600/' "$share/alerts.yml" \
		>"$tmp/contrib/monitor/alerts.yml"
	cp "$root/tests/prometheus/alerts-test.yml" "$tmp/tests/prometheus"
	! promtool test rules "$tmp/tests/prometheus/alerts-test.yml" \
		>"$tmp/out" 2>&1 || fail 'a changed rule passes its test'
}

servers() {
	cat >"$tmp/prometheus.yml" <<-END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: ["$share/alerts.yml"]
		alerting:
		  alertmanagers: [{static_configs: [{targets: ["127.0.0.1:9093"]}]}]
		scrape_configs:
		  - job_name: netmem-check
		    static_configs: [{targets: ["127.0.0.1:$MONITOR"]}]
	END
	cat >"$tmp/alertmanager.yml" <<-'END'
		route: {receiver: none, group_wait: 0s}
		receivers: [{name: none}]
	END
	in_background prometheus-alertmanager --config.file "$tmp/alertmanager.yml" \
		--storage.path "$tmp/alertmanager" --cluster.listen-address= \
		--web.listen-address 127.0.0.1:9093 >"$tmp/alertmanager.log" 2>&1
	in_background prometheus --config.file "$tmp/prometheus.yml" \
		--storage.tsdb.path "$tmp/prometheus" \
		--web.listen-address 127.0.0.1:9090 >"$tmp/prometheus.log" 2>&1
	wait_until 60 curl -sf $ALERTMANAGER/-/ready >/dev/null ||
		fail "$(tail -n 5 "$tmp/alertmanager.log")"
	wait_until 60 curl -sf $PROMETHEUS/-/ready >/dev/null ||
		fail "$(tail -n 5 "$tmp/prometheus.log")"
}

# query EXPRESSION: its answer; fails if there is none
query() {
	curl -sf --data-urlencode "query=$1" $PROMETHEUS/api/v1/query \
		>"$tmp/answer" && jq -e '.data.result | length > 0' "$tmp/answer" \
		>/dev/null
}

# alerted NAME: Alertmanager has it
alerted() {
	curl -sf "$ALERTMANAGER/api/v2/alerts?active=true" |
		jq -e --arg name "$1" 'any(.[]; .labels.alertname == $name)' >/dev/null
}

not_alerted() {
	curl -sf "$ALERTMANAGER/api/v2/alerts?active=true" |
		jq -e --arg name "$1" 'all(.[]; .labels.alertname != $name)' >/dev/null
}

# A destroyed pool with pages in a socket, and another one with traffic
stall_beside_traffic() {
	veth 1500
	xdp_on dut0 netmem_pass
	fill_socket 200000
	ip link set dev dut0 xdpdrv off
	xdp_on dut0 netmem_pass
	tcp 600 20M
}

# What the dashboard asks, of all monitors and devices
expressions() {
	# shellcheck disable=SC2016 # Grafana's
	jq -r '.panels[].targets[].expr' "$share/grafana.json" |
		sed 's/\$instance\|\$device/.*/g; s/\$__rate_interval/10s/g'
	# shellcheck disable=SC2016 # Grafana's
	jq -r '.templating.list[].definition // empty' "$share/grafana.json" |
		sed 's/label_values(\(.*\), [a-z]*)/\1/; s/\$instance/.*/g'
}

case_alert_and_dashboard() {
	[ ! -e $PINS ] || skip "$PINS is in use"
	needs_prometheus
	monitor --listen 127.0.0.1:$MONITOR --stalled-after 2s --store "$db"
	servers
	wait_for 'a scrape' query 'up{job="netmem-check"} == 1'
	not_alerted NetmemPoolStalled || fail 'an alert without a cause'
	stall_beside_traffic
	wait_until 60 query 'netmem_verdict' || fail 'no look in Prometheus'
	expressions >"$tmp/expressions"
	[ "$(wc -l <"$tmp/expressions")" -gt 20 ] || fail 'no expressions'
	while read -r expression; do
		case $expression in
		*netmem_unassigned_losses*)
			# There may be none.
			query "$expression" || [ -s "$tmp/answer" ]
			;;
		*) wait_until 60 query "$expression" ;;
		esac || fail "the dashboard shows nothing for: $expression"
	done <"$tmp/expressions"
	wait_until 120 alerted NetmemPoolStalled || fail 'no alert'
	curl -sf "http://127.0.0.1:$MONITOR/metrics" | promtool check metrics \
		>"$tmp/out" 2>&1 || fail 'promtool check metrics'
	unstall
	wait_until 60 not_alerted NetmemPoolStalled || fail 'the alert does not clear'
	query 'netmem_pools{state="stalled"} == 0' || fail 'still stalled'
	end_monitor TERM '0|3'
	wait_for 'that it is down' query \
		'ALERTS{alertname="NetmemMonitorDown",alertstate="pending"}'
}

run_cases "$@"
