#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The command line itself, and the commands that need no daemon: version, config check, config show.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
cordon=${CORDON:-build/cordon}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# says STREAM TEXT COMMAND...: the stream (out, err) has the text
says() {
	local stream=$1 text=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	grep -qF -- "$text" "$tmp/$stream" || { cat "$tmp/out" "$tmp/err"; return 1; }
}
is_json() { "$@" 2>&1 | python3 -c 'import json, sys; json.load(sys.stdin)'; }
shows_the_same() { [ "$("$cordon" config show "$1")" = "$(cat "$1")" ]; }

printf 'moed: react\n' >"$tmp/bad.yaml"
"$cordon" config show >"$tmp/default.yaml"

ok "help lists the commands" says out "config check" "$cordon" --help
ok "help of a command is done" code 0 "$cordon" config show --help
ok "no command is a usage error" code 2 "$cordon"
ok "an unknown command is a usage error" code 2 "$cordon" nonsense
ok "an unknown command names the nearest" says err "did you mean 'version'?" "$cordon" verson
ok "half a command lists the rest" says err "needs one of: check, show" "$cordon" config
ok "an unknown option is a usage error" code 2 "$cordon" version --bogus
ok "an unknown option names the nearest" says err "did you mean '--options'?" "$cordon" config show --optoins
ok "a flag takes no value" code 2 "$cordon" version --json=1
ok "too many words are a usage error" code 2 "$cordon" version 1
ok "version prints" says out "cordon " "$cordon" version
ok "--version prints the same" says out "cordon " "$cordon" --version
ok "-j may stand before the command" is_json "$cordon" -j version
ok "-jp is two flags" is_json "$cordon" version -jp
ok "errors are JSON under -j" is_json "$cordon" nonsense -j
ok "a good file is good" code 0 "$cordon" config check "$tmp/default.yaml"
ok "a bad file fails" code 1 "$cordon" config check "$tmp/bad.yaml"
ok "a bad file is named with line and cure" says err "bad.yaml:1: unknown key 'moed' (did you mean 'mode'?)" \
	"$cordon" config check "$tmp/bad.yaml"
ok "a missing file is named" says err "nowhere.yaml: No such file" "$cordon" config check "$tmp/nowhere.yaml"
ok "config check needs a file" code 2 "$cordon" config check
ok "config check -j is JSON" is_json "$cordon" config check -j "$tmp/bad.yaml"
ok "what config show prints, it takes back" shows_the_same "$tmp/default.yaml"
ok "config show --options lists every option" says out "stream.depth" "$cordon" config show --options
ok "a full standard output is a failure" code 1 sh -c "'$cordon' config show >/dev/full"
tap_done
