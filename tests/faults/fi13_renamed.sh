#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-13: an interface is renamed. It is followed by its number, enforcement does not pause, and the operator is told
# that the configuration names what is no more.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "interface renamed"
daemon_begin renamed

shows() { cor -j status | jq -e ".interfaces[] | select(.name == \"$1\") | .enforcing"; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "renamed" in_ns gateway sh -c 'ip link set dev0 name cameras 2>/dev/null || { ip link set dev0 down && ip link set dev0 name cameras && ip link set cameras up; }'
ok "status_has_its_new_name" wait_for 5 shows cameras
ok "it_is_said" grep -q "dev0: renamed to cameras, still enforcing" "$W/cordon.log"
ok "the_lease_holds" not probe
ok "another_takes_its_old_name" eval 'in_ns gateway ip link add dev0 type veth peer name dev0peer && in_ns gateway ip link set dev0 up'
ok "and_is_not_mistaken_for_it" eval 'wait_for 3 shows cameras && ! in_ns gateway ip -d link show dev0 | grep -q prog/xdp'
ok "released" cor quarantine release "$MAC"
ok "the_device_works" wait_for 10 probe
ok "stop" daemon_stop
tap_done
