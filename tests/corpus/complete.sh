#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/corpus/complete.sh - the completeness fuzzer for some seconds: no alert may differ with and without --full, and
# each defect put in on purpose must be found within a minute. `make fuzz-complete T=seconds` runs it for longer.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=${B:-build}
fuzzer=$B/tests/complete/complete
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

equal() { timeout 300 "$fuzzer" -c -t "${COMPLETE_SECONDS:-15}" -p 3000000 -o "$B/complete" >"$tmp/out" 2>&1 || { head -20 "$tmp/out"; return 1; }; }
enough() { # a run in which hardly anything fires, or all goes up, proves nothing
	awk '/^# [0-9]+ packets/ { sub(/\(/, "", $4); exit !($2 > 50000 && $4 < 90 && $10 > 30) }' "$tmp/out"
}
found() { timeout 90 "$fuzzer" -d "$1" -t 60 >"$tmp/$1" 2>&1 || { cat "$tmp/$1"; return 1; }; }

ok "alerts are equal with and without --full" equal
ok "30 % of the streams alert, and not all goes up" enough
for defect in $("$fuzzer" -h 2>&1 | sed -n 's/^defects: //p'); do
	ok "a defect is found: $defect" found "$defect"
done
tap_done
