#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `cordon feed check`: states, exit codes, JSON keys of the contract.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
CORDON=${CORDON:-build/cordon}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# field FILE KEY: a top-level value of the JSON result
field() {
	"$CORDON" feed check -j "$1" 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2"
}
is() { [ "$1" = "$2" ] || { echo "'$1', wanted '$2'"; return 1; }; }
says() { "$CORDON" feed check "$1" 2>&1 | grep -q -- "$2"; }

: >"$dir/empty"
printf '<html><body>502</body></html>\n' >"$dir/page"
printf '\x7fELF\x02\x01\x01\x00\x00' >"$dir/binary"

for format in plain.txt hosts.hosts csv.csv bundle.bundle dshield.dshield ipset.ipset iprep.list adblock.adblock dnsmasq.dnsmasq rpz.rpz stix.stix misp.misp crowdsec.crowdsec json.json dataset.lst; do
	ok "sample of ${format%%.*} is detected" is "$(field feeds/sample/$format format)" "${format%%.*}"
	ok "sample of ${format%%.*} has no refusal" is "$(field feeds/sample/$format refused)" 0
done
ok "warning list is read when it is called one" is "$(field warninglist:feeds/sample/warninglist.warninglist accepted)" 2
ok "warning list is no feed by itself" code 1 "$CORDON" feed check feeds/sample/warninglist.warninglist
ok "good feed exits 0" code 0 "$CORDON" feed check feeds/sample/plain.txt
ok "refused lines are counted" is "$(field feeds/sample/broken.txt refused)" 9
ok "the rest of a broken feed is accepted" is "$(field feeds/sample/broken.txt accepted)" 10
ok "a refusal has its line" says feeds/sample/broken.txt ':4: 10.0.0.1: private space'
ok "named format is used" code 0 "$CORDON" feed check plain:feeds/sample/plain.txt
ok "wrong format fails" code 1 "$CORDON" feed check hosts:feeds/sample/plain.txt
ok "unknown format names the known ones" says nosuch:feeds/sample/plain.txt 'known: .*plain'
ok "missing file exits 1" code 1 "$CORDON" feed check "$dir/none"
ok "missing file is called missing" says "$dir/none" 'missing'
ok "empty file is called empty" says "$dir/empty" 'empty'
mkdir "$dir/none.d" "$dir/lists"
printf '198.18.0.1\n' >"$dir/lists/a.txt"
printf '0.0.0.0 evil.example\n' >"$dir/lists/b.hosts"
printf 'these lists are made up\n' >"$dir/lists/README"
ok "directory without a list is called empty" says "$dir/none.d" 'empty'
ok "directory is the lists in it, each in its format" is "$(field "$dir/lists" accepted) $(field "$dir/lists" refused)" "2 0"
cp "$dir/page" "$dir/lists/c.txt"
ok "a file of it that is none is named" says "$dir/lists" 'c.txt: .*web page'
ok "web page is nothing like a feed" says "$dir/page" 'nothing like any known format'
ok "binary file is nothing like a feed" says "$dir/binary" 'nothing like any known format'
ok "garbled feed under -j says so" is "$(field "$dir/page" state)" garbled
ok "no file is a usage error" code 2 "$CORDON" feed check
ok "unknown option is a usage error" code 2 "$CORDON" feed check --frobnicate feeds/sample/plain.txt

# names(FILE): the reasons counted, by name
names() { "$CORDON" feed check -j "$1" 2>/dev/null | python3 -c 'import json,sys; print(" ".join(sorted(json.load(sys.stdin)["reasons"])))'; }
python3 -c 'print("[" + "[]," * 3500000 + "[]]")' >"$dir/bomb"
python3 -c 'print("[" * 100)' >"$dir/deep"
printf '{"a":[{"ip":"198.18.0.1"},{"ip":"198.1' >"$dir/half"
python3 -c 'import sys; sys.stdout.write("A" * (100 << 20))' >"$dir/line"
python3 -c 'import os,sys; sys.stdout.buffer.write(b"\n".join(os.urandom(24).hex().encode() + b" zz" for i in range(1000000)))' >"$dir/noise"
printf '198.18.0.1\n\xff\xfe\x80.example\n198.18.0.2\n' >"$dir/utf8"
ok "a JSON bomb is empty, not a disaster" is "$(field "json:$dir/bomb" state)" empty
ok "JSON too deep is refused by name" is "$(names "json:$dir/deep")" json_depth
ok "half a JSON file is refused whole" is "$(names "$dir/half") $(field "$dir/half" accepted)" "json_syntax 0"
ok "a line of 100 MB fails" code 1 "$CORDON" feed check "$dir/line"
ok "a million lines of garbage fail" code 1 "$CORDON" feed check "$dir/noise"
ok "invalid UTF-8 costs its line only" is "$(field "$dir/utf8" accepted) $(names "$dir/utf8")" "2 not_a_value"
ok "a web page is called one" is "$(names "$dir/page")" web_page
printf '%s\n' 10.0.0.1 0.0.0.0/0 ::/0 8.8.8.8 1.0.0.0/8 100.64.0.1 203.0.113.1 224.0.0.1 127.0.0.1 co.uk com google.com printer.local \
	>"$dir/poison"
ok "each poison is refused by its name" is "$(names "$dir/poison")" \
	"carrier_nat documentation guarded local_name loopback multicast prefix_too_short private_space public_suffix single_label too_popular"
ok "nothing of it is accepted" is "$(field "$dir/poison" accepted) $(field "$dir/poison" refused)" "0 13"
printf '%s\n' evil.google.com x.cloudfront.net bad.github.io >"$dir/below"
ok "what is below a popular name may be listed" is "$(field "$dir/below" accepted)" 3
tap_done
