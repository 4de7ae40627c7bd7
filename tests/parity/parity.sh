#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/parity/parity.sh [OPTION]... - parity.py with Suricata fetched first. Without options: everything there is.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cordon/suricata
DATA=${CORDON_DATA:-../shared/data}
B=${B:-build}
tests/parity/deps.sh "$cache"
if [ $# = 0 ]; then
	set -- --cases tests/corpus --cases tests/parity/cases --json "$B/parity.json"
	[ ! -d "$DATA/pcaps" ] || set -- "$@" --data "$DATA"
fi
export B PYTHONDONTWRITEBYTECODE=1
exec python3 tests/parity/parity.py --cache "$cache" --cordon "$B/cordon" --mkpcap "$B/tests/corpus/mkpcap" "$@"
