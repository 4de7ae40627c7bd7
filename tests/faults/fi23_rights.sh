#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-23: a capability is missing: the error names it, and no other. No locked memory at all is no obstacle.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "rights"
daemon_begin rights

without() { # CAPABILITY
	local out rc=0 name
	name=CAP_$(tr a-z A-Z <<<"$1")
	out=$(in_ns gateway setpriv --bounding-set "-$1" --inh-caps "-$1" -- timeout 20 "$CORDON" run -c "$W/cordon.yaml" --device dev0 2>&1) || rc=$?
	echo "exit $rc: $out"
	[ "$rc" = 1 ] && grep -q "with $name\$" <<<"$out"
}
untouched() { ! in_ns gateway ip -d link show dev0 | grep -q prog/xdp; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
for c in bpf net_admin perfmon sys_admin; do
	ok "without_$c" without $c
done
ok "without_all_of_them_both_are_named" eval 'without bpf >/dev/null; out=$(in_ns gateway setpriv --bounding-set -bpf,-perfmon -- timeout 20 "$CORDON" run -c "$W/cordon.yaml" --device dev0 2>&1); echo "$out"; grep -q "CAP_BPF, CAP_PERFMON" <<<"$out"'
ok "and_nothing_is_attached" untouched
no_memlock() { (ulimit -l 0; daemon_start gateway --device dev0 --device dev1); }
ok "without_locked_memory_it_runs" no_memlock
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "cuts" not probe
ok "stop" daemon_stop
tap_done
