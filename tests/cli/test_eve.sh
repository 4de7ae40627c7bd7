#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/cli/test_eve.sh - the events of every corpus case have Suricata's fields, each of its type; HTTP has its answer.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=$(realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
check() { python3 tests/cli/eve_fields.py "$@"; }

for dir in tests/corpus/*/; do
	name=$(basename "$dir")
	pcap=$dir/input.pcap rules=()
	if [ -f "$dir/script" ]; then
		pcap=$tmp/$name.pcap
		"$B/tests/corpus/mkpcap" "$dir/script" "$pcap" || { echo "Bail out! mkpcap $name"; exit 1; }
	fi
	[ -f "$dir/rule" ] && rules=(--rules "$dir/rule")
	"$CORDON" replay "${rules[@]}" --eve "$tmp/$name.eve" "$pcap" >/dev/null 2>&1
done

ok "every event has known fields only, each of its type" check "$tmp"/*.eve
every_kind() {
	local kind seen
	seen=$(check "$tmp"/*.eve) || return 1
	for kind in alert anomaly dns ftp http modbus mqtt quic sip ssh tls; do
		grep -qE "(^| )$kind=" <<<"$seen" || { echo "no $kind in $seen"; return 1; }
	done
}
ok "each type of event was among them" every_kind

# the checker sees what it is for
one=$(grep -h '"event_type":"http"' "$tmp"/*.eve | head -1)
faulty() { # JQ TEXT: such an event is refused with TEXT
	local out
	jq -c "$1" <<<"$one" >"$tmp/bad.eve"
	out=$(check "$tmp/bad.eve") && { echo "taken"; return 1; }
	grep -qF -- "$2" <<<"$out" || { echo "$out"; return 1; }
}
ok "an unknown field is refused" faulty '.http.colour = "red"' "http.colour: unknown"
ok "a field of another type is refused" faulty '.http.hostname = 5' "http.hostname: 5"
ok "a missing field is refused" faulty 'del(.proto)' "proto: missing"
ok "an unknown event is refused" faulty '.event_type = "smell"' "unknown event"

answered() { # PCAP FILTER: of one http event
	grep -h '"event_type":"http"' "$1" | jq -se "$2" >/dev/null
}
# the end of flows, when it is asked for
flows_end() {
	"$CORDON" replay --set flow_events=yes --rules tests/corpus/ftp/rule --eve "$tmp/ends" "$tmp/ftp.pcap" >/dev/null 2>&1 || return 1
	check "$tmp/ends" || return 1
	grep -h '"event_type":"flow"' "$tmp/ends" | jq -se 'length == 3 and all(.flow.state == "closed" and .flow.age == 0) and
		(map(select(.flow.alerted) | .dest_port) == [21]) and (map(.src_port) | sort) == [20, 40000, 40010]' >/dev/null
}
ok "each flow with payload ends in an event, seen from who began it" flows_end
no_flows() { ! grep -q '"event_type":"flow"' "$tmp/ftp.eve"; }
ok "and in none when it is not asked for" no_flows

ok "a request and its answer are one event" answered "$tmp/http_response_body.eve" \
	'map(select(.http.status == 200 and .http.http_method == "GET")) | length > 0'
tap_done
