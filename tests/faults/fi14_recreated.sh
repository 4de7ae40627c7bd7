#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FI-14: an interface is deleted and made again, as PPPoE and tunnels are. That nothing is enforced there is exported
# within a second; when it is back it is attached, under its new number, and the lease holds at once.
cd "$(dirname "$0")/../.." || exit 1
. tests/harness/tap.sh
. tests/harness/daemon.sh
daemon_need "interface deleted and made again"
daemon_begin again

dev0() { cor -j status | jq -e "[.interfaces[] | select(.name == \"dev0\")][0].enforcing == $1"; }
told() { eve_has ".event_type == \"cordon\" and .cordon.what == \"$1\" and (.cordon.text | test(\"dev0\"))"; }
ms_since() { echo $((($(date +%s%N) - t0) / 1000000)); }
within() { local ms; ms=$(ms_since); echo "# $ms ms" >>"$W/times"; [ "$ms" -lt $(($1 * patience)) ]; }
make_again() {
	veth gateway dev0 device eth0 && in_ns gateway ip link set dev0 master br0 &&
		in_ns device ip link set eth0 address "$MAC" up && in_ns device ip addr add 10.77.0.10/24 dev eth0 &&
		in_ns device ip route add default via 10.77.0.1
}

daemon_config
ok "network_is_up" home_network || { tap_done; exit 1; }
# a bridge takes the least address of its ports, and another one when they change: not what is tested here
in_ns gateway ip link set br0 address 02:00:00:00:77:01
in_ns neighbour ip neigh flush dev eth0 # its old one was that of dev0
wait_for 10 near
ok "cordon_runs" daemon_start gateway --device dev0 --device dev1
ok "quarantine" cor quarantine add "$MAC" --for 1h --reason test
in_ns gateway ip link del dev0
t0=$(date +%s%N)
ok "it_is_gone_and_status_says_so" wait_for 5 dev0 false
ok "within_a_second" within 1000
ok "and_an_event" wait_for 5 told enforcement_lost
ok "it_is_back" make_again
t0=$(date +%s%N)
ok "attached_again" wait_for 5 dev0 true
ok "within_a_second_too" within 1500
ok "which_is_told" wait_for 5 told enforcement_back
ok "the_lease_holds" not probe
ok "the_neighbour_never_noticed" near
ok "released" cor quarantine release "$MAC"
ok "the_device_works" wait_for 10 probe
sort -u "$W/times"
ok "stop" daemon_stop
tap_done
