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

ok "bpf_jit_harden" set_to net.core.bpf_jit_harden 2
ok "kptr_restrict" set_to kernel.kptr_restrict 2
ok "unprivileged_bpf_disabled" set_to kernel.unprivileged_bpf_disabled 2
ok "lockdown" lock_down confidentiality
. tests/faults/fi22_rows.sh
