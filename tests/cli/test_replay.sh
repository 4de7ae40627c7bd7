#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/cli/test_replay.sh - cordon replay: exit codes, messages, statistics, what is refused.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=$(realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
case_=tests/corpus/literal_hit_miss
"$B/tests/corpus/mkpcap" $case_/script "$tmp/good.pcap" || { echo "Bail out! mkpcap"; exit 1; }
head -c 400 "$tmp/good.pcap" >"$tmp/cut.pcap"
gzip -c "$tmp/good.pcap" >"$tmp/good.pcap.gz"
{ head -c 20 "$tmp/good.pcap"; printf '\x69\0\0\0'; tail -c +25 "$tmp/good.pcap"; } >"$tmp/wifi.pcap"

# says TEXT COMMAND...: fails, with TEXT in its message
says() {
	local text=$1 out
	shift
	out=$("$CORDON" "$@" 2>&1 >/dev/null) && { echo "no failure"; return 1; }
	grep -qF -- "$text" <<<"$out" || { echo "$out"; return 1; }
}
counts() { # FILTER OPTION...: jq says true of -j
	local filter=$1
	shift
	"$CORDON" replay -j "$@" | jq -e "$filter" >/dev/null
}

ok "no capture given: usage, 2" code 2 "$CORDON" replay
ok "unknown option: 2" code 2 "$CORDON" replay --rulez x "$tmp/good.pcap"
ok "unknown option names the nearest" says "did you mean '--rules'" replay --rulez x "$tmp/good.pcap"
ok "missing file: 1" code 1 "$CORDON" replay "$tmp/none.pcap"
ok "missing file is named" says "$tmp/none.pcap" replay "$tmp/none.pcap"
ok "no capture: 1" code 1 "$CORDON" replay "$0"
ok "no capture is said" says "neither pcap nor pcapng" replay "$0"
ok "truncated file: 1" code 1 "$CORDON" replay "$tmp/cut.pcap"
ok "truncated file: the place is named" says "byte " replay "$tmp/cut.pcap"
counts_of_cut() { { "$CORDON" replay -j "$tmp/cut.pcap" 2>/dev/null || :; } | jq -e '.packets > 0 and .captures[0].error' >/dev/null; }
ok "truncated file: what was whole is counted" counts_of_cut
ok "unsupported link type is refused by name" says "IEEE 802.11" replay "$tmp/wifi.pcap"
ok "an unknown mode: 2" code 2 "$CORDON" replay --mode sleep "$tmp/good.pcap"
ok "mode hold: what is suspect counts as held" counts '.held > 0 and .alerts == 1 and .packets == .passed + .dropped + .held' \
	--mode hold --rules $case_/rule "$tmp/good.pcap"
ok "reputation that cannot be read: 1" code 1 "$CORDON" replay --iprep "$tmp/none" "$tmp/good.pcap"
ok "a bad home network: 2" code 2 "$CORDON" replay --home 10.0.0.0/33 "$tmp/good.pcap"
ok "an unknown key of --set: 2" code 2 "$CORDON" replay --set stream.dept=1 "$tmp/good.pcap"
ok "a missing rule file: 1" code 1 "$CORDON" replay --rules "$tmp/none" "$tmp/good.pcap"
ok "an alert is counted" counts '.alerts == 1 and .alerts_by_rule[0].sid == 9000001' --rules $case_/rule "$tmp/good.pcap"
profile() { "$CORDON" replay --rules $case_/rule --profile "$tmp/profile" "$tmp/good.pcap" >/dev/null; }
ok "the profile says what a rule cost and found" eval 'profile && jq -e ".profile | length == 1 and .[0].sid == 9000001 and
	.[0].alerts == 1 and .[0].matches >= 1 and .[0].checks >= 1 and .[0].candidates >= 1 and .[0].ns > 0 and .[0].kernel == \"literal\"" "$tmp/profile"'
# of the kernel: its literal is in one packet, what follows of that flow comes up for it too, and of other flows nothing
ok "and what the kernel sent up for it" jq -e '.profile[0] | .sent > 1 and .sent < 21 and .sent_bytes > 60 * .sent' "$tmp/profile"
ok "and what that took in the kernel" jq -e '.profile[0] | .shared_by == 1 and .kernel_ns > .sent * 10' "$tmp/profile"
"$B/tests/corpus/mkpcap" tests/corpus/http_events/script "$tmp/odd.pcap"
oddities() { "$CORDON" replay --full --eve "$tmp/eve-odd" "$tmp/odd.pcap" >/dev/null; jq -c 'select(.event_type == "anomaly").anomaly' "$tmp/eve-odd"; }
ok "what is odd is an anomaly, in the words of EVE" eval 'oddities | grep -qxF "{\"app_proto\":\"http\",\"type\":\"applayer\",\"event\":\"COMPRESSION_BOMB\",\"layer\":\"proto_parser\"}"'
ok "an anomaly is said once a message" eval '[ "$(oddities | grep -c MISSING_HOST)" = 1 ]'
ok "gzip is read" counts '.packets == 21' "$tmp/good.pcap.gz"
ok "two captures are two, and their sum" counts '.packets == 42 and (.captures | length) == 2' "$tmp/good.pcap" "$tmp/good.pcap"
ok "a capture replayed twice alerts twice" counts '.alerts == 2' --rules $case_/rule "$tmp/good.pcap" "$tmp/good.pcap"
errors_are_json() { { "$CORDON" replay -j "$tmp/none.pcap" 2>&1 >/dev/null || :; } | jq -e .error >/dev/null; }
ok "errors are JSON under -j" errors_are_json

"$CORDON" replay --rules $case_/rule --eve "$tmp/eve" --stats "$tmp/stats" "$tmp/good.pcap" >"$tmp/text"
ok "statistics have the keys of the contract" jq -e '[.packets, .bytes, .passed, .dropped, .held, .suspect_packets,
	.suspect_bytes, .lost, .alerts, .quarantines, .cpu_seconds.kernel, .cpu_seconds.user] | all(type == "number")' "$tmp/stats"
ok "reasons are an object of numbers" jq -e '.reasons | type == "object" and all(type == "number")' "$tmp/stats"
ok "an event is EVE JSON with the packet's place" jq -es 'map(select(.event_type == "alert")) | length == 1 and
	.[0].alert.signature_id == 9000001 and .[0].pcap_cnt > 0 and .[0].pcap_filename' "$tmp/eve"
ok "the summary names the rule" grep -q "\[1:9000001\] literal" "$tmp/text"
ok "output that cannot be written: 1" code 1 "$CORDON" replay --stats /dev/full "$tmp/good.pcap"
tap_done
