#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-02: the deny map is full. Whoever asks for one more is told; no entry that is in force goes for it; automatic
# ones leave room for what a person wants cut.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "deny map full"
daemon_begin full

limit() { sed -nE "s/^#define $1 ([0-9]+).*/\1/p" include/cordon_limits.h; }
MOST=$(limit CORDON_DENY_MAX) KEPT=$(limit CORDON_DENY_RESERVED)
state() { # as many as automatic ones may be, and manual ones until there is room for one more, which takes two: a tag is no way out
	mkdir -p "$W/state" && python3 - "$W/state/quarantine" "$((MOST - KEPT))" "$((KEPT - 2))" <<-'P'
		import sys, time
		def fnv(b):
		    h = 0xcbf29ce484222325
		    for c in b: h = ((h ^ c) * 0x100000001b3) & 0xffffffffffffffff
		    return h
		path, auto, manual = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		now, hour = time.time_ns(), 3600 * 10**9
		lines = "".join("q\tz0-v0-02:01:%02x:%02x:%02x:%02x\tcut\t%d\t1\t%d\t%d\t0\t1\t%d\t0\t0\tfull\t0\n" %
		    (i >> 24 & 255, i >> 16 & 255, i >> 8 & 255, i & 255, i >= auto, now, now + hour, i + 1) for i in range(auto + manual))
		text = "cordon-state 1\n" + lines
		open(path, "w").write(text + "sum\t%016x\n" % fnv(text.encode()))
	P
	chmod -R a+rwX "$W/state"
}
# A walk beside entries that are replaced passes some over and counts others twice (131,075 were counted in a map of
# 131,072, on busy processors just after the start), so a number is waited for.
in_map() { bpftool -j map dump pinned "$(find "$W/bpf/cordon" -name deny)" | tr '{' '\n' | grep -c '"until_ns":'; }
needle() { in_ns device timeout 5 "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; alert 9000001; }
refused() { local out; out=$(cor quarantine add 02:00:ff:00:00:02 2>&1) && return 1; echo "$out"; grep -qi full <<<"$out"; }

printf 'alert tcp any any -> any 80 (msg:"needle"; flow:established,to_server; content:"needle-in-hay"; priority:1; sid:9000001;)\n' >"$W/t.rules"
daemon_config "rules:" "  - $W/t.rules"
ok "state" state
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
all_there() { local n; n=$(in_map); echo "$n in the map"; [ "$n" = $((MOST - 2)) ]; }
ok "all_of_them_are_in_force" wait_for 20 all_there
ok "a_grave_alert" wait_for 10 needle
ok "says_that_the_map_is_full" eve_has '.event_type == "alert" and .cordon.held_back and (.cordon.why | test("full"))'
ok "its_device_is_not_cut" probe
ok "a_person_still_can" cor quarantine add "$MAC" --for 1h --reason "by hand"
ok "and_it_cuts" not probe
ok "until_there_is_no_room_at_all_which_is_said" refused
all_full() { local n; n=$(in_map); echo "$n in the map"; [ "$n" = "$MOST" ]; }
ok "nothing_went_for_it" wait_for 20 all_full
ok "room_is_made_by_a_release" eval 'cor quarantine release 02:01:00:00:00:05 && cor quarantine release 02:01:00:00:00:06'
ok "and_used" cor quarantine add 02:00:ff:00:00:02
ok "stop" daemon_stop
tap_done
