#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-05: allocations fail, one in N, for every N there is down to every second one; the OOM killer takes a process.
# What ends is there again within two seconds of the kill, and the kernel enforces all the while.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "no memory"
daemon_begin memory
GROUP=
trap '[ -z "$GROUP" ] || for p in $(cat "$GROUP/cgroup.procs"); do kill -KILL "$p"; done; daemon_cleanup; [ -z "$GROUP" ] || rmdir "$GROUP"' EXIT

head -c 8 /dev/zero >"$W/nomem"
chmod 666 "$W/nomem"
shim() { gcc -shared -fPIC -O2 -fno-builtin -o "$W/nomem.so" tests/faults/nomem.c && chmod 755 "$W/nomem.so"; }
one_in() { python3 -c 'import struct, sys; open(sys.argv[1], "r+b").write(struct.pack("<I", int(sys.argv[2])))' "$W/nomem" "$1"; }
failed() { python3 -c 'import struct, sys; print(struct.unpack("<II", open(sys.argv[1], "rb").read())[1])' "$W/nomem"; }
restarts() { cor -j status | jq '.processes | .daemon_restarts + .inspector_restarts'; }
talk() { # everything that allocates: requests, flows, findings, rules
	local i
	for i in 1 2 3 4; do in_ns neighbour timeout 2 "$HOST" get "$SERVER" 80 "/needle-$i" >/dev/null 2>&1; done
	timeout 3 "$CORDON" --socket "$W/run/ctl.sock" -j device list >/dev/null 2>&1
	timeout 3 "$CORDON" --socket "$W/run/ctl.sock" quarantine add 02:00:00:00:99:99 --for 1s >/dev/null 2>&1
	timeout 3 "$CORDON" --socket "$W/run/ctl.sock" rules load "$W/t.rules" >/dev/null 2>&1
	timeout 3 "$CORDON" --socket "$W/run/ctl.sock" reload >/dev/null 2>&1
	:
}
starve() { # N: with one allocation in N failing the device stays cut and the neighbour works
	local was
	was=$(failed)
	one_in "$1"
	talk
	not probe 300 || return 1
	near || return 1
	one_in 0
	[ "$(failed)" -gt "$was" ] || { echo "nothing failed"; return 1; }
	wait_for 20 daemon_ready && not probe 300
}

printf 'alert tcp any any -> any 80 (msg:"needle"; flow:established,to_server; content:"needle-"; priority:3; sid:2;)\n' >"$W/t.rules"
daemon_config "rules:" "  - $W/t.rules"
ok "allocations_can_be_made_to_fail" shim || { tap_done; exit 1; }
ok "network_is_up" home_network || { tap_done; exit 1; }
start() { LD_PRELOAD=$W/nomem.so NOMEM=$W/nomem daemon_start gateway --device dev0 --device dev1; }
ok "cordon_runs" start
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
for n in 1000 100 30 10 5 3 2; do
	ok "one_in_$n" starve $n
done
ok "the_keeper_is_the_same" kill -0 "$(cat "$W/pid")"
echo "# $(failed) allocations failed, $(restarts) processes were started again"
ok "stop" daemon_stop

# --- the OOM killer, in a control group of the test's own ---
group() {
	local g
	if [ -d /sys/fs/cgroup/memory ]; then g=/sys/fs/cgroup/memory/cordon-$$ f=memory.limit_in_bytes
	elif [ -f /sys/fs/cgroup/cgroup.controllers ]; then
		echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
		g=/sys/fs/cgroup/cordon-$$ f=memory.max
	fi
	[ -n "${g:-}" ] && mkdir "$g" && [ -f "$g/$f" ] && GROUP=$g LIMIT=$g/$f
}
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
ms_without() { # PID: how long until another daemon answers, after this one was killed
	local t0
	wait_for 30 gone "$1" || return 1
	t0=$(date +%s%N)
	wait_for 10 another "$1" || return 1
	echo $((($(date +%s%N) - t0) / 1000000)) >"$W/ms"
}
another() { local p; p=$(cor -j status | jq .processes.daemon); [ "${p:-0}" -gt 1 ] && [ "$p" != "$1" ]; }
oom() { # the daemon alone is in the group, with less than it has, and is asked for more
	local pid
	pid=$(cor -j status | jq .processes.daemon)
	echo "$pid" >"$GROUP/cgroup.procs" || return 1
	echo $((1 << 17)) >"$LIMIT" 2>/dev/null
	(for _ in 1 2 3 4 5 6 7 8; do talk; gone "$pid" && break; done) &
	ms_without "$pid" || return 1
	wait
	dmesg 2>/dev/null | grep -i "memory cgroup out of memory" | tail -1
	[ "$(cat "$W/ms")" -lt $((2000 * patience)) ]
}
if group; then
	ok "cordon_runs_again" daemon_start gateway --device dev0 --device dev1
	ok "killed_for_its_memory_the_daemon_is_back_within_2_s" oom
	echo "# $(cat "$W/ms") ms without a daemon"
	ok "all_is_well" wait_for 20 daemon_ready
	ok "the_quarantine_holds" not probe
	ok "the_neighbour_works" near
	ok "stop" daemon_stop
else
	skip "the OOM killer" "no control group for memory"
fi
tap_done
