#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-18: a driver without XDP, and one that refuses it as it is set up. Generic mode enforces, and it is said; mode
# hold, which needs the driver's, refuses and leaves nothing behind.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "no native XDP"
daemon_begin native

port() { cor -j status | jq -e "[.interfaces[] | select(.name == \"$1\")][0] | $2"; }
refuses() { local out rc=0; out=$(in_ns gateway timeout $((20 * patience)) "$CORDON" run -c "$W/cordon.yaml" --device d0 --mode hold 2>&1) || rc=$?; echo "$out"; [ "$rc" = 1 ] && grep -q "mode hold needs XDP in the driver" <<<"$out"; }
nothing_there() { ! in_ns gateway ip -d link show d0 | grep -q prog/xdp && [ -z "$(in_ns gateway tc qdisc show dev d0 clsact)" ]; }

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
ok "a_driver_without_xdp" in_ns gateway ip link add d0 type ifb || in_ns gateway ip link add d0 type dummy
in_ns gateway ip link set d0 up
ok "mode_hold_is_refused" refuses
ok "and_leaves_nothing_behind" nothing_there
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1 --device d0
ok "it_enforces" port d0 .enforcing
ok "in_generic_mode" port d0 '.xdp == "generic"'
ok "and_says_why" port d0 '.note | test("native XDP refused")'
ok "the_others_are_native" port dev0 '.xdp == "native"'
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
ok "cuts" not probe
ok "stop" daemon_stop
tap_done
