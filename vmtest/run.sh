#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vmtest/run.sh all|SERIES... - boot each kernel of kernels.txt with virtme-ng and run guest.sh in it.
# TAP on stdout, the kernel's series before each name. KVM where it truly works, TCG otherwise:
# all virtual machines at once, each of one CPU. A kernel that does not boot fails; it is never skipped.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
export top C=${XDG_CACHE_HOME:-$HOME/.cache}/cordon/vm B=${B:-build}
"$here/deps.sh" "$C" >&2 || { echo "not ok - vm tools: see above"; exit 1; }

case "$*" in
all | "") mapfile -t series < <(sed "s/#.*//; s/ *$//; /^$/d" "$here/kernels.txt"); set -- "${series[@]}" ;;
esac

# a kernel without a root panics, and -no-reboot then ends QEMU: proves that KVM runs guest code
kvm_works() {
	local image
	image=$(find "$C/kernels/$1/boot" -name 'vmlinuz-*' | head -1)
	[ -w /dev/kvm ] && timeout -k 2 15 "$C/tools/qemu-system-x86_64" -machine q35,accel=kvm -cpu host -m 256M \
		-display none -nodefaults -no-reboot -serial stdio -kernel "$image" \
		-append 'console=ttyS0 panic=-1' </dev/null 2>/dev/null | grep -q 'Linux version'
}
export ACCEL=--disable-kvm
kvm_works "$1" && ACCEL=
echo "# virtual machines: $([ -n "$ACCEL" ] && echo "TCG, no working KVM" || echo KVM)"

# boot SERIES LOG: run guest.sh in a guest of that kernel
boot() {
	local k=$1 log=$2 vm
	# timeout has a process group of its own, which hears of an interruption from here only
	trap 'kill -TERM "$vm"; exit 143' INT TERM
	# QEMU's own choice of an emulated processor has no SSSE3, and libhs does not run without it
	# the emulated one is attacked by nobody, and what the kernel does against Spectre and Meltdown takes it a third of its time
	# shellcheck disable=SC2086 # ACCEL is one word or none
	timeout -k 5 "${VM_TIMEOUT:-2000}" "$C/tools/vng-run" $ACCEL ${ACCEL:+"--qemu-opts=-cpu Nehalem"} --qemu "$C/tools/qemu-system-x86_64" \
		--run "$C/kernels/$k/boot/vmlinuz-$(cat "$C/kernels/$k/version")" --cpus 1 --memory 1G ${ACCEL:+--append "mitigations=off rcupdate.rcu_expedited=1"} \
		--exec "B=$B $top/vmtest/guest.sh $k" </dev/null 2>"$log.err" > >(cat >"$log") &
	vm=$!
	wait "$vm"
}

one() {
	local k=$1 log=$top/$B/test-log/vm-$1.log rc try
	mkdir -p "$(dirname "$log")"
	for try in 1 2 3; do
		boot "$k" "$log"
		rc=$?
		# a guest of which nothing was heard did not get its file system: virtiofsd came late on a busy machine
		[ -s "$log" ] && break
		echo "# $k: nothing heard of it, exit $rc, attempt $try of 3"
	done
	sed -nE "s/^((not )?ok) [0-9]+ - /\1 - $k: /p; s/^((not )?ok) - /\1 - $k: /p; s/^#/# $k:/p" "$log"
	if grep -q '^guest done' "$log" && [ "$rc" = 0 ]; then
		echo "ok - $k: booted $(cat "$C/kernels/$k/version") and ran to the end"
	else
		echo "not ok - $k: exit $rc before the end"
		tail -n 5 "$log" "$log.err" | sed 's/^/# /'
	fi
}
export -f boot one
out=$(mktemp)
trap 'rm -f "$out"' EXIT
printf '%s\n' "$@" | xargs -P0 -I{} bash -c 'one {}' | tee "$out"
! grep '^not ok' "$out" | grep -qv '# SKIP'
