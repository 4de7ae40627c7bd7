#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every real sample at hand beside a plain reading of it: what is accepted and what
# is refused add up to the entries a few lines of another language count, and each
# refusal has a name.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
CORDON=${CORDON:-build/cordon}
FEEDS=${CORDON_DATA:-../shared/data}/feeds
[ -d "$FEEDS" ] || { skip "samples of real feeds" "no data at hand (CORDON_DATA)"; tap_done; exit; }
count=$(mktemp) table=$(mktemp)
trap 'rm -f "$count" "$table"' EXIT
printf '%-62s %-9s %7s %7s %7s  %s\n' sample format taken refused plain "refused as" >"$table"
cat >"$count" <<'P'
import json, re, sys

def objects(v, key=None):
    if isinstance(v, dict):
        yield key, v
        for k, x in v.items():
            yield from objects(x, k)
    elif isinstance(v, list):
        for x in v:
            yield from objects(x, key)

def read_json(path):
    text = open(path, encoding="utf-8").read()
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]

def entries(path):
    """what a person would count as entries of the feed"""
    head = open(path, errors="replace").read(200)
    if head.lstrip()[:1] in "[{" and not head.startswith("[Adblock"):
        all = list(objects(read_json(path)))
        if any(k == "Attribute" for k, o in all):
            return sum(len(o["value"].split("|")) if o["type"] == "domain|ip" and o["to_ids"] else 1
                       for k, o in all if k == "Attribute")
        indicators = [o for k, o in all if o.get("type") == "indicator"]
        if indicators or any(str(o.get("id", "")).startswith("bundle--") for k, o in all):
            return sum(len(re.findall(r"\s*=\s*'", o["pattern"])) for o in indicators)
        if any("threat_level_id" in o for k, o in all):
            return sum("threat_level_id" in o for k, o in all)
        if any("events_count" in o for k, o in all):
            return sum("events_count" in o for k, o in all)
        return sum("cidr" in o or ("scope" in o and "value" in o) for k, o in all)
    n = 0
    for i, line in enumerate(open(path, errors="replace")):
        line = line.strip()
        if not line or line[0] in "#;!$" or line.startswith("[Adblock") or line.startswith("//"):
            continue
        words = line.split("#")[0].split()
        if "SOA" in words or words[0] == "NS":
            continue
        if re.match(r'"?(Address|first_seen_utc|type,indicator|origin,scope)', line):
            continue
        if re.match(r"(0\.0\.0\.0|127\.0\.0\.1|::1?)\s", line):
            n += sum(w not in ("localhost", "0.0.0.0") for w in words[1:])
            continue
        n += 1
    return n

print(entries(sys.argv[1]))
P

# adds_up FILE: accepted + refused is what is there, and every refusal is named
adds_up() {
	local want got
	want=$(python3 "$count" "$1") || return 1
	got=$("$CORDON" feed check -j "$1" 2>/dev/null | python3 -c '
import json, sys
d = json.load(sys.stdin)
named = sum(d["reasons"].values())
print(d["accepted"] + d["refused"] if named == d["refused"] else "%d refused, %d named" % (d["refused"], named))')
	"$CORDON" feed check -j "$1" 2>/dev/null | python3 -c '
import json, sys
d = json.load(sys.stdin)
why = ", ".join("%s %d" % r for r in d["reasons"].items())
print("%-62s %-9s %7d %7d %7s  %s" % (sys.argv[1], d["format"], d["accepted"], d["refused"], sys.argv[2], why))' \
		"${1#"$FEEDS"/}" "$want" >>"$table"
	[ "$got" = "$want" ] || { echo "$got, a plain reading counts $want"; return 1; }
}

for f in "$FEEDS"/*/*; do
	case $f in *README* | *LICENSE*) continue ;; esac
	ok "${f#"$FEEDS"/} adds up" adds_up "$f"
done
# a MISP feed's directory is its events: what each takes adds up to what the whole takes
taken() { "$CORDON" feed check -j "$1" 2>/dev/null | python3 -c 'import json, sys; print(json.load(sys.stdin)["accepted"])'; }
whole_is_its_parts() {
	local f sum=0
	for f in "$1"/*-*-*-*-*.json; do sum=$((sum + $(taken "$f"))); done
	[ "$sum" -gt 0 ] && [ "$(taken "$1")" = "$sum" ]
}
ok "directory of a MISP feed is its events" whole_is_its_parts "$FEEDS/misp-feed"
sed 's/^/# /' "$table"
tap_done
