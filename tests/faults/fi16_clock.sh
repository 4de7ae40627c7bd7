#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-16: the wall clock steps by a year, forward and back, under a running daemon and between two of them; a daemon
# lives in a time namespace whose boot clock is another one. Leases keep their length, to be seen in the kernel's map.
# (The boot clock itself can be set by nobody; what a suspend adds to it, it adds for kernel and daemon alike.)
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "clock steps"
daemon_begin clock

step() { python3 -c 'import struct, sys; open(sys.argv[1], "r+b").write(struct.pack("<q", int(sys.argv[2]) * 10**9))' "$W/wall" "$1"; }
YEAR=$((365 * 86400))
head -c 8 /dev/zero >"$W/wall"
chmod 644 "$W/wall"
shim() { gcc -shared -fPIC -O2 -o "$W/wallclock.so" tests/faults/wallclock.c && chmod 755 "$W/wallclock.so"; }
# seconds until the deadline in the kernel's map, by the machine's own boot clock
left() {
	bpftool -j map dump pinned "$(find "$W/bpf/cordon" -name deny)" | python3 -c '
import json, sys, time
mac = bytes.fromhex(sys.argv[1].replace(":", ""))
for e in json.load(sys.stdin):
    key, value = (bytes(int(b, 16) for b in e[k]) for k in ("key", "value"))
    if key[0] == 0 and key[8:14] == mac:
        print((int.from_bytes(value[:8], "little") - time.clock_gettime_ns(time.CLOCK_BOOTTIME)) // 10**9)' "$1"
}
an_hour() { local s; s=$(left "$MAC"); echo "$s s left"; [ "${s:-0}" -le 3600 ] && [ "${s:-0}" -gt 3300 ]; }
told_an_hour() { local s; s=$(cor -j quarantine list | jq '.quarantines[0].left_s'); echo "$s s"; [ "$s" -le 3600 ] && [ "$s" -gt 3300 ]; }
start() { LD_PRELOAD=$W/wallclock.so WALLCLOCK=$W/wall daemon_start gateway --device dev0 --device dev1; }
short_one() { cor quarantine add "$NEAR_MAC" --for 2s --reason "two seconds" && not near 300 && wait_for 4 near 300; }
in_the_year() { [ "$(tail -1 "$W/eve.json" | jq -r '.timestamp[0:4]')" = "$(date -d "@$(($(date +%s) + $1))" +%Y)" ]; }

ok "another_wall_clock_can_be_made" shim || { tap_done; exit 1; }
daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" start
ok "a_lease_of_an_hour" cor quarantine add "$MAC" --for 1h --reason test
ok "an_hour" an_hour
for s in $YEAR -$YEAR 0; do
	step "$s"
	ok "clock_at_$s: a_lease_of_two_seconds_lasts_two" short_one
	ok "clock_at_$s: events_follow_the_wall_clock" in_the_year "$s"
	ok "clock_at_$s: the_other_is_an_hour" told_an_hour
	ok "clock_at_$s: in_the_map_too" an_hour
done
for s in $YEAR -$YEAR $((YEAR / 2)) 0; do
	daemon_kill
	step "$s"
	ok "started_at_$s" start
	ok "started_at_$s: an_hour" told_an_hour
	ok "started_at_$s: in_the_map_too" an_hour
	ok "started_at_$s: it_holds" not probe
done
daemon_stop
if unshare --time --boottime 1000000 true 2>/dev/null; then
	as_other() { # the daemon, in a time namespace of its own
		(exec nsenter --net="/run/netns/$PRE-gateway" unshare --time --boottime "$1" "$CORDON" run -c "$W/cordon.yaml" --device dev0 --device dev1) >>"$W/cordon.log" 2>&1 &
		echo $! >"$W/pid"
		wait_for 30 daemon_ready
	}
	ok "time_namespace: cordon_runs" as_other 30000000
	ok "time_namespace: an_hour" told_an_hour
	ok "time_namespace: a_lease_of_two_seconds_lasts_two" short_one
	ok "time_namespace: in_the_map_too" an_hour
	ok "time_namespace: children_come_back" eval 'kill -KILL "$(cor -j status | jq .processes.daemon)"; wait_for 10 daemon_ready'
	ok "time_namespace: it_holds" not probe
else
	skip "time_namespace" "this kernel has no time namespaces"
fi
ok "stop" daemon_stop
tap_done
