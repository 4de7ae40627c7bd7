#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A disk that does not answer holds no decision up: the state directory, evidence and events are on a frozen file system
# while a device gives itself away; its deny entry is in force all the same, and what is to be written is when it thaws.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "slow disk"
daemon_begin disk
D=$W/disk

disk() { # a file system of its own
	truncate -s 32M "$W/image" && mkfs.ext4 -q "$W/image" && mkdir "$D" && mount -o loop "$W/image" "$D" && chmod 755 "$D"
}
thaw() { fsfreeze -u "$D" 2>/dev/null; }
cleanup() {
	thaw
	daemon_stop
	umount "$D" 2>/dev/null || umount -l "$D" 2>/dev/null
	daemon_cleanup
}
needle() { in_ns "$1" timeout 3 "$HOST" get $SERVER 80 "/needle-disk" >/dev/null 2>&1; :; }
# the pinned map is asked, not the daemon
deny() { find "$W/bpf/cordon" -name deny; }
denied() { # MAC: its bytes are in a key of the deny map
	bpftool -j map dump pinned "$(deny)" | jq -e --arg m "$1" 'any(.[]; [.key[] | ltrimstr("0x")] | join(":") | contains($m))'
}
in_state() { grep -q "$1" "$D/state/quarantine"; }
named() { jq -r --arg m "$1" 'select(.event_type == "alert" and .cordon.mac == $m) | .cordon.evidence // empty' "$D/eve.json" | head -1; }
has_evidence() { local n; n=$(named "$1") && [ -n "$n" ] && [ -s "$D/evidence/$n" ]; }
by_hand() { cor quarantine add "$1" --for 1h --reason hand >"$W/answer.$2" 2>&1; echo "$?" >"$W/code.$2"; }
silent() { [ ! -e "$W/code.$1" ]; }
answered() { [ "$(cat "$W/code.$1" 2>/dev/null)" = 0 ]; }

if ! modinfo loop >/dev/null 2>&1 && [ ! -e /dev/loop-control ] || ! command -v mkfs.ext4 >/dev/null || ! disk; then
	skip "slow disk" "no loop device or no ext4 here"
	tap_done
	exit
fi
trap cleanup EXIT
cat >"$W/d.rules" <<'R'
alert tcp any any -> any 80 (msg:"auto"; flow:established,to_server; content:"needle-disk"; priority:1; sid:9000031;)
R
cat >"$W/cordon.yaml" <<-E
	run_dir: $W/run
	state_dir: $D/state
	bpffs: $W/bpf
	eve_file: $D/eve.json
	first_run: no
	evidence:
	  dir: $D/evidence
	rules:
	  - $W/d.rules
E
: >"$D/eve.json"
ok "network" home_network || { tap_done; exit 1; }
ok "cordon runs" daemon_start gateway --device dev0 --device dev1 || { tap_done; exit 1; }
ok "configuration is read again: evidence goes on afterwards" cor reload

ok "the disk stops to answer" fsfreeze -f "$D"
needle device
ok "the device is denied all the same" wait_for 2 denied "$MAC"
ok "nothing of it is on disk yet" not in_state "$MAC"
(by_hand 02:00:00:00:77:99 1) &
ok "what a person adds is in force" wait_for 5 denied 02:00:00:00:77:99
needle neighbour
ok "and nothing waits behind it: the next device is denied too" wait_for 2 denied "$NEAR_MAC"
ok "he has no answer before it is written" silent 1
ok "the disk answers again" thaw
ok "now he has" wait_for 10 answered 1
for mac in "$MAC" "$NEAR_MAC" 02:00:00:00:77:99; do
	ok "in the state file: $mac" wait_for 10 in_state "$mac"
done
ok "evidence of the first, named in its event" wait_for 10 has_evidence "$MAC"
ok "evidence of the second" wait_for 10 has_evidence "$NEAR_MAC"

# kill -9 between the deny entry and the state file: the map is the truth
cor quarantine release "$MAC" >/dev/null
ok "released" wait_for 10 not denied "$MAC"
fsfreeze -f "$D"
needle device
ok "denied again, and not on disk" wait_for 2 denied "$MAC"
keeper=$(cat "$W/pid")
kill -KILL "$keeper" # its children end with it
ok "all of cordon is killed" wait_for 10 gone "$keeper"
thaw
rm -f "$W/pid"
ok "the lease is in force without it" denied "$MAC"
ok "cordon runs again" daemon_start gateway --device dev0 --device dev1
ok "it knows the lease, from the kernel" eval 'cor -j quarantine list | jq -e --arg m "$MAC" "any(.quarantines[]; .device | contains(\$m))"'
ok "and it is on disk now" wait_for 10 in_state "$MAC"
tap_done
