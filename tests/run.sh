#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/run.sh LEVEL... - run the levels of the test house and count their TAP lines.
# Levels: lint unit san prog corpus parity evasion cli net faults fuzz vm. The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
export B CORDON_DATA=${CORDON_DATA:-../shared/data} CORDON=$PWD/$B/cordon
logs=$B/test-log
mkdir -p "$logs"
counts=$(mktemp)
trap 'rm -f "$counts" "$counts.again"' EXIT
# what runs in the background does not hear of an interrupt by itself
stop() {
	local j
	for j in $(jobs -p); do pkill -TERM -P "$j"; done
	exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM

# run NAME COMMAND...: run, keep the log, count; what failed is shown. All it says is said at once.
# What failed is run once more: clocks judge much of it, and a machine that others share stops anybody at any place.
# That is shown and said at the end, the first log is kept, and what fails twice has failed. Not lint, and the
# virtual machines do it themselves.
run() {
	local name=$1 log rc=0 p f s t0=$SECONDS shown=
	shift
	log=$logs/${name//\//-}.log
	timeout -k 10 "${TEST_TIMEOUT:-900}" "$@" >"$log" 2>&1 </dev/null || rc=$?
	s=$(grep -cE '^(not )?ok .*# *SKIP' "$log")
	f=$(grep -E '^not ok' "$log" | grep -cvE '# *SKIP')
	p=$(grep -E '^ok' "$log" | grep -cvE '# *SKIP')
	if [ "$rc" != 0 ] && [ "$f" = 0 ] || [ $((p + f + s)) = 0 ]; then
		f=$((f + 1))
		shown="not ok - $name: exit $rc without a failing line; the end of $log:"$'\n'$(tail -12 "$log" | sed 's/^/# /')$'\n'
	fi
	shown+=$(grep -E -A12 '^not ok' "$log" | grep -vE '^ok' | head -60)
	if [ "$f" != 0 ] && [ -z "${once-}" ] && [[ $name != lint/* && $name != vm/* ]]; then
		mv "$log" "${log%.log}.first.log"
		sed 's/^/# /' <<<"$shown"
		printf '# %s: once more; the first log is %s\n' "$name" "${log%.log}.first.log"
		echo "$name" >>"$counts.again"
		once=yes run "$name" "$@"
		return
	fi
	sed -nE 's|^# ([^:]*: )once more: |vm \1|p' "$log" >>"$counts.again"
	printf '%s%-44s %4d passed %3d failed %3d skipped %4ds\n' "${shown:+$shown$'\n'}" "$name" "$p" "$f" "$s" $((SECONDS - t0))
	echo "$p $f $s" >>"$counts"
}

# one: nothing but what is aside runs beside it; beside: as many at a time as there are processors, for what
# no clock judges; aside: what takes long, to the end, on processor time that nothing else wants
besides=()
one() {
	[ ${#besides[@]} = 0 ] || wait "${besides[@]}"
	besides=()
	run "$@"
}
beside() {
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
	run "$@" &
	besides+=($!)
}
aside() {
	{ chrt --idle --pid 0 "$BASHPID" || true; run "$@"; } &
}

each() { # HOW LEVEL GLOB...: every program or script
	local how=$1 level=$2 t
	shift 2
	for t; do
		[ -x "$t" ] && "$how" "$level/$(basename "$t" .sh)" "$t"
	done
}

export CMOCKA_MESSAGE_OUTPUT=TAP
# kernels and QEMU come over the network while the first levels run; what goes wrong is said at its own level
case " $* " in
*" vm "*) vmtest/deps.sh "${XDG_CACHE_HOME:-$HOME/.cache}/cordon/vm" >"$logs/vm-deps.log" 2>&1 & ;;
esac
for level; do
	case $level in
	lint) each beside lint tests/lint/*.sh ;;
	unit) each beside unit "$B"/tests/unit/test_* ;;
	san) each beside san "$B"-san/tests/unit/test_* ;;
	prog) each one prog "$B"/tests/prog/test_* ;;
	corpus) each beside corpus tests/corpus/*.sh ;;
	parity) beside parity/small tests/parity/run.sh ;;
	evasion) one evasion/cases tests/evasion/run.sh ;;
	cli) each one cli tests/cli/test_*.sh ;;
	net) each one net tests/net/test_*.sh ;;
	faults) one faults/quick tests/faults/run.sh quick ;;
	fuzz) beside fuzz/short tests/fuzz/run.sh "${FUZZ_SECONDS:-1}" ;;
	vm) TEST_TIMEOUT=3600 aside vm/matrix vmtest/run.sh all ;; # an emulated processor takes its time
	*) echo "run.sh: unknown level '$level'" >&2; exit 2 ;;
	esac
done
wait
read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$counts")
echo
[ ! -s "$counts.again" ] || echo "run twice, as their first run failed: $(sort -u "$counts.again" | paste -sd ' ')"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
