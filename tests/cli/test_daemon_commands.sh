#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Commands that ask the daemon, without one: usage, exit codes, errors as JSON, what cannot be reached.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
cordon=${CORDON:-build/cordon}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export CORDON_SOCKET=$tmp/none.sock

says() { # TEXT COMMAND...: on standard error
	local text=$1
	shift
	"$@" 2>&1 >/dev/null | grep -qF -- "$text"
}
error_is_json() { "$@" 2>&1 >/dev/null | python3 -c 'import json, sys; assert json.load(sys.stdin)["error"]'; }

echo "198.18.0.1" >"$tmp/feed.txt"
echo 'alert tcp any any -> any any (msg:"x"; sid:1;)' >"$tmp/x.rules"
while read -r line; do
	read -ra words <<<"$line"
	ok "no_daemon_exit_3: $line" code 3 "$cordon" "${words[@]}"
done <<COMMANDS
status
stats
events
events --follow
reload
attach eth0 --role device
device list
device show cam
device name cam camera
device contract cam
device contract cam --allow http
quarantine add 02:00:00:00:00:01
quarantine release 02:00:00:00:00:01
quarantine list
guard add 192.0.2.1
guard remove 192.0.2.1
guard list
threat add ip 198.18.0.1
threat remove 198.18.0.1
threat list
threat lookup 198.18.0.1
feed add test plain $tmp/feed.txt
feed update
feed remove test
feed list
rules load $tmp/x.rules
rules list
COMMANDS
while read -r line; do
	read -ra words <<<"$line"
	ok "usage_exit_2: $line" code 2 "$cordon" "${words[@]}"
done <<'COMMANDS'
status --bogus
stats extra
events --bogus
attach
attach eth0
attach eth0 --role device --zone 70000
attach eth0 --role device --xdp fast
detach
detach a b
device show
device name cam
device list extra
quarantine add
quarantine add 02:00:00:00:00:01 --for soon
quarantine add 02:00:00:00:00:01 --level half
quarantine release
quarantine confirm
quarantine refuse a b
quarantine breaker status extra
quarantine breaker reset extra
device group cam
device contract
device contract cam --enforce --off
device contract cam --allow
why
guard add
guard remove
guard list extra
threat add ip
threat add bogus value
threat add ip 198.18.0.1 --confidence 200
threat list extra
threat lookup
feed add test plain
feed add test plain file --confidence x
feed update a b
feed remove
feed list --bogus
rules load
rules list extra
run --bogus
run word
run --mode sideways
run --xdp fast
COMMANDS
ok "unreachable_daemon_names_the_cure" says "cordon run" "$cordon" status
ok "errors_are_json_under_j" error_is_json "$cordon" -j status
ok "usage_errors_are_json_under_j" error_is_json "$cordon" -j quarantine add
ok "level_that_is_none_is_refused" says "watch, limit, local, update or cut" "$cordon" quarantine add 02:00:00:00:00:01 --level half
ok "missing_rule_file_is_named" says "/nonexistent.rules" "$cordon" rules load /nonexistent.rules
ok "missing_feed_file_is_named" says "/nonexistent.txt" "$cordon" feed add t plain /nonexistent.txt
ok "run_of_missing_interface_exit_1" code 1 "$cordon" run --device nosuchif0 --set "run_dir=$tmp/run" --set "state_dir=$tmp/state"
ok "run_of_missing_interface_names_it" says "nosuchif0: no such interface" "$cordon" run --device nosuchif0
ok "run_without_interface_says_how" says "--device" "$cordon" run --set "run_dir=$tmp/run"
ok "run_of_broken_configuration_exit_1" eval 'printf "moed: react\n" >"$tmp/c.yaml"; code 1 "$cordon" run -c "$tmp/c.yaml"'
if [ "$(id -u)" = 0 ]; then
	ok "run_without_rights_says_what_is_missing" says "CAP_BPF" setpriv --bounding-set -all --inh-caps -all --reuid 65534 --regid 65534 --clear-groups "$cordon" run --device lo
else
	ok "run_without_rights_says_what_is_missing" says "CAP_BPF" "$cordon" run --device lo
fi
tap_done
