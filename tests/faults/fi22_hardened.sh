#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-22: a kernel as strict as it can be made: constants blinded in all that is compiled, no kernel addresses for
# anybody, BPF for nobody without rights, locked down against root itself (lockdown=confidentiality). In a virtual machine,
# since it is the whole machine's.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${CORDON_VM:-}" ] || exec tests/faults/vm.sh tests/faults/fi22_hardened.sh
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "hardened kernel"
daemon_begin hard

set_to() { sysctl -qw "$1=$2" && [ "$(sysctl -n "$1")" = "$2" ]; }
# of no return: only up, and until the machine ends
lock_down() {
	mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security || return 1
	echo "$1" >/sys/kernel/security/lockdown && grep -q "\[$1\]" /sys/kernel/security/lockdown
}
needle() { in_ns device timeout 20 "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; alert 1; }

ok "bpf_jit_harden" set_to net.core.bpf_jit_harden 2
ok "kptr_restrict" set_to kernel.kptr_restrict 2
ok "unprivileged_bpf_disabled" set_to kernel.unprivileged_bpf_disabled 2
ok "lockdown" lock_down confidentiality
printf 'alert tcp any any -> any 80 (msg:"grave"; flow:established,to_server; content:"needle-in-hay"; priority:1; sid:1;)\n' >"$W/t.rules"
daemon_config "rules:" "  - $W/t.rules"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "inspects" wait_for 20 needle
ok "cuts" wait_for 10 not probe
ok "the_neighbour_works" near 3000
ok "stop" daemon_stop
ok "is_adopted_again" daemon_start gateway --device dev0 --device dev1
ok "and_cuts" not probe
ok "stop" daemon_stop
tap_done
