#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who is heard when not all can be: one device sends nothing but suspect packets while nobody reads the ring. What a
# neighbour sends then, once, has its place in it and is inspected, whole and in its order, as soon as somebody reads
# again; not a packet of either is lost, and what was not inspected is told, with whose it was.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "shedding"
FLOOD=$PWD/${B:-build}/tests/net/flood
[ -x "$FLOOD" ] || { ok "tests/net/flood is built (make net-bins)" false; tap_done; exit; }
daemon_begin shed

printf '%s\n' 'alert udp any any -> any 9001 (msg:"every datagram"; content:"dddddddddddd"; priority:3; threshold:type limit, track by_rule, count 1, seconds 1; sid:1;)' \
	'alert tcp any any -> any 80 (msg:"needle"; flow:established,to_server; content:"needle-at-first"; priority:3; sid:2;)' \
	'alert tcp any any -> any 80 (msg:"another"; flow:established,to_server; content:"needle-meanwhile"; priority:3; sid:3;)' >"$W/all.rules"
inspector() { cor -j status | jq .processes.inspector; }
asks() { in_ns neighbour timeout $((5 * patience)) "$HOST" get "$SERVER" 80 "/needle-$1" >/dev/null 2>&1; :; }
shed_of() { cor -j device show "$1" | jq -e '.device.shed'; }
is() { [ "$1" = "$2" ] || { echo "$1, wanted $2"; return 1; }; }
conserved() { cor -j stats | jq -e '.kernel | .packets == .passed + .dropped + .held'; }
counts() { in_ns server ss -Hlun 'sport = 9001' | grep -q .; }

daemon_config "watchdog: 1h" "ring: {size: 131072}" "rules:" "  - $W/all.rules"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
asks at-first
ok "it_inspects" wait_for 20 alert 2
ok "both_are_known" wait_for 10 eval 'probe; near; shed_of "$MAC" && shed_of "$NEAR_MAC"'
quiet=$(shed_of "$NEAR_MAC")
pid=$(inspector)
bg server "$FLOOD" count "$SERVER" 9001 >"$W/got"
counter=$!
ok "somebody_counts" wait_for 5 counts
kill -STOP "$pid"
in_ns device "$FLOOD" send "$SERVER" 9001 3000 2000 >"$W/sent"
ok "the_loud_one_is_shed" [ "$(shed_of "$MAC")" -gt 1000 ]
asks meanwhile
ok "nothing_of_the_quiet_one_is" is "$(shed_of "$NEAR_MAC")" "$quiet"
ok "and_the_ring_was_full_for_nobody" is "$(count lost)" 0
kill -TERM "$counter"
wait "$counter"
ok "no_packet_is_lost_for_it" is "$(cat "$W/got")" "$(cat "$W/sent")"
ok "seen_is_passed_dropped_and_held" conserved
ok "it_is_told_with_whose_they_were" wait_for 10 eve_has ".cordon.what == \"suspects_shed\" and .cordon.mac == \"$MAC\""
kill -CONT "$pid"
ok "what_the_quiet_one_sent_meanwhile_is_inspected" wait_for 20 alert 3
ok "by_the_same_inspector" is "$(inspector)" "$pid"
ok "of_the_loud_one_what_had_room" wait_for 10 alert 1
echo "# sent $(cat "$W/sent"), shed $(shed_of "$MAC"); of the quiet one $(shed_of "$NEAR_MAC")"
ok "stop" daemon_stop
[ "$tap_failed" = 0 ] || grep -v rtnetlink "$W/cordon.log" | tail -15 | sed 's/^/# log: /'
tap_done
