#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/corpus/data.sh - real captures and rule sets ($CORDON_DATA): conservation, alerts equal with and without --full,
# enough different rules fire, and little of benign traffic goes up. Prints a table per capture.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=$(realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
DATA=${CORDON_DATA:-../shared/data}
if [ ! -d "$DATA/pcaps" ] || [ ! -d "$DATA/rules" ]; then
	skip "captures and rule sets" "no $DATA; set CORDON_DATA"
	tap_done
	exit
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mapfile -t pcaps < <(find "$DATA/pcaps" -name '*.pcap' -o -name '*.pcapng' -o -name '*.pcap.gz' | sort)
mapfile -t all < <(find "$DATA/rules" -name '*.rules' | sort)
# the largest single set
largest=$(for d in "$DATA"/rules/*/; do echo "$(cat "$d"*.rules 2>/dev/null | wc -l) $d"; done | sort -n | tail -1 | cut -d' ' -f2)
mapfile -t biggest < <(find "$largest" -name '*.rules' | sort)
# who may speak to the controllers: nobody in these captures, so that rules about strangers can fire; EXTERNAL_NET as one's own
nobody=192.0.2.250
strangers=(--set stream.midstream=yes --var EXTERNAL_NET=any)
for v in FINS BACNET S7 MODICON MODBUS DNP3 ENIP; do strangers+=(--var "${v}_CLIENT=$nobody" --var "${v}_SERVER=any"); done
# clearly malicious: scans, brute force, command and control, lists of bad names
malicious='/(slips|maltrail)/'

replay() { # NAME RULE... -- OPTION...: NAME.json, NAME.eve
	local name=$1 rules=()
	shift
	while [ "$1" != -- ]; do rules+=(--rules "$1"); shift; done
	shift
	timeout 300 "$CORDON" replay -j "${rules[@]}" "$@" --eve "$tmp/$name.eve" "${pcaps[@]}" >"$tmp/$name.json" 2>"$tmp/$name.err" ||
		{ cat "$tmp/$name.err"; jq -r '.captures[] | select(.error) | .error' "$tmp/$name.json"; return 1; }
}

alerts() { # NAME: one line for each alert, sorted
	jq -c 'select(.event_type == "alert") | [.pcap_filename, .alert.gid, .alert.signature_id, .src_ip, .src_port,
		.dest_ip, .dest_port, .proto]' "$tmp/$1.eve" | sort
}

conserved() { # NAME
	local bad
	[ -s "$tmp/$1.json" ] || { echo "no result"; return 1; }
	bad=$(jq -r '.captures[] | select(.packets != .passed + .dropped + .held) | .file' "$tmp/$1.json")
	[ -z "$bad" ] || { echo "packets lost or counted twice in:"; echo "$bad"; return 1; }
}

nothing_lost() { # NAME
	jq -ce '{lost, rejected_records} | ., (.lost == 0 and .rejected_records == 0)' "$tmp/$1.json" ||
		{ jq -r '.captures[] | select(.lost + .rejected_records > 0) | .file' "$tmp/$1.json"; return 1; }
}

equal() { # NAME NAME
	[ -s "$tmp/$1.eve" ] && [ -s "$tmp/$2.eve" ] || { echo "no events"; return 1; }
	diff <(alerts "$1") <(alerts "$2") >"$tmp/diff" && return 0
	grep -c '^<' "$tmp/diff" | sed 's/^/only without --full: /'
	grep -c '^>' "$tmp/diff" | sed 's/^/only with --full: /'
	grep '^[<>]' "$tmp/diff" | head -12
	return 1
}

enough_rules_fire() { # N NAME...
	local least=$1 name files=() n
	shift
	for name; do files+=("$tmp/$name.json"); done
	n=$(jq -s '[.[].alerts_by_rule[] | select(.sid > 0) | .sid] | unique | length' "${files[@]}")
	echo "$n different rules fired in: $*"
	[ "$n" -ge "$least" ]
}

little_goes_up() { # NAME PERCENT
	local sum
	sum=$(jq -r --arg bad "$malicious" '[.captures[] | select(.file | test($bad) | not)] |
		[(map(.packets) | add), (map(.suspect_packets) | add)] | @tsv' "$tmp/$1.json")
	awk -v max="$2" '{ printf "%d of %d packets of benign captures go up: %.1f %%\n", $2, $1, 100 * $2 / $1
		exit 100 * $2 > max * $1 }' <<<"$sum"
}

table() { # NAME
	jq -r --arg d "$DATA/pcaps/" '.captures[] | [.packets, .suspect_packets, .alerts, (.file | ltrimstr($d))] | @tsv' "$tmp/$1.json" |
		awk -v name="$1" 'BEGIN { printf "# %s\n# %8s %8s %6s %6s  %s\n", name, "packets", "suspect", "%", "alerts", "capture" }
		{ printf "# %8d %8d %6.1f %6d  %s\n", $1, $2, $1 ? 100 * $2 / $1 : 0, $3, $4 }'
}

ok "all rules: every capture is replayed" replay all "${all[@]}" --
ok "all rules: and with every packet inspected" replay all_full "${all[@]}" -- --full
ok "largest set: every capture is replayed" replay largest "${biggest[@]}" --
ok "largest set: and with every packet inspected" replay largest_full "${biggest[@]}" -- --full
ok "all rules, variables of a plant: every capture is replayed" replay plant "${all[@]}" -- "${strangers[@]}"
ok "all rules, variables of a plant: and with every packet inspected" replay plant_full "${all[@]}" -- "${strangers[@]}" --full
for run in all all_full largest largest_full plant plant_full; do
	ok "$run: packets = passed + dropped + held in every capture" conserved $run
	ok "$run: no record lost or refused" nothing_lost $run
done
ok "all rules: alerts are equal with and without --full" equal all all_full
ok "largest set: alerts are equal with and without --full" equal largest largest_full
ok "all rules, variables of a plant: alerts are equal with and without --full" equal plant plant_full
ok "at least 30 different rules fire" enough_rules_fire 30 all plant
ok "at most a tenth of benign packets goes up with the largest set" little_goes_up largest 10
ok "react mode: every capture is replayed" replay react "${biggest[@]}" -- --mode react
ok "react mode: packets are conserved" conserved react
little_goes_up largest 20 | sed 's/^/# /'
enough_rules_fire 30 all | sed 's/^/# /'
enough_rules_fire 30 all plant | sed 's/^/# /'
table largest
tap_done
