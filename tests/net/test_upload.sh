#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who sends more than it ever did, and who floods one address: named, by real sockets; who always sent as much is not,
# and what is usual is known again after a restart.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "upload above its habit"
FLOOD=$PWD/${B:-build}/tests/net/flood
daemon_begin upload

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

daemon_stop
ok "after a restart" daemon_start gateway --device dev0 --device dev1
ok "what is usual is still known" eval 'wait_for 10 sends $NEAR_MAC ".learned and .usual > 1900000 and .total > 5900000"'

ok "the neighbour floods one address in one flow" in_ns neighbour "$FLOOD" send $SERVER 9 2500 3000
ok "it is named, and whom it floods" wait_for 10 eval 'named $NEAR_MAC flow-flood && eve_has ".alert.signature // \"\" | contains(\"to $SERVER\")"'
ok "the device is not" eval '! named $MAC flow-flood'
tap_done
