#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The whole daemon in namespaces of its own: attach, quarantine, release, crashes, adoption, threats, rules, guards.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "daemon in namespaces"
daemon_begin daemon

daemon_pid() { cor -j status | grep -o '"daemon":[0-9]*' | head -1 | cut -d: -f2; }
inspector_pid() { cor -j status | grep -o '"inspector":[0-9]*' | head -1 | cut -d: -f2; }
is_listed() { cor -j quarantine list | grep -q "$MAC"; }
kill_child() { # NAME: kill -9, then wait for another one
	local old now
	old=$("$1")
	[ "${old:-0}" -gt 1 ] || return 1
	kill -KILL "$old"
	wait_for 10 other_child "$1" "$old" && wait_for 10 daemon_ready
	now=$("$1")
	[ "$now" != "$old" ]
}
other_child() {
	local now
	now=$("$1")
	[ "${now:-0}" -gt 1 ] && [ "$now" != "$2" ]
}
second_daemon() {
	local out rc=0
	out=$(in_ns gateway timeout $((20 * patience)) "$CORDON" run -c "$W/cordon.yaml" --device dev0 2>&1) || rc=$?
	echo "$out"
	[ "$rc" = 1 ] && grep -q "already running as pid $(cat "$W/pid")" <<<"$out"
}
sends_needle() { in_ns device timeout $((5 * patience)) "$HOST" get "$SERVER" 80 /needle-in-hay; :; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "run_attaches_and_answers" daemon_ready
ok "unprivileged_children" eval '[ "$(ps -o user= -p "$(daemon_pid)")" != root ] && [ "$(ps -o user= -p "$(inspector_pid)")" != root ]'
# the flow table, and its own place in the ring; every other map is gone or can only be read
ok "inspector_can_write_flows_and_its_ring_position_only" eval '[ "$(grep -c "rw-s.*bpf-map" "/proc/$(inspector_pid)/maps")" = 2 ]'

ok "device_reaches_server" probe
ok "second_daemon_is_refused_by_name" second_daemon

ok "quarantine_add" cor quarantine add "$MAC" --for 1h --reason test
ok "quarantined_device_cannot_send" not probe
ok "quarantined_device_cannot_be_reached" not back
ok "neighbour_is_not_affected" near
ok "quarantine_is_listed" is_listed

ok "daemon_killed_is_started_again" kill_child daemon_pid
ok "quarantine_holds_after_daemon_crash" not probe
ok "quarantine_is_listed_after_daemon_crash" is_listed
ok "inspector_killed_is_started_again" kill_child inspector_pid

ok "keeper_killed" daemon_kill
ok "keeper_killed_quarantine_holds" not probe
ok "keeper_killed_neighbour_works" near
ok "no_daemon_exit_3" code 3 cor status
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "restart_adopts" daemon_ready
ok "restart_says_that_it_adopted" grep -q "adopted the kernel half" "$W/cordon.log"
ok "quarantine_holds_after_restart" not probe
ok "quarantine_is_listed_after_restart" is_listed

ok "release" cor quarantine release "$MAC"
ok "released_device_works_again" wait_for 5 probe
ok "released_device_is_reached_again" back
ok "release_of_free_device_exit_4" code 4 cor quarantine release "$MAC"

ok "threat_that_covers_the_gateway_is_refused" code 1 cor threat add net 198.18.9.0/24
ok "threat_add" cor threat add ip "$SERVER"
ok "threat_is_looked_up" cor threat lookup "$SERVER"
ok "listed_address_is_blocked" wait_for 5 not probe 300
ok "threat_survives_daemon_crash" eval 'kill_child daemon_pid && cor threat lookup "$SERVER"'
ok "threat_remove" cor threat remove "$SERVER"
ok "unlisted_address_works_again" wait_for 5 probe

printf '%s\n' 'alert tcp any any -> any 80 (msg:"needle"; flow:established,to_server; content:"needle-in-hay"; priority:1; sid:9000001;)' \
	'alert bogus any any -> any any (msg:"refused"; sid:9000002;)' >"$W/test.rules"
ok "rules_load" cor rules load "$W/test.rules"
ok "rules_list_shows_the_rule" eval 'cor rules list | grep -q 9000001'
ok "guarded_device_is_not_quarantined_by_hand" eval 'cor guard add "$MAC" && code 1 cor quarantine add "$MAC" && cor guard remove "$MAC"'
sends_needle >/dev/null 2>&1
ok "rule_alert_is_an_event" wait_for 5 grep -q '"signature_id":9000001' "$W/eve.json"
ok "rule_alert_quarantines_the_device" wait_for 5 is_listed
ok "automatic_quarantine_cuts_the_device" wait_for 5 not probe 300
ok "neighbour_still_works" near
ok "quarantine_begin_is_an_event" grep -q '"what":"quarantine_begin"' "$W/eve.json"
ok "device_is_in_the_inventory" eval 'cor device list | grep -q "$MAC"'
ok "device_name" eval 'cor device name "$MAC" camera && cor device show camera | grep -q "$MAC"'
ok "release_by_name" cor quarantine release camera --hold-off 1m


# each fetch is a flow with a drop verdict of its own: how long from its packet to the deny entry?
printf 'drop tcp any any -> any 80 (msg:"drop"; flow:established,to_server; content:"drop-this-flow"; priority:3; sid:9000003;)\n' >"$W/drop.rules"
ok "drop_rule_loads" cor rules load "$W/drop.rules"
for _ in {1..40}; do
	bg neighbour timeout $((2 * patience)) "$HOST" get "$SERVER" 80 /drop-this-flow >/dev/null
done
enforced() { cor -j stats | grep -o '"decisions_enforced":[0-9]*' | cut -d: -f2; }
ok "flows_of_a_drop_rule_are_dropped" wait_for 5 eval '[ "$(enforced)" -ge 30 ]'
cor stats | grep decision_ | sed 's/^/# /'

ok "reload" cor reload
daemon_stop
ok "stop_says_what_stays" grep -q "stay in force on dev0, dev1" "$W/cordon.log"
ok "detach_without_daemon" in_ns gateway timeout $((20 * patience)) "$CORDON" detach dev0 -c "$W/cordon.yaml"
ok "detach_of_nothing_exit_4" code 4 in_ns gateway timeout $((20 * patience)) "$CORDON" detach dev0 -c "$W/cordon.yaml"
ok "detach_all" in_ns gateway timeout $((20 * patience)) "$CORDON" detach --all -c "$W/cordon.yaml"
ok "detach_all_leaves_no_pin" eval '! ls -d "$W"/bpf/cordon/v* 2>/dev/null'
[ "$tap_failed" = 0 ] || sed 's/^/# log: /' "$W/cordon.log" | tail -30
tap_done
