#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-22: no BTF of the kernel to be had (a kernel without CONFIG_DEBUG_INFO_BTF, as user space sees it): nothing of Cordon's
# needs it. In a mount namespace of its own, where /sys/kernel/btf is empty.
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" != 0 ] || [ -n "${CORDON_NO_BTF:-}" ] || exec env CORDON_NO_BTF=1 unshare --mount tests/faults/fi22_no_btf.sh
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "no BTF"
daemon_begin nobtf

hide_btf() {
	local f
	for f in "/boot/vmlinux-$(uname -r)" /lib/modules/"$(uname -r)"/{vmlinux-"$(uname -r)",build/vmlinux,kernel/vmlinux} \
		/usr/lib/debug/{boot/,lib/modules/}"vmlinux-$(uname -r)"{,.debug}; do
		[ ! -e "$f" ] || mount --bind /dev/null "$f" || return 1
	done
	[ ! -d /sys/kernel/btf ] || mount -t tmpfs none /sys/kernel/btf
}
needle() { in_ns device timeout 20 "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; alert 1; }

ok "no_btf_is_to_be_had" eval 'hide_btf && ! bpftool btf dump file /sys/kernel/btf/vmlinux format c'
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
