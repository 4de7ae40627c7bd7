#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who sends more than it ever did, and who floods one address, with data or without: named, by real sockets; who always sent as much,
# or acknowledges what it is sent, is not, and what is usual is known again after a restart. Devices behind a router have each their own.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "upload above its habit"
FLOOD=$PWD/${B:-build}/tests/net/flood
daemon_begin upload

shows() {
	local s
	s=$(cor -j device show "$1") && jq -e ".device | $2" <<<"$s"
}
sends() {
	local s
	s=$(cor -j device show "$1") && jq -e ".device.sends | $2" <<<"$s"
}
learned() { sends "$1" .learned; }
upload() { in_ns "$1" "$HOST" upload $SERVER 80 "$2" >/dev/null; }
named() { eve_has ".event_type == \"alert\" and .cordon.mac == \"$1\" and (.alert.signature | contains(\"behaviour $2:\"))"; }
waits() {
	local s
	s=$(cor -j quarantine list) && jq -e ".waiting | any(.device == \"z0-v0-$1\")" <<<"$s"
}

daemon_config "home:" "  - 10.77.0.0/16" "behaviour:" "  upload: 4" "  upload_floor: 3MiB" "  upload_learn: 8s" "  flow_flood: 3000"
ok "network" home_network || { tap_done; exit 1; }
ok "cordon runs" daemon_start gateway --device dev0 --device dev1 || { tap_done; exit 1; }
ok "both are known" eval 'probe && near && wait_for 5 cor device show $MAC && wait_for 5 cor device show $NEAR_MAC'
ok "its first bytes are counted" wait_for 10 eval 'probe && sends $MAC ".total > 0"'
ok "the neighbour is a camera: it uploads from the begin" wait_for 10 eval 'upload neighbour 2000000 && sends $NEAR_MAC ".usual > 1900000"'
ok "while it is learned nobody is named" eval '! eve_has ".event_type == \"alert\""'
ok "then both are learned" eval 'wait_for 30 learned $MAC && wait_for 30 learned $NEAR_MAC'
ok "the camera goes on: four times as much would be far more" upload neighbour 4000000
ok "that is counted to some percent" wait_for 10 sends $NEAR_MAC '.total > 5900000'
ok "a device begins to upload" upload device 6000000
ok "it is named" wait_for 10 named $MAC upload
ok "a person is asked" wait_for 5 waits $MAC
ok "and nothing was done to it meanwhile" probe
ok "the neighbour is not named" eval '! named $NEAR_MAC upload'
ok "what it was is told" eval 'cor device show $MAC | grep "sends (KiB).*more than 3072 is remarkable"'

# what it is sent
ok "it is sent much" in_ns server "$HOST" upload 10.77.0.10 80 20000000
ok "that is counted to some percent" wait_for 10 shows $MAC '.received > 19000000 and .received < 23000000'
ok "what it sends is another matter" shows $MAC '.sends.total < 12000000'
ok "and shown" eval 'cor device show $MAC | grep -E "received \(KiB\) +[0-9]{5}"'

# a host behind the neighbour, which is a router by that
behind() {
	ns_add inner && veth neighbour eth1 inner eth0 || return 1
	in_ns neighbour ip addr add 10.77.88.1/24 dev eth1 && in_ns neighbour sysctl -qw net.ipv4.ip_forward=1
	in_ns inner ip addr add 10.77.88.5/24 dev eth0 && in_ns inner ip route add default via 10.77.88.1
	in_ns gateway ip route add 10.77.88.0/24 via 10.77.0.20
	in_ns server ip route replace 10.77.0.0/16 via 198.18.9.1
	wait_for 5 in_ns inner "$HOST" probe $SERVER 80 700
}
daemon_stop
ok "after a restart" daemon_start gateway --device dev0 --device dev1
ok "what is usual is still known" eval 'wait_for 10 sends $NEAR_MAC ".learned and .usual > 1900000 and .total > 5900000"'

ok "the neighbour floods one address in one flow" in_ns neighbour "$FLOOD" send $SERVER 9 2500 3000
ok "it is named, and whom it floods" wait_for 10 eval 'named $NEAR_MAC flow-flood && eve_has ".alert.signature // \"\" | contains(\"to $SERVER\")"'
ok "the device is not" eval '! named $MAC flow-flood'

ok "the device floods within a connection, without data" in_ns device python3 tests/net/bare_acks.py $SERVER 80 60000
ok "it is named, and how" wait_for 15 eval 'named $MAC flow-flood && eve_has ".alert.signature // \"\" | contains(\"without data\")"'

ok "a host behind the neighbour" behind
ok "which is a router by that" wait_for 10 shows 02:00:00:00:77:20 .router
# a megabyte a second: what it sends while this waits is what is usual afterwards
ok "what the host behind it sends is its own" wait_for 20 eval 'in_ns inner "$HOST" upload $SERVER 80 1000000 >/dev/null; sleep 1; sends 10.77.88.5 ".total > 3000000 and .usual > 900000"'
ok "it is learned" wait_for 30 learned 10.77.88.5
ok "and uploads far more than ever" in_ns inner "$HOST" upload $SERVER 80 60000000
ok "it is named, by its address" wait_for 15 eve_has '.event_type == "alert" and .src_ip == "10.77.88.5" and (.alert.signature | contains("behaviour upload:"))'
tap_done
