#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# vmtest/guest.sh SERIES - inside the virtual machine: packet tests, namespace tests, verifier budget.
# The tree is read-only here; /tmp is not.
set -uo pipefail
series=$1
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
export B CORDON=$PWD/$B/cordon TMPDIR=/tmp CMOCKA_MESSAGE_OUTPUT=TAP CORDON_VM=1
# the programs that most packet tests use are verified once
export CORDON_WALK_PINS=/run/walk
mount -t bpf bpf /sys/fs/bpf
mount -t tmpfs tmpfs /run 2>/dev/null
mkdir -p "$CORDON_WALK_PINS"
ip link set lo up
for m in veth 8021q bridge sch_ingress cls_bpf act_bpf dummy; do modprobe -q $m; done
ulimit -l unlimited

# once COMMAND...: its output in /tmp/out; 0: it passed, with a line that says so
once() {
	local rc=0
	timeout -k 5 800 "$@" >/tmp/out 2>&1 </dev/null || rc=$?
	if [ "$rc" != 0 ] && ! grep -q '^not ok' /tmp/out || ! grep -qE '^(not )?ok' /tmp/out; then
		echo "not ok 0 - exit $rc without a failing line" >>/tmp/out
	fi
	! grep -q '^not ok' /tmp/out
}

# TAP of one test, its names prefixed; as in tests/run.sh, what failed is run once more, and that is said
run() {
	local name=$1 t0=$SECONDS
	shift
	if ! once "$@"; then
		grep -A6 '^not ok' /tmp/out | sed 's/^/# /' | head -40
		echo "# once more: $name"
		once "$@"
	fi
	sed -nE "s|^((not )?ok) [0-9]+ (- )?|\1 - $name: |p" /tmp/out
	grep -q '^not ok' /tmp/out && grep -A6 '^not ok' /tmp/out | sed 's/^/# /' | head -40
	echo "# $name took $((SECONDS - t0)) s"
}

for t in "$B"/tests/prog/test_*; do
	[ -x "$t" ] && [ -f "$t" ] && run "prog/$(basename "$t")" "$t"
done
# what depends on the kernel; feeds and offloads do not, and take minutes on an emulated processor
for t in tests/net/test_{attach,daemon,vlan}.sh; do
	run "net/$(basename "$t" .sh)" "$t"
done

# budget: within 10 % of what is recorded, and below 300,000 of the verifier's 1,000,000
"$B/tests/complexity" >/tmp/complexity 2>&1 || echo "not ok - complexity: $(tail -1 /tmp/complexity)"
while IFS=, read -r prog insns stack; do
	want=$(awk -F, -v k="$series" -v p="$prog" '$1 == k && $2 == p { print $3 }' vmtest/budget.csv)
	echo "# complexity $series,$prog,$insns,$stack (recorded: ${want:-none})"
	if [ -n "$want" ] && [ "$insns" -le $((want * 11 / 10)) ] && [ "$insns" -le 300000 ]; then
		echo "ok - complexity of $prog is within its budget"
	else
		echo "not ok - complexity of $prog: $insns instructions, recorded ${want:-none}"
	fi
done < <(grep -E '^[a-z_]+,[0-9]+,' /tmp/complexity)
echo "guest done"
