#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-20: no bpffs, none that can be mounted, one that is read-only. It is mounted, or the error names the place and the
# cure; in no case is anything attached that is not pinned.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "bpffs"
daemon_begin bpffs
mkdir "$W/none" "$W/ro"
trap 'umount "$W/none/bpf" "$W/none" "$W/ro" 2>/dev/null; daemon_cleanup' EXIT

at() { sed -i "s|^bpffs: .*|bpffs: $1|" "$W/cordon.yaml"; }
refused() { # TEXT
	local out rc=0
	out=$(in_ns gateway timeout $((20 * patience)) "$CORDON" run -c "$W/cordon.yaml" --device dev0 2>&1) || rc=$?
	echo "exit $rc: $out"
	[ "$rc" = 1 ] && grep -qE "$1" <<<"$out" && [ "$(grep -c 'cordon\[\|error' <<<"$out")" -le 3 ]
}
nothing_attached() { ! in_ns gateway ip -d link show dev0 | grep -q prog/xdp && [ -z "$(in_ns gateway tc filter show dev dev0 egress 2>/dev/null)" ] && [ -z "$(in_ns gateway bpftool -j net show dev dev0 | jq -r '.[].tc[]?.name')" ]; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
mount -t tmpfs tmpfs "$W/none"
at "$W/none/bpf"
ok "a_missing_one_is_mounted" daemon_start gateway --device dev0 --device dev1
ok "it_is_one" [ "$(stat -fc %T "$W/none/bpf")" = bpf_fs ]
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "cuts" not probe
ok "stopped_and_taken_off" eval 'daemon_stop; in_ns gateway "$CORDON" detach --all -c "$W/cordon.yaml"'
umount "$W/none/bpf"
rm -rf "$W/none/bpf"
mount -o remount,ro "$W/none"
ok "where_none_can_be_made_it_says_so" refused "$W/none/bpf: cannot create it: Read-only file system"
ok "and_nothing_is_attached" nothing_attached
mount -t bpf bpf "$W/ro" && mount -o remount,ro "$W/ro"
at "$W/ro"
ok "a_read_only_one_is_refused" refused "$W/ro.*Read-only file system"
ok "and_nothing_is_attached_either" nothing_attached
at "$W/bpf"
ok "with_a_good_one_it_runs" daemon_start gateway --device dev0 --device dev1
ok "stop" daemon_stop
tap_done
