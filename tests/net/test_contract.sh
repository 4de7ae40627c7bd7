#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A device's contract: the applications it was seen with pass, others are dropped, of this device only, also after a
# restart, until its owner says otherwise. Real sockets at both ends.
# shellcheck disable=SC2016,SC2217
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "contract of a device"
daemon_begin contract

asks() { in_ns "$1" timeout 5 "$HOST" get $SERVER 80 / >/dev/null; }
contract() {
	local s
	s=$(cor -j device contract "$MAC") && jq -e ".contract | $1" <<<"$s"
}
denied() { eve_has ".event_type == \"alert\" and .cordon.mac == \"$1\" and .alert.signature == \"Cordon policy: ssh denied\""; }
# talks NAMESPACE PORT: an SSH banner, and once that was looked at (or after a while) a second line; what arrived is in
# $W/got.PORT. The server is silent: its banner could be what the flow is stopped by, before the first line has come.
talks() {
	bg server timeout $((30 * patience)) nc -l $SERVER "$2" >"$W/got.$2" </dev/null
	local server=$!
	wait_for 5 eval 'in_ns server ss -Hltn "sport = :'"$2"'" | grep -q .'
	{
		printf 'SSH-2.0-here\r\n'
		wait_for 5 grep -q here "$W/got.$2"
		wait_for 3 "${3:-denied}" "$MAC"
		printf 'second line\r\n'
		wait_for 2 grep -q second "$W/got.$2"
	} | in_ns "$1" timeout $((20 * patience)) nc -q 0 $SERVER "$2" >/dev/null
	kill $server 2>/dev/null
	grep -q second "$W/got.$2"
}

talked_to() { # ADDRESS PORT APPLICATION
	cor -j device show "$MAC" | jq -e ".peers | any(.address == \"$1\" and .port == $2 and .app == \"$3\" and .flows > 1)"
}

daemon_config "home:" "  - 10.77.0.0/16"
ok "network" home_network || { tap_done; exit 1; }
ok "cordon runs" daemon_start gateway --device dev0 --device dev1 || { tap_done; exit 1; }
ok "the device is known" eval 'probe && wait_for 5 cor device show $MAC'
ok "of a device without an application no contract is made" code 1 cor device contract $MAC --enforce
ok "it asks" asks device
ok "that is learned" wait_for 5 contract '.uses == ["http"] and (.in_force | not)'
ok "an unknown device is exit 4" code 4 cor device contract 10.77.0.99
ok "the contract is in force" eval 'cor device contract $MAC --enforce && contract .in_force'
ok "twice is refused" code 1 cor device contract $MAC --enforce
ok "what is in it passes" asks device
ok "what is not is dropped" eval '! talks device 2201'
ok "its first words had arrived" grep -q here "$W/got.2201"
ok "that is told" denied $MAC
ok "and counted" contract '.denied >= 1 and .outside == ["ssh"]'
ok "it is not quarantined" asks device
ok "the neighbour may" talks neighbour 2202
daemon_stop
ok "after a restart" daemon_start gateway --device dev0 --device dev1
ok "whom it talks to is known" talked_to $SERVER 80 http
ok "the contract is in force" contract '.in_force and (.may_use | index("http") != null)'
: >"$W/eve.json"
ok "and denies" eval '! talks device 2203'
ok "which is told anew" denied $MAC
ok "an application that is none is refused" code 1 cor device contract $MAC --allow nonsense
ok "one more is allowed" cor device contract $MAC --allow ssh
ok "and passes" talks device 2204 false
ok "off" eval 'cor device contract $MAC --off && contract ".in_force | not"'
tap_done
