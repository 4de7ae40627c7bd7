#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-11: the disk is full, then read-only. Events without room are lost and counted; decisions do not wait for a disk;
# what cannot be kept over a reboot is said; and when there is room again, all is written as before.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "disk full"
daemon_begin disk
mkdir "$W/disk"
trap 'umount "$W/disk" 2>/dev/null; daemon_cleanup' EXIT
mount -t tmpfs -o size=1m tmpfs "$W/disk" || { skip "disk full" "no tmpfs can be mounted"; tap_done; exit; }
chmod 777 "$W/disk"

fill() { dd if=/dev/zero of="$W/disk/fill" bs=4k 2>/dev/null; [ "$(df --output=avail "$W/disk" | tail -1)" -eq 0 ]; }
lost() { cor -j stats | jq -e "[.outputs[] | select(.name == \"file\") | .dropped + .failed] | add > ${1:-0}"; }
said() { local out rc=0; out=$(cor quarantine add "$1" --for 1h --reason "disk" 2>&1) || rc=$?; echo "exit $rc: $out"; grep -qi "cannot be written" <<<"$out"; }
listed() { cor -j quarantine list | jq -e "any(.quarantines[]; .device | test(\"$1\"))"; }
kept() { grep -q "$1" "$W/disk/state/quarantine"; }
talk() { local i; for i in 1 2 3 4 5 6 7 8; do in_ns neighbour timeout 3 "$HOST" get "$SERVER" 80 "/needle-$i" >/dev/null 2>&1; done; }
quick() { local t0 t; t0=$(date +%s%N); "$@" || return 1; t=$((($(date +%s%N) - t0) / 1000000)); echo "$t ms"; [ "$t" -lt $((2000 * patience)) ]; }

printf 'alert tcp any any -> any 80 (msg:"needle"; flow:established,to_server; content:"needle-"; priority:3; sid:2;)\n' >"$W/t.rules"
daemon_config "rules:" "  - $W/t.rules"
sed -i "s|^state_dir: .*|state_dir: $W/disk/state|; s|^eve_file: .*|eve_file: $W/disk/eve.json|" "$W/cordon.yaml"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
talk
ok "events_are_written" wait_for 5 grep -q '"signature_id":2' "$W/disk/eve.json"
ok "the_disk_is_full" fill
talk
ok "events_without_room_are_counted" wait_for 10 lost
ok "a_quarantine_that_cannot_be_kept_says_so" said "$MAC"
ok "and_is_in_force" not probe
ok "and_listed" listed "$MAC"
ok "nothing_waits_for_the_disk" quick cor -j status
ok "the_daemon_is_whole" daemon_ready
rm "$W/disk/fill"
ok "with_room_the_lease_is_kept" wait_for 10 kept "$MAC"
talk
ok "and_events_are_whole_lines" wait_for 5 eval 'jq -es "length > 0" "$W/disk/eve.json"'
# what is open for writing keeps a disk writable
ok "stop" daemon_stop
sed -i "s|^eve_file: .*|eve_file: $W/eve.json|" "$W/cordon.yaml"
ok "cordon_runs_again" daemon_start gateway --device dev0 --device dev1
ok "with_the_lease" listed "$MAC"
ok "the_disk_is_read_only" mount -o remount,ro "$W/disk"
ok "a_quarantine_on_it_says_so" said "$NEAR_MAC"
ok "and_cuts" not near
ok "a_release_works_too" eval 'cor quarantine release "$NEAR_MAC" || :; wait_for 5 near'
ok "killed_meanwhile_the_daemon_comes_back" eval 'kill -KILL "$(cor -j status | jq .processes.daemon)"; wait_for 10 daemon_ready'
ok "with_the_lease" listed "$MAC"
ok "which_holds" not probe
mount -o remount,rw "$W/disk"
ok "stop" daemon_stop
tap_done
