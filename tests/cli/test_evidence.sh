#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `cordon replay --evidence DIR`: each alert leaves a small capture, named in its event, that gives the same alert when it
# is replayed; files and bytes are bounded, the oldest go.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
B=${B:-build}
CORDON=${CORDON:-$PWD/$B/cordon}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# alerts of a case, with evidence of each
keep() { # CASE OPTION...
	"$B/tests/corpus/mkpcap" "tests/corpus/$1/script" "$tmp/in.pcap" || return 1
	rm -rf "$tmp/ev"
	"$CORDON" replay -j --rules "tests/corpus/$1/rule" --evidence "$tmp/ev" --eve "$tmp/eve" "${@:2}" "$tmp/in.pcap" >/dev/null
}
named() { jq -r 'select(.event_type == "alert") | "\(.alert.signature_id) \(.cordon.evidence)"' "$tmp/eve"; }
each_replays() { # the capture named by each alert gives that alert
	local sid name n=0
	while read -r sid name; do
		"$CORDON" replay -j --rules "tests/corpus/$1/rule" "$tmp/ev/$name" |
			jq -e "any(.alerts_by_rule[]; .sid == $sid)" >/dev/null || { echo "$name: not $sid again"; return 1; }
		n=$((n + 1))
	done < <(named)
	[ "$n" -gt 0 ]
}
both() { keep "$1" && each_replays "$1"; }
small() { [ -z "$(find "$tmp/ev" -size +20k)" ]; }
bounded() { keep literal_over_segments --set evidence.files=2 && [ "$(find "$tmp/ev" -type f | wc -l)" = 2 ]; }
newest() { [ "$(named | tail -1 | cut -d' ' -f2)" = "$(basename "$(find "$tmp/ev" -type f | sort | tail -1)")" ]; }
others_stay() { # files that are not ours
	mkdir "$tmp/mine"
	echo mine >"$tmp/mine/notes.pcap"
	"$CORDON" replay -j --rules tests/corpus/literal_over_segments/rule --set evidence.files=1 --evidence "$tmp/mine" \
		"$tmp/in.pcap" >/dev/null && [ -f "$tmp/mine/notes.pcap" ] && [ "$(find "$tmp/mine" -type f | wc -l)" = 2 ]
}

for c in literal_over_segments literal_far_apart http_encoded_uri http_chunked_body tls_sni_split dns_query ipv6; do
	ok "evidence of $c gives its alerts again" both "$c"
done
ok "evidence is small" small
ok "files are bounded" bounded
ok "the newest stays" newest
ok "files of others stay" others_stay
ok "a directory that cannot be made is an error: 1" code 1 "$CORDON" replay -j --evidence "$tmp/in.pcap/x" "$tmp/in.pcap"
tap_done
