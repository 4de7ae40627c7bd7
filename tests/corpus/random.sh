#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/corpus/random.sh [RUNS [SEED]] - captures made at random: alerts must be the same with and without --full.
# A difference is a blind spot of the prefilter; its seed makes it again.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/harness/tap.sh
. ../harness/tap.sh
B=$(cd ../.. && realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
runs=${1:-8} seed=${2:-1}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

make_captures() {
	local i
	for ((i = seed; i < seed + runs; i++)); do
		awk -v seed="$i" -v flows=60 -f random.awk >"$tmp/script" && "$B/tests/corpus/mkpcap" "$tmp/script" "$tmp/$i.pcap" || return 1
		captures+=("$tmp/$i.pcap")
	done
}
replay() { # NAME OPTION...
	local name=$1
	shift
	timeout 300 "$CORDON" replay -j --rules random.rules --eve "$tmp/$name.eve" "$@" "${captures[@]}" >"$tmp/$name.json"
}
alerts() {
	jq -c 'select(.event_type == "alert") | [.pcap_filename, .alert.signature_id, .src_ip, .src_port, .dest_ip,
		.dest_port, .proto, .vlan]' "$tmp/$1.eve" | sort
}
equal() { # NAME NAME
	diff <(alerts "$1") <(alerts "$2") | grep '^[<>]' | sed "s#$tmp/##" | head -20 >"$tmp/diff"
	[ ! -s "$tmp/diff" ] || { cat "$tmp/diff"; return 1; }
}
conserved() {
	jq -e '[.captures[] | .packets == .passed + .dropped + .held] | all' "$tmp/$1.json" >/dev/null
}
something_fires() { # more than nothing, and far from all goes up
	jq -e --argjson n "$((runs * 10))" '.alerts > $n and .lost == 0' "$tmp/part.json" >/dev/null
}

captures=()
make_captures || { echo "Bail out! no captures"; exit 1; }
ok "captures of $runs seeds are replayed" replay part
ok "and with every packet inspected" replay whole --full
ok "rules fire" something_fires
ok "packets are conserved" conserved part
ok "alerts are equal with and without --full" equal part whole
ok "midstream: captures are replayed" replay part_mid --set stream.midstream=yes
ok "midstream: and with every packet inspected" replay whole_mid --full --set stream.midstream=yes
ok "midstream: alerts are equal" equal part_mid whole_mid
ok "small depth: captures are replayed" replay part_depth --set stream.depth=2000
ok "small depth: and with every packet inspected" replay whole_depth --full --set stream.depth=2000
ok "small depth: alerts are equal" equal part_depth whole_depth
ok "few flow records: captures are replayed" replay part_few --set flows.buckets=256 --set recorder.slots=16
ok "few flow records: and with every packet inspected" replay whole_few --full --set flows.buckets=256 --set recorder.slots=16
ok "few flow records: alerts are equal" equal part_few whole_few
tap_done
