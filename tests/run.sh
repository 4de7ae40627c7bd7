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
passed=0 failed=0 skipped=0

# one NAME COMMAND...: run, keep the log, count; what failed is shown
one() {
	local name=$1 log rc=0 p f s t0=$SECONDS
	shift
	log=$logs/${name//\//-}.log
	timeout -k 10 "${TEST_TIMEOUT:-900}" "$@" >"$log" 2>&1 </dev/null || rc=$?
	s=$(grep -cE '^(not )?ok .*# *SKIP' "$log")
	f=$(grep -E '^not ok' "$log" | grep -cvE '# *SKIP')
	p=$(grep -E '^ok' "$log" | grep -cvE '# *SKIP')
	if [ "$rc" != 0 ] && [ "$f" = 0 ] || [ $((p + f + s)) = 0 ]; then
		f=$((f + 1))
		echo "not ok - $name: exit $rc without a failing line; the end of $log:"
		tail -12 "$log" | sed 's/^/# /'
	fi
	grep -E -A12 '^not ok' "$log" | grep -vE '^ok' | head -60
	printf '%-44s %4d passed %3d failed %3d skipped %4ds\n' "$name" "$p" "$f" "$s" $((SECONDS - t0))
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

each() { # LEVEL GLOB...: every program or script
	local level=$1 t
	shift
	for t; do
		[ -x "$t" ] && one "$level/$(basename "$t" .sh)" "$t"
	done
}

export CMOCKA_MESSAGE_OUTPUT=TAP
for level; do
	case $level in
	lint) each lint tests/lint/*.sh ;;
	unit) each unit "$B"/tests/unit/test_*[!.od] ;;
	san) each san "$B"-san/tests/unit/test_*[!.od] ;;
	prog) each prog "$B"/tests/prog/test_*[!.od] ;;
	corpus) each corpus tests/corpus/*.sh ;;
	parity) one parity/small tests/parity/run.sh ;;
	evasion) one evasion/cases tests/evasion/run.sh ;;
	cli) each cli tests/cli/test_*.sh ;;
	net) each net tests/net/test_*.sh ;;
	faults) one faults/quick tests/faults/run.sh quick ;;
	fuzz) one fuzz/short tests/fuzz/run.sh "${FUZZ_SECONDS:-2}" ;;
	vm) TEST_TIMEOUT=3600 one vm/matrix vmtest/run.sh all ;; # an emulated processor takes its time
	*) echo "run.sh: unknown level '$level'" >&2; exit 2 ;;
	esac
done
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
