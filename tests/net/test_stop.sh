#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Stopped while somebody else's API moves a SIM: the daemon waits for what comes of it, a second at most, and tells it;
# what takes longer is not waited for, and is not lost either: the next daemon puts it right.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "the daemon's stop"
daemon_begin stop

printf 'keyId-abc\nsecret-xyz\n' >"$W/key"
chmod 600 "$W/key"
daemon_config "sim: {provider: soracom, url: 'http://127.0.0.1:8098/v1/', key_file: $W/key, group: quarantine}"
api() { # SECONDS: that a move takes
	[ ! -f "$W/api" ] || kill "$(cat "$W/api")"
	bg gateway python3 tests/net/sim_server.py 8098 10.77.0.10 "$1" "$W/moves" >/dev/null
	echo $! >"$W/api"
	wait_for 5 in_ns gateway nc -z 127.0.0.1 8098
}
device_has_its_address() { # it asks for its router's, and so says its own
	in_ns device ip neigh flush dev eth0
	probe
	cor -j device show "$MAC" | jq -e '[.. | .addresses? // empty | .. | strings] | any(. == "10.77.0.10")'
}
asks_now() { in_ns gateway ss -Htn state established 'dport = 8098' | grep -q .; }
told() { eve_has ".cordon.what == \"$1\" and (.cordon.text | test(\"8981000000000000001\"))"; }
stops_within() { # SECONDS
	local t=$SECONDS
	daemon_stop && [ $((SECONDS - t)) -le $(($1 * patience)) ]
}

ok "network_is_up" home_network || { tap_done; exit 1; }
ok "api_is_up" api 0.4
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "device_is_known_with_its_address" wait_for 10 device_has_its_address
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "the_api_is_asked" wait_for 5 asks_now
ok "stopped_meanwhile" stops_within 8
ok "the_sim_was_moved" grep -q quarantine "$W/moves"
ok "what_came_of_it_was_told" told enforced_elsewhere
ok "and_is_in_the_book" grep -q 8981000000000000001 "$W/state/sims.json"

: >"$W/eve.json"
: >"$W/moves"
ok "again" daemon_start gateway --device dev0 --device dev1
ok "the_lease_is_there" cor quarantine release "$MAC"
ok "the_sim_goes_back" wait_for 10 told released_elsewhere
ok "an_api_that_takes_longer" api 30
ok "quarantine_again" cor quarantine add "$MAC" --for 1h --reason test
ok "it_is_asked" wait_for 10 asks_now
ok "the_stop_does_not_wait_for_it" stops_within 8
ok "nothing_is_said_that_is_not_known" not told enforced_elsewhere
ok "an_api_that_answers" api 0
ok "the_next_daemon" daemon_start gateway --device dev0 --device dev1
ok "puts_it_right_and_tells" wait_for 20 told enforced_elsewhere
ok "moved" grep -q quarantine "$W/moves"
ok "stop" daemon_stop
[ "$tap_failed" = 0 ] || grep -v rtnetlink "$W/cordon.log" | tail -25 | sed 's/^/# log: /'
tap_done
