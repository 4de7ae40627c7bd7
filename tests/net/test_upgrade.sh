#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From one layout version to its neighbour and back, under traffic: not one packet of an allowed device is lost, not one
# of a quarantined device passes. The neighbour version is the same source under another number.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "upgrade and downgrade under traffic"
THIS=$PWD/${B:-build}/cordon
NEXT=$PWD/${B:-build}-next/cordon
FLOOD=$PWD/${B:-build}/tests/net/flood
for f in "$NEXT" "$FLOOD"; do
	[ -x "$f" ] || { ok "$f is built (make check-net does)" false; tap_done; exit; }
done
daemon_begin upgrade

PPS=${PPS:-20000} MS=${MS:-12000}
is_listed() { cor -j quarantine list | grep -q "$MAC"; }
change_to() { # BINARY: the one that runs is stopped, what it enforces stays; the other takes over
	daemon_stop
	CORDON=$1
	daemon_start gateway --device dev0 --device dev1
}
versions() { find "$W/bpf/cordon" -mindepth 1 -maxdepth 1 -printf '%f '; }
is_next() { [ "$(versions)" = "v$("$NEXT" -j version | jq .abi) " ]; }
is_this() { [ "$(versions)" = "v$("$THIS" -j version | jq .abi) " ]; }
nothing_lost() {
	local sent got
	sent=$(cat "$W/near.sent") got=$(cat "$W/near.got")
	echo "$sent sent, $got received"
	[ "$sent" -gt $((PPS * MS / 4000)) ] && [ "$got" = "$sent" ]
}
nothing_passed() {
	local sent got
	sent=$(cat "$W/cut.sent") got=$(cat "$W/cut.got")
	echo "$sent sent, $got received"
	[ "$sent" -gt $((PPS * MS / 4000)) ] && [ "$got" = 0 ]
}
pids() { in_ns server ss -Hunlp "sport = :$1" | grep -o 'pid=[0-9]*' | cut -d= -f2; }
still_sending() { [ ! -s "$W/near.sent" ] && [ ! -s "$W/cut.sent" ]; }

daemon_config
CORDON=$THIS
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "this_version_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason "held through an upgrade"
ok "it_holds" not probe
bg server "$FLOOD" count "$SERVER" 9001 >"$W/near.got"
bg server "$FLOOD" count "$SERVER" 9002 >"$W/cut.got"
wait_for 5 eval '[ -n "$(pids 9001)" ] && [ -n "$(pids 9002)" ]'
counters="$(pids 9001) $(pids 9002)"
bg neighbour "$FLOOD" send "$SERVER" 9001 "$PPS" "$MS" >"$W/near.sent"
bg device "$FLOOD" send "$SERVER" 9002 "$PPS" "$MS" >"$W/cut.sent"

ok "next_version_takes_over" change_to "$NEXT"
ok "nothing_of_this_version_is_left" is_next
ok "next_version_knows_the_lease" is_listed
ok "and_back" change_to "$THIS"
ok "nothing_of_the_next_version_is_left" is_this
ok "the_lease_is_still_known" is_listed
ok "traffic_went_on_all_the_while" still_sending
wait_for 60 eval '[ -s "$W/near.sent" ] && [ -s "$W/cut.sent" ]'
# shellcheck disable=SC2086 # pids
kill $counters
wait_for 10 eval '[ -s "$W/near.got" ] && [ -s "$W/cut.got" ]'
ok "not_one_packet_of_an_allowed_device_was_lost" nothing_lost
ok "not_one_packet_of_the_quarantined_device_passed" nothing_passed
echo "# allowed: $(nothing_lost); quarantined: $(nothing_passed)"
ok "release" cor quarantine release "$MAC"
ok "the_device_works_again" wait_for 5 probe
ok "stop" daemon_stop
tap_done
