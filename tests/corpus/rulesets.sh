#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tests/corpus/rulesets.sh - real rule sets ($CORDON_DATA): what of each loads, and what is refused and why, as a table.
# Where Suricata's own event rules are at hand, the same of each of their files.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/harness/tap.sh
. tests/harness/tap.sh
B=$(realpath -m "${B:-build}")
CORDON=${CORDON:-$B/cordon}
DATA=${CORDON_DATA:-../shared/data}
EVENTS=${CORDON_EVENT_RULES:-/etc/suricata/rules}
[ -d "$DATA/rules" ] || { skip "rule sets" "no $DATA; set CORDON_DATA"; tap_done; exit; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# controllers, and one who may speak to them, that the sets of industrial protocols speak of
vars=()
for v in FINS BACNET S7 MODICON MODBUS DNP3 ENIP; do vars+=(--var "${v}_CLIENT=192.0.2.250" --var "${v}_SERVER=any"); done

# refusals in one word each: what a keyword or protocol is called, not the rule's own values
# shellcheck disable=SC2016
kinds='.refusals | map(if .keyword == "" then .reason else .keyword + ": " + .reason end
	| sub("; nothing.*"; "") | sub("revision [0-9]+ is loaded.*"; "this revision is loaded")) | group_by(.)
	| map({n: length, what: .[0]}) | sort_by(-.n)[] | "#   \(.n)  \(.what)"'

set_of() { # NAME FILE...: NAME.json, a line of the table and one for each reason
	local name=$1
	shift
	"$CORDON" rules check -j "${vars[@]}" "$@" >"$tmp/$name.json" 2>"$tmp/err" || [ $? = 4 ] || { cat "$tmp/err"; return 1; }
	jq -r --arg set "$name" '"# \($set): \(.loaded) loaded, \(.refused) refused"' "$tmp/$name.json"
	jq -r "$kinds" "$tmp/$name.json"
}
# every active rule is either loaded or refused by name
adds_up() { # NAME FILE...
	local name=$1 written
	shift
	written=$(cat "$@" | grep -cE '^[[:space:]]*(alert|drop|pass|reject)[a-z]*[[:space:]].*\(')
	jq -e --argjson written "$written" '.loaded + .refused + .disabled == $written and
		([.refusals[] | select(.reason == "" or .line == 0)] == [])' "$tmp/$name.json" >/dev/null ||
		{ echo "$written rules are written"; jq -c '[.loaded, .refused]' "$tmp/$name.json"; return 1; }
}
at_least() { # NAME PERCENT
	jq -e --argjson p "$2" '.loaded * 100 >= $p * (.loaded + .refused)' "$tmp/$1.json" >/dev/null
}

for d in "$DATA"/rules/*/; do
	mapfile -t files < <(find "$d" -name '*.rules' | sort)
	[ "${#files[@]}" -gt 0 ] || continue
	name=$(basename "$d")
	set_of "$name" "${files[@]}"
	ok "$name: each rule is loaded or refused with its place and reason" adds_up "$name" "${files[@]}"
done
[ ! -f "$tmp/et-open.json" ] || ok "of ET Open at least 98 % load" at_least et-open 98
if ls "$EVENTS"/*-events.rules >/dev/null 2>&1; then
	for f in "$EVENTS"/*-events.rules; do
		"$CORDON" rules check -j "$f" 2>/dev/null | jq -r --arg set "$(basename "$f")" '"# \($set): \(.loaded) loaded, \(.refused) refused"'
	done
fi
tap_done
