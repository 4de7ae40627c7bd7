#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-25: addresses are translated between the devices and the interface Cordon sees. All of them have one address
# there, and it is this gateway's own: a flow may be cut, the address never. An uplink says that it names no devices.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "NAT"
daemon_begin nat
command -v nft >/dev/null || { skip "NAT" "nftables is not installed"; tap_done; exit; }

masquerade() { in_ns gateway nft 'table ip t { chain c { type nat hook postrouting priority srcnat; oifname "up0" masquerade; }; }'; }
needle() { in_ns device timeout 5 "$HOST" get "$SERVER" 80 /needle-in-hay >/dev/null 2>&1; alert 1; }
drops() { in_ns device timeout 4 "$HOST" get "$SERVER" 80 /drop-this >/dev/null 2>&1; alert 2; }
none() { cor -j quarantine list | jq -e '.quarantines | length == 0'; }
note() { cor -j status | jq -e "[.interfaces[] | select(.name == \"$1\")][0].note | test(\"NAT\")"; }

printf '%s\n' 'alert tcp any any -> any 80 (msg:"grave"; flow:established,to_server; content:"needle-in-hay"; priority:1; sid:1;)' \
	'drop tcp any any -> any 80 (msg:"flow"; flow:established,to_server; content:"drop-this"; priority:3; sid:2;)' >"$W/t.rules"
daemon_config "rules:" "  - $W/t.rules"
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "addresses_are_translated" masquerade || { tap_done; exit 1; }
ok "all_are_one_address_beyond" wait_for 5 probe
ok "cordon_runs_on_the_uplink" daemon_start gateway --uplink up0
ok "which_says_that_it_names_no_devices" note up0
ok "a_grave_alert" wait_for 10 needle
ok "says_why_nobody_is_cut" eve_has '.event_type == "alert" and .alert.signature_id == 1 and .cordon.guarded'
ok "nobody_is_quarantined" none
ok "the_device_and_the_neighbour_work" eval 'wait_for 5 probe && near'
ok "a_single_flow_is_cut_all_the_same" wait_for 10 drops
ok "and_no_other" eval 'wait_for 5 probe && near'
ok "the_gateways_address_is_refused_by_hand_too" not cor quarantine add 198.18.9.1
ok "stop" daemon_stop
ok "which_leaves_the_uplink" in_ns gateway "$CORDON" detach up0 -c "$W/cordon.yaml"
ok "cordon_runs_on_the_ports_of_the_devices" daemon_start gateway --device dev0 --device dev1
: >"$W/eve.json"
ok "a_device_is_named_there" eval 'wait_for 10 needle; wait_for 5 not probe 300'
ok "its_neighbour_is_not_touched" near
ok "stop" daemon_stop
tap_done
