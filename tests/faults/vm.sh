#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/faults/vm.sh SCRIPT - what cannot be done to the machine of others: SCRIPT, in a virtual machine of two
# processors with the newest kernel of vmtest, its TAP on stdout. CORDON_VM tells the script that it is there.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
C=${XDG_CACHE_HOME:-$HOME/.cache}/cordon/vm
"$top/vmtest/deps.sh" "$C" >&2 || { echo "not ok 1 - vm tools: see above"; exit 1; }
k=$(sed "s/#.*//; s/ *$//; /^$/d" "$top/vmtest/kernels.txt" | tail -1)
inside="cd $top && mount -t bpf bpf /sys/fs/bpf; mount -t tmpfs tmpfs /run; ip link set lo up; for m in veth bridge sch_ingress cls_bpf act_bpf; do modprobe -q \$m; done; ulimit -l unlimited; B=${B:-build} CORDON=$top/${B:-build}/cordon TMPDIR=/tmp CORDON_VM=1 $1; echo end of the virtual machine"
out=$(timeout -k 5 "${VM_TIMEOUT:-900}" "$C/tools/vng-run" --disable-kvm --qemu-opts="-cpu Nehalem" --qemu "$C/tools/qemu-system-x86_64" \
	--run "$C/kernels/$k/boot/vmlinuz-$(cat "$C/kernels/$k/version")" --cpus 2 --memory 1G --exec "$inside" </dev/null 2>/dev/null | tr -d '\r')
grep -E '^((not )?ok|#|1\.\.)' <<<"$out"
grep -q '^end of the virtual machine' <<<"$out" || { echo "not ok - the virtual machine ran to its end"; exit 1; }
! grep -E '^not ok' <<<"$out" | grep -qv '# SKIP'
