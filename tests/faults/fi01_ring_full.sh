#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-01: nobody reads the ring. What it has no room for is counted, for the whole and for the device that caused it;
# what the kernel decides by itself goes on; and when the reader comes back, inspection does, without a restart.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "ring full"
FLOOD=$PWD/${B:-build}/tests/net/flood
[ -x "$FLOOD" ] || { ok "flood is built (make net-bins)" false; tap_done; exit; }
daemon_begin ring

printf '%s\n' 'alert udp any any -> any 9001 (msg:"every datagram"; content:"dddddddddddd"; priority:3; threshold:type limit, track by_rule, count 1, seconds 1; sid:1;)' \
	'alert tcp any any -> any 80 (msg:"needle"; flow:established,to_server; content:"needle-in-hay"; priority:3; sid:2;)' >"$W/all.rules"
inspector() { cor -j status | jq .processes.inspector; }
not_read() { [ $(($(count lost) + $(count shed))) -gt "${1:-0}" ]; }
shed_of_device() { cor -j device show "$NEAR_MAC" | jq -e '[.. | .shed? // empty] | add > 0'; }
pids() { in_ns server ss -Hunlp "sport = :9001" | grep -o 'pid=[0-9]*' | cut -d= -f2; }
delivered() { local s g; s=$(cat "$W/sent") g=$(cat "$W/got"); echo "$s sent, $g received"; [ "$s" -gt 5000 ] && [ "$s" = "$g" ]; }
conserved() { cor -j stats | jq -e '.kernel | .packets == .passed + .dropped + .held'; }
asks() { in_ns neighbour timeout 5 "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; alert 2; }

daemon_config "watchdog: 1h" "ring: {size: 131072}" "rules:" "  - $W/all.rules"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "the_other_device_is_known" wait_for 5 eval 'near && cor device show "$NEAR_MAC"'
pid=$(inspector)
kill -STOP "$pid"
bg server "$FLOOD" count "$SERVER" 9001 >"$W/got"
wait_for 5 eval '[ -n "$(pids)" ]'
counter=$(pids)
in_ns neighbour "$FLOOD" send "$SERVER" 9001 5000 3000 >"$W/sent"
kill "$counter"
wait_for 10 test -s "$W/got"
ok "what_nobody_reads_is_counted" not_read 1000
ok "by_the_device_that_caused_it_too" shed_of_device
ok "no_packet_is_lost_for_it" delivered
ok "seen_is_passed_dropped_and_held" conserved
ok "quarantine_holds_meanwhile" not probe
ok "a_new_one_begins_meanwhile" cor quarantine add "$NEAR_MAC" --for 1h --reason "ring full"
ok "and_cuts_at_once" not near
ok "and_ends_at_once" cor quarantine release "$NEAR_MAC"
ok "who_was_let_back_in_is_back" wait_for 5 near
echo "# $(delivered); not read: $(count lost) lost, $(count shed) shed"
kill -CONT "$pid"
ok "inspection_is_back" wait_for 20 asks
ok "without_a_restart" [ "$(inspector)" = "$pid" ]
ok "stop" daemon_stop
tap_done
