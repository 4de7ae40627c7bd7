#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/parity/run.sh - the part of `make parity` that `make test` runs: our own cases, and the smaller rule sets of
# CORDON_DATA. Skipped where Suricata cannot be had.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
DATA=${CORDON_DATA:-../shared/data}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cordon/suricata

compare() { tests/parity/parity.sh "$@"; }

if ! why=$(tests/parity/deps.sh "$cache" 2>&1); then
	skip "the same alerts as Suricata" "Suricata cannot be had: ${why##*$'\n'}"
	tap_done
	exit
fi
ok "our own cases: the same alerts as Suricata, or a reason" compare --cases tests/corpus --cases tests/parity/cases
ok "overlaps are settled as Suricata does, for each policy" \
	python3 tests/parity/overlap.py --cache "$cache" --cordon "${B:-build}/cordon"
if [ -d "$DATA/pcaps" ] && [ -d "$DATA/rules" ]; then
	ok "controllers' rules, real captures: the same alerts as Suricata, or a reason" compare --data "$DATA" --only quickdraw
else
	skip "controllers' rules, real captures" "no $DATA; set CORDON_DATA"
fi
tap_done
