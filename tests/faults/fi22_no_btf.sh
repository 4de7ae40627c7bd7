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

ok "no_btf_is_to_be_had" eval 'hide_btf && ! bpftool btf dump file /sys/kernel/btf/vmlinux format c'
. tests/faults/fi22_rows.sh
