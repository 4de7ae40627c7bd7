#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `cordon rules check`: what loads, what is refused and why, what is expensive; exit codes.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
CORDON=${CORDON:-build/cordon}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

check() { "$CORDON" rules check -j "$@" 2>/dev/null; }
is() { [ "$1" = "$2" ] || { echo "'$1', wanted '$2'"; return 1; }; }

cat >"$dir/mixed.rules" <<'EOF'
# one loads, one is expensive, one is refused
alert tcp $HOME_NET any -> any 80 (msg:"a"; content:"evil-thing"; classtype:own-class; sid:1;)
alert tcp any any -> any 23 (msg:"b"; flags:S; sid:2;)
alert tcp any any -> any any (msg:"c"; asn1:oversize_length 9; sid:3;)
EOF
echo 'alert tcp any any -> any any (nosuch; sid:4;)' >"$dir/bad.rules"
echo 'config classification: own-class,Own Text,2' >"$dir/classes"
echo 'config klassification: x,y,z' >"$dir/badclasses"

ok "rules that load are counted" is "$(check "$dir/mixed.rules" | jq .loaded)" 2
ok "a refusal has its file, line, keyword and reason" is \
	"$(check "$dir/mixed.rules" | jq -c '.refusals[0] | [.file, .line, .keyword, .reason]')" \
	"[\"$dir/mixed.rules\",4,\"asn1\",\"keyword is not supported\"]"
ok "an expensive rule is named" is "$(check "$dir/mixed.rules" | jq -c '[.costs[].sid]')" '[2]'
printf 'bad.example\n' >"$dir/plain.lst"
printf 'YmFkLmV4YW1wbGU=\n' >"$dir/good.lst"
ln -s /etc/passwd "$dir/link.lst"
for f in good plain link none; do
	echo "alert dns any any -> any any (msg:\"$f\"; dns.query; dataset:isset,$f,type string,load $f.lst; sid:1;)" >"$dir/$f.rules"
done
ok "a dataset's file lies beside the rules" is "$(check "$dir/good.rules" | jq .loaded)" 1
refusal() { check "$1" | jq -r '.refusals[0].reason'; }
ok "a value that is none is refused with its line" is "$(refusal "$dir/plain.rules")" "plain.lst:1: not base64"
ok "a dataset's file that is not there is named" is "$(refusal "$dir/none.rules")" "'none.lst': No such file or directory"
ok "a dataset's file is not followed out of the folder" is "$(refusal "$dir/link.rules")" "'link.lst': Invalid cross-device link"
mkdir "$dir/other" && cp "$dir/good.lst" "$dir/other/none.lst"
ok "a dataset's file may be named with the rules" is "$(check "$dir/none.rules" "dataset:$dir/other/none.lst" | jq .loaded)" 1
printf 'x,1,2\n192.0.2.1,1,200\n192.0.2.1,1,5\n' >"$dir/rep"
ok "lines of a reputation list are refused one by one" is \
	"$(check "$dir/good.rules" "iprep:$dir/rep" | jq -c '[.refusals[] | [.line, .keyword]]')" '[[1,"iprep"],[2,"iprep"]]'
ok "refused rules do not fail the check" code 0 "$CORDON" rules check "$dir/mixed.rules"
ok "nothing that loads is exit 4" code 4 "$CORDON" rules check "$dir/bad.rules"
ok "a file that cannot be read is exit 1" code 1 "$CORDON" rules check "$dir/none"
ok "no file is a usage error" code 2 "$CORDON" rules check
ok "a variable overrides its default" is "$(check --var HOME_NET=nonsense "$dir/mixed.rules" | jq .loaded)" 1
ok "a variable without a value is a usage error" code 2 "$CORDON" rules check --var HOME_NET "$dir/mixed.rules"
ok "a classification file is read" code 0 "$CORDON" rules check --classification "$dir/classes" "$dir/mixed.rules"
ok "a bad classification file is exit 1" code 1 "$CORDON" rules check --classification "$dir/badclasses" "$dir/mixed.rules"
tap_done
